import {
  concat,
  from,
  lastValueFrom,
  NEVER,
  of,
  type OperatorFunction,
  Subject,
  throwError,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createDelivery, type Delivery } from '../../src/consumer/delivery.js';
import type { HandlerContext } from '../../src/consumer/handler.js';
import {
  type ConsumeResult,
  reject,
  RejectMessageError,
  retry,
  RetryLaterError,
} from '../../src/message/consume-result.js';
import type { MessageView } from '../../src/message/message-view.js';
import { ackFirst, settle, settleBatch, settleOrdered } from '../../src/rx/settle.js';

interface Made {
  readonly delivery: Delivery<string>;
  readonly abort: AbortController;
  verdict: ConsumeResult | 'open';
}

const UNREADABLE = 'unreadable';

function made(body: string, queueId = 0): Made {
  const abort = new AbortController();
  const queue = { topic: 't', brokerName: 'b', queueId };
  const message = {
    queue,
    get body() {
      if (body.startsWith(UNREADABLE)) throw new RejectMessageError('it cannot be read');
      return body;
    },
  } as MessageView<string>;
  const context: HandlerContext = { group: 'g', queue, attempt: 1, signal: abort.signal };
  const self: Made = {
    abort,
    verdict: 'open',
    delivery: createDelivery(message, context, (verdict) => (self.verdict = verdict)),
  };
  return self;
}

const verdicts = (all: readonly Made[]) =>
  all.map(({ verdict }) => (verdict === 'open' ? 'open' : (verdict as { readonly action: string }).action));
const turns = async (count = 10) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Runs deliveries through an operator to its end. */
function run<R>(all: readonly Made[], operator: OperatorFunction<Delivery<string>, R>): Promise<R[]> {
  return lastValueFrom(from(all.map(({ delivery }) => delivery)).pipe(operator, toArray()));
}

describe('settle', () => {
  it('settles by what the handler does, and never fails because of it', async () => {
    const handlers: [string, () => unknown, string][] = [
      ['returns', () => 1, 'ack'],
      ['resolves', async () => {}, 'ack'],
      ['completes', () => of(1, 2), 'ack'],
      ['says retry', () => retry(), 'retry'],
      ['ends with reject', () => of(1, reject('no')), 'reject'],
      [
        'throws',
        () => {
          throw new Error('no');
        },
        'retry',
      ],
      ['throws later', () => Promise.reject(new RetryLaterError('x', { level: 2 })), 'retry'],
      ['fails', () => throwError(() => new RejectMessageError('no')), 'reject'],
    ];
    const all = handlers.map(([name]) => made(name));
    const settled = await run(
      all,
      settle((message) => handlers.find(([name]) => name === message.body)![1]() as undefined),
    );
    expect(settled).toHaveLength(handlers.length);
    expect(verdicts(all)).toEqual(handlers.map(([, , verdict]) => verdict));
    expect(all[6]!.verdict).toEqual({ action: 'retry', delay: { level: 2 } });
  });

  it('runs no more than concurrency handlers; one that was given up frees its place', async () => {
    const all = ['hangs', 'waits for ever', 'next'].map((body) => made(body));
    const begun: string[] = [];
    const source = new Subject<Delivery<string>>();
    source
      .pipe(
        settle(
          ({ body }) => {
            begun.push(body);
            if (body === 'hangs') return new Promise(() => {});
            return body === 'next' ? undefined : NEVER;
          },
          { concurrency: 1 },
        ),
      )
      .subscribe();
    for (const { delivery } of all) source.next(delivery);
    await turns();
    expect(begun).toEqual(['hangs']);
    all[0]!.abort.abort(new Error('took too long'));
    await turns();
    expect(begun).toEqual(['hangs', 'waits for ever']);
    all[1]!.abort.abort(new Error('took too long'));
    await turns();
    expect(begun).toEqual(['hangs', 'waits for ever', 'next']);
    expect(all[2]!.verdict).toEqual({ action: 'ack' });
  });
});

