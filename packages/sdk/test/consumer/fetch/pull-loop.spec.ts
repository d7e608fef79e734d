import { type pullMessage, type RequestHeader, ResponseCode } from '@cometmq/protocol';
import { silentLogger, VirtualClock } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import type { ClientInstance } from '../../../src/client/client-instance.js';
import { AssignedQueue } from '../../../src/consumer/assigned-queue.js';
import { type PullContext, pullLoop } from '../../../src/consumer/fetch/pull-loop.js';
import { DEFAULT_WINDOW_LIMITS } from '../../../src/consumer/process-queue.js';
import { expressionOf } from '../../../src/consumer/subscriptions.js';
import { jsonCodec } from '../../../src/message/codec.js';
import { pullBody } from '../records.js';

type Header = RequestHeader<typeof pullMessage>;
interface Answer {
  readonly code: number;
  readonly remark?: string;
  readonly next?: number;
  readonly body?: Uint8Array;
  readonly slave?: number;
  readonly headless?: boolean;
}

/** A broker that answers as told, at once; when it has nothing more to say it never answers. */
function scripted(answers: (Answer | Error)[], over: Partial<PullContext> = {}, filter = '*') {
  const clock = new VirtualClock();
  const asked: { readonly at: number; readonly header: Header; readonly brokerId: number }[] = [];
  const got: number[] = [];
  const moved: number[] = [];
  let announced = 0;
  const assigned = new AssignedQueue({ topic: 'orders', brokerName: 'a', queueId: 0 }, 0, DEFAULT_WINDOW_LIMITS);
  const client = {
    clock,
    logger: silentLogger,
    invokeBroker: (
      _name: string,
      _definition: unknown,
      header: Header,
      options: { brokerId: number; signal: AbortSignal },
    ) => {
      asked.push({ at: clock.monotonic(), header, brokerId: options.brokerId });
      const answer = answers.shift();
      if (answer === undefined)
        return new Promise((_resolve, reject) =>
          options.signal.addEventListener('abort', () => reject(new Error('gone'))),
        );
      if (answer instanceof Error) return Promise.reject(answer);
      const { next = 0, slave = 0 } = answer;
      const fields = { suggestWhichBrokerId: slave, nextBeginOffset: next, minOffset: 0, maxOffset: 100 };
      return Promise.resolve({ body: new Uint8Array(), ...answer, header: answer.headless ? undefined : fields });
    },
  } as unknown as ClientInstance;
  const context: PullContext = {
    client,
    group: 'g',
    pullBatch: 32,
    pullIntervalMs: 0,
    commitsWithPull: true,
    view: { codec: jsonCodec, codecs: nodeCodecs() },
    expression: () => expressionOf(filter),
    version: () => 7,
    announce: async () => void (announced += 1),
    isReady: () => true,
    ready: () => Promise.resolve(),
    deliver: (from, messages) => {
      for (const message of messages) {
        got.push(message.queueOffset);
        from.window.settle(message);
      }
    },
    moved: (_from, to) => {
      moved.push(to);
      assigned.drop();
    },
    ...over,
  };
  const ended = pullLoop(assigned, context);
  return { assigned, asked, clock, ended, got, moved, announced: () => announced };
}

const { SUCCESS, PULL_NOT_FOUND, PULL_RETRY_IMMEDIATELY, PULL_OFFSET_MOVED } = ResponseCode;

describe('a pull', () => {
  it('asks from where the last one ended, tells the progress, and follows the replica it is sent to', async () => {
    const run = scripted([
      { code: SUCCESS, next: 2, body: pullBody({ queueOffset: 0 }, { queueOffset: 1 }) },
      { code: PULL_NOT_FOUND, next: 5, slave: 1 },
      { code: PULL_RETRY_IMMEDIATELY, next: 6, slave: 0 },
    ]);
    await run.clock.advance(10);
    expect(
      run.asked.map(({ header, brokerId }) => [header.queueOffset, header.commitOffset, header.sysFlag, brokerId]),
    ).toEqual([
      [0, 0, 2, 0],
      [2, 2, 3, 0],
      [5, 5, 2, 1],
      [6, 6, 3, 0],
    ]);
    expect(run.asked[0]!.header).toMatchObject({
      suspendTimeoutMillis: 15_000,
      maxMsgNums: 32,
      subVersion: 7,
      expressionType: 'TAG',
    });
    expect(run.got).toEqual([0, 1]);
    run.assigned.drop();
    await run.ended;
  });

  it('carries an SQL filter', async () => {
    const run = scripted([], { expression: () => expressionOf({ sql: 'a > 1' }) });
    await run.clock.advance(1);
    expect(run.asked[0]!.header).toMatchObject({ sysFlag: 2 | 4, subscription: 'a > 1', expressionType: 'SQL92' });
    run.assigned.drop();
    await run.ended;
  });

  it.each<[string, Answer | Error, number]>([
    ['that fails', new Error('no route to host'), 1000],
    ['that is refused', { code: ResponseCode.NO_PERMISSION, remark: 'no' }, 1000],
    ['answered without its header', { code: SUCCESS, headless: true }, 1000],
    ['answered in flow control', { code: ResponseCode.FLOW_CONTROL }, 20],
    ['that leads nowhere', { code: PULL_RETRY_IMMEDIATELY, next: 0 }, 1000],
    ['that finds nothing although nobody has waited', { code: PULL_NOT_FOUND, next: 0 }, 100],
    ['with a body that is no record', { code: SUCCESS, next: 9, body: Buffer.alloc(200, 1) }, 1000],
    ['with half a record', { code: SUCCESS, next: 9, body: pullBody({ queueOffset: 0 }).subarray(0, 60) }, 1000],
  ])('%s is made again from the same offset, after a pause', async (_name, answer, pauseMs) => {
    const run = scripted([answer]);
    await run.clock.advance(pauseMs - 1);
    expect(run.asked).toHaveLength(1);
    await run.clock.advance(1);
    expect(run.asked.map(({ header }) => header.queueOffset)).toEqual([0, 0]);
    run.assigned.drop();
    await run.ended;
  });

  it('takes what stands whole in a body that is cut off, and pulls the rest again', async () => {
    const body = pullBody({ queueOffset: 0 }, { queueOffset: 1 });
    const run = scripted([{ code: SUCCESS, next: 2, body: body.subarray(0, body.length - 3) }]);
    await run.clock.advance(1);
    expect(run.got).toEqual([0]);
    expect(run.asked[1]!.header.queueOffset).toBe(1);
    run.assigned.drop();
    await run.ended;
  });

  it('takes no message twice when the broker sends it twice', async () => {
    const run = scripted([
      { code: SUCCESS, next: 2, body: pullBody({ queueOffset: 0 }, { queueOffset: 1 }) },
      { code: SUCCESS, next: 3, body: pullBody({ queueOffset: 1 }, { queueOffset: 2 }) },
    ]);
    await run.clock.advance(1);
    expect(run.got).toEqual([0, 1, 2]);
    run.assigned.drop();
    await run.ended;
  });

  it('passes over messages whose tag only has the same hash, and what may be committed moves behind them', async () => {
    const run = scripted(
      [
        {
          code: SUCCESS,
          next: 3,
          body: pullBody({ queueOffset: 0, tags: 'Aa' }, { queueOffset: 1, tags: 'BB' }, { queueOffset: 2 }),
        },
      ],
      {},
      'Aa',
    );
    await run.clock.advance(1);
    expect(run.got).toEqual([0]);
    expect(run.assigned.window.commitOffset).toBe(3);
    run.assigned.drop();
    await run.ended;
  });

  it('of an offset that is gone ends: the queue is taken again elsewhere', async () => {
    const run = scripted([{ code: PULL_OFFSET_MOVED, next: 40 }]);
    await run.clock.advance(1);
    expect(run.moved).toEqual([40]);
    await run.ended;
  });

  it.each([ResponseCode.SUBSCRIPTION_NOT_EXIST, ResponseCode.SUBSCRIPTION_NOT_LATEST])(
    'of a subscription the broker does not know (%i) tells it, once at once, then every second',
    async (code) => {
      const run = scripted([{ code }, { code }, { code }]);
      await run.clock.advance(500);
      expect([run.asked.length, run.announced()]).toEqual([2, 2]);
      await run.clock.advance(1000);
      expect([run.asked.length, run.announced()]).toEqual([3, 3]);
      run.assigned.drop();
      await run.ended;
    },
  );

  it('is given up when the queue is', async () => {
    const run = scripted([]);
    await run.clock.advance(1);
    run.assigned.drop();
    await run.ended;
    expect(run.asked).toHaveLength(1);
  });
});