describe('settleOrdered', () => {
  it('handles one at a time per key, keys side by side', async () => {
    const all = ['a1', 'b1', 'a2', 'a3', 'b2'].map((body) => made(body));
    const open = new Map<string, () => void>();
    const begun: string[] = [];
    const done = run(
      all,
      settleOrdered(
        ({ body }) => {
          begun.push(body);
          return new Promise<void>((resolve) => open.set(body, resolve));
        },
        { key: ({ body }) => body[0] },
      ),
    );
    await turns();
    expect(begun).toEqual(['a1', 'b1']);
    for (const [body, then] of [
      ['a1', ['a2']],
      ['a2', ['a3']],
      ['b1', ['b2']],
    ] as const) {
      open.get(body)!();
      await turns();
      expect(begun.slice(-1)).toEqual(then);
    }
    open.get('a3')!();
    open.get('b2')!();
    expect((await done).length).toBe(5);
    expect(verdicts(all)).toEqual(all.map(() => 'ack'));
  });

  it('takes the queue for the key, goes on after a failure, and treats a key that cannot be told as one', async () => {
    const all = [made('x', 0), made('x', 1), made('y', 0)];
    const seen: string[] = [];
    await run(
      all,
      settleOrdered(({ body, queue }) => {
        seen.push(`${queue.queueId}${body}`);
        if (body === 'x') throw new Error('no');
      }),
    );
    expect(seen).toEqual(['0x', '1x', '0y']);
    expect(verdicts(all)).toEqual(['retry', 'retry', 'ack']);
    const unreadable = [made(`${UNREADABLE} 1`), made('fine')];
    await run(
      unreadable,
      settleOrdered(() => {}, { key: ({ body }) => body }),
    );
    expect(verdicts(unreadable)).toEqual(['reject', 'ack']);
  });
});

describe('settleBatch', () => {
  it('gathers up to size, and after lingerMs what is there; one call at a time', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, Number.POSITIVE_INFINITY);
    const all = ['a', 'b', 'c', 'd', 'e'].map((body) => made(body));
    const batches: string[][] = [];
    let release = () => {};
    const source = new Subject<Delivery<string>>();
    source
      .pipe(
        settleBatch(
          (messages) => {
            batches.push(messages.map(({ body }) => body));
            return new Promise<void>((resolve) => (release = resolve));
          },
          { size: 2, lingerMs: 100, scheduler },
        ),
      )
      .subscribe();
    for (const { delivery } of all.slice(0, 4)) source.next(delivery);
    await turns();
    expect(batches).toEqual([['a', 'b']]);
    release();
    await turns();
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    release();
    source.next(all[4]!.delivery);
    await turns();
    expect(batches).toHaveLength(2);
    scheduler.flush();
    await turns();
    expect(scheduler.now()).toBe(100);
    release();
    await turns();
    expect(batches[2]).toEqual(['e']);
    expect(verdicts(all)).toEqual(all.map(() => 'ack'));
    // Nothing waits for a clock while nothing has come.
    expect(scheduler.actions).toEqual([]);
  });

  it('hands out what it has when the stream ends, and its failure is the verdict of all', async () => {
    const all = ['a', 'b', 'c'].map((body) => made(body));
    const results = await run(
      all,
      settleBatch(() => retry({ level: 1 }), { size: 2, lingerMs: 1000 }),
    );
    expect(results.map((batch) => batch.length)).toEqual([2, 1]);
    expect(verdicts(all)).toEqual(['retry', 'retry', 'retry']);
    const failing = [made('a'), made('b')];
    await run(
      failing,
      settleBatch(() => Promise.reject(new RejectMessageError('no')), { size: 2, lingerMs: 1000 }),
    );
    expect(verdicts(failing)).toEqual(['reject', 'reject']);
    const error = new Error('the stream');
    const source = concat(
      of(made('a').delivery),
      throwError(() => error),
    );
    await expect(
      new Promise((_resolve, fail) =>
        source.pipe(settleBatch(() => {}, { size: 2, lingerMs: 5 })).subscribe({ error: fail }),
      ),
    ).rejects.toBe(error);
  });

  it('rejects the bodies that cannot be decoded, and them alone', async () => {
    const all = ['a', UNREADABLE, 'c', `${UNREADABLE} 2`].map((body) => made(body));
    const seen: string[][] = [];
    await run(
      all,
      settleBatch((messages) => void seen.push(messages.map(({ body }) => body)), { size: 4, lingerMs: 1000 }),
    );
    expect(seen).toEqual([['a', 'c']]);
    expect(verdicts(all)).toEqual(['ack', 'reject', 'ack', 'reject']);
  });
});

describe('ackFirst', () => {
  it('hands on bodies that are acknowledged; what cannot be decoded is rejected and the stream goes on', async () => {
    const all = ['a', UNREADABLE, 'c'].map((body) => made(body));
    expect(await run(all, ackFirst())).toEqual(['a', 'c']);
    expect(verdicts(all)).toEqual(['ack', 'reject', 'ack']);
  });
});
