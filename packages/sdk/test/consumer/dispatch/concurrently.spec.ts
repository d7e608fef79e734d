import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AllocateStrategy } from '../../../src/consumer/assignment/allocate.js';
import type { Codec } from '../../../src/message/codec.js';
import { ack, reject, RejectMessageError, retry, RetryLaterError } from '../../../src/message/consume-result.js';
import { committed, range, virtualClusters, type VirtualClient, type VirtualCluster } from '../virtual-cluster.js';

const start = virtualClusters();
const HOUR_MS = 3_600_000;

async function setUp(topic = 'orders', queues = 4): Promise<{ cluster: VirtualCluster; client: VirtualClient }> {
  const cluster = await start();
  const client = await cluster.client();
  await cluster.createTopic(client, topic, queues);
  return { cluster, client };
}

/** Reads a group's dead letters. */
async function deadLetters(cluster: VirtualCluster, client: VirtualClient, group: string, count: number) {
  const consumer = client.mq.pushConsumer({ group: `${group}-dead-${count}`, consumeFrom: 'first' });
  const dead: { body: unknown; from: string }[] = [];
  consumer.subscribe(
    `%DLQ%${group}`,
    (message) => void dead.push({ body: String(message.raw), from: message.originTopic }),
  );
  await cluster.run(consumer.start());
  await cluster.until(() => dead.length >= count, 30_000);
  await cluster.run(consumer.close());
  return dead;
}

describe('a message whose handler fails', () => {
  it('comes again 16 times on the schedule of the broker and is then a dead letter', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['x']);
    const times: number[] = [];
    const attempts: number[] = [];
    const dead: string[] = [];
    const errors: boolean[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', (message, context) => {
      times.push(cluster.clock.monotonic());
      attempts.push(context.attempt);
      expect(message).toMatchObject({ topic: 'orders', originTopic: 'orders', body: 'x' });
      throw new Error('never');
    });
    consumer.on('deadLetter', ({ message }) => void dead.push(message.msgId));
    consumer.errors$.subscribe(({ willRetry }) => errors.push(willRetry));
    await cluster.run(consumer.start());
    await cluster.until(() => dead.length > 0, 6 * HOUR_MS, 500);
    await cluster.clock.advance(4 * HOUR_MS);
    expect(attempts).toEqual(range(17, 1));
    const pausesS = times.slice(1).map((time, n) => Math.round((time - times[n]!) / 1000));
    const minute = 60;
    const schedule = [10, 30, ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 60, 120].map((m) => m * minute)];
    for (const [n, pauseS] of pausesS.entries()) expect(Math.abs(pauseS - schedule[n]!)).toBeLessThanOrEqual(1);
    expect(errors).toEqual([...range(16).map(() => true), false]);
    expect(await deadLetters(cluster, client, 'g', 1)).toEqual([{ body: '"x"', from: 'orders' }]);
  }, 120_000);

  it('comes again as often as maxReconsumeTimes says', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['x']);
    let calls = 0;
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first', maxReconsumeTimes: 1 });
    consumer.subscribe('orders', () => {
      calls += 1;
      return retry({ level: 1 });
    });
    await cluster.run(consumer.start());
    await cluster.clock.advance(60_000);
    expect(calls).toBe(2);
    expect(await deadLetters(cluster, client, 'g', 1)).toHaveLength(1);
  });

  it('comes again here when the broker does not take it back', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['x']);
    const times: number[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', () => {
      times.push(cluster.clock.monotonic());
      if (times.length === 1) throw new Error('once');
    });
    const { instance } = client.mq;
    const invoke = instance.invokeBroker.bind(instance);
    instance.invokeBroker = ((...args: Parameters<typeof invoke>) =>
      args[1].name === 'CONSUMER_SEND_MSG_BACK' ? Promise.reject(new Error('full')) : invoke(...args)) as typeof invoke;
    await cluster.run(consumer.start());
    await cluster.until(() => times.length === 2, 20_000);
    expect(times[1]! - times[0]!).toBe(5000);
    await cluster.run(consumer.close());
    expect(await progress(cluster, client, 'g')).toBe(1);
  });
});

/** What a group has committed over all queues of the topic. */
async function progress(cluster: VirtualCluster, client: VirtualClient, group: string): Promise<number> {
  const offsets = await committed(cluster, client, group, 'orders');
  return offsets.reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
}

describe('verdicts', () => {
  const done: [string, () => unknown][] = [
    ['nothing', () => undefined],
    ['a value', () => 42],
    ['ack()', () => ack()],
    ['a promise', async () => ({ some: 'thing' })],
    ['an Observable that completes', () => of(1, 2)],
    ['an Observable without a value', () => of()],
    [
      'an async iterable',
      async function* () {
        yield 1;
      },
    ],
  ];
  it.each(done)('%s: done', async (_name, handler) => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['x']);
    let calls = 0;
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', () => {
      calls += 1;
      return handler() as undefined;
    });
    await cluster.run(consumer.start());
    await cluster.clock.advance(30_000);
    await cluster.run(consumer.close());
    expect(calls).toBe(1);
    expect(await progress(cluster, client, 'g')).toBe(1);
  });

  const later: [string, number, () => unknown][] = [
    [
      'throws',
      10_000,
      () => {
        throw new Error('no');
      },
    ],
    ['rejects its promise', 10_000, () => Promise.reject(new Error('no'))],
    ['an Observable that fails', 10_000, () => throwError(() => new Error('no'))],
    ['retry()', 10_000, () => retry()],
    ['retry with a level', 1000, () => retry({ level: 1 })],
    ['retry after a time: the next level that is not too early', 60_000, () => retry({ afterMs: 31_000 })],
    [
      'RetryLaterError',
      5000,
      () => {
        throw new RetryLaterError('later', { afterMs: 5000 });
      },
    ],
  ];
  it.each(later)('%s: comes again', async (_name, afterMs, handler) => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['x']);
    const times: number[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', () => {
      times.push(cluster.clock.monotonic());
      return times.length === 1 ? (handler() as undefined) : undefined;
    });
    const events: string[] = [];
    consumer.on('retry', ({ message }) => void events.push(`retry ${message.body as string}`));
    consumer.on('deadLetter', () => void events.push('dead'));
    await cluster.run(consumer.start());
    await cluster.until(() => times.length === 2, 120_000, 50);
    expect(Math.abs(times[1]! - times[0]! - afterMs)).toBeLessThan(300);
    expect(events).toEqual(['retry x']);
  });

  const dead: [string, (message: { readonly body: unknown }) => unknown][] = [
    ['reject()', () => reject('bad')],
    [
      'RejectMessageError',
      () => {
        throw new RejectMessageError('bad');
      },
    ],
    ['a body that cannot be decoded', (message) => void message.body],
  ];
  it.each(dead)('%s: a dead letter at once', async (_name, handler) => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['{'], { properties: { __ct: 'a/b' } });
    const reasons: (string | undefined)[] = [];
    const consumer = client.mq.pushConsumer({
      group: 'g',
      consumeFrom: 'first',
      codec: { ...picky, decode: () => JSON.parse('{') },
    });
    consumer.subscribe('orders', (message) => handler(_name.startsWith('a body') ? message : { body: 1 }) as undefined);
    consumer.on('deadLetter', ({ reason }) => void reasons.push(reason));
    await cluster.run(consumer.start());
    expect(await deadLetters(cluster, client, 'g', 1)).toEqual([{ body: '"{"', from: 'orders' }]);
    expect(reasons).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('gets up to size messages, and after lingerMs what is there', async () => {
    const { cluster, client } = await setUp('orders', 1);
    await cluster.send(client, 'orders', range(10));
    const batches: unknown[][] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribeBatch('orders', (messages) => void batches.push(messages.map(({ body }) => body)), {
      size: 4,
      lingerMs: 500,
    });
    await cluster.run(consumer.start());
    await cluster.until(() => batches.length === 2, 400);
    expect(await cluster.until(() => batches.length === 3, 1000)).toBeGreaterThan(300);
    expect(batches).toEqual([range(4), range(4, 4), range(2, 8)]);
  });

  it.each(['concurrent', 'orderly'] as const)('loses only the bodies that cannot be decoded (%s)', async (mode) => {
    const { cluster, client } = await setUp('orders', 1);
    await cluster.send(client, 'orders', [1, 2, 'bad', 4]);
    const seen: unknown[][] = [];
    const consumer = client.mq.pushConsumer({
      group: 'g',
      mode,
      consumeFrom: 'first',
      batch: { size: 10 },
      codec: picky,
    });
    consumer.subscribeBatch('orders', (messages) => void seen.push(messages.map(({ body }) => body)));
    await cluster.run(consumer.start());
    expect(await deadLetters(cluster, client, 'g', 1)).toEqual([{ body: '"bad"', from: 'orders' }]);
    expect(seen.flat()).toEqual([1, 2, 4]);
    await cluster.run(consumer.close());
    expect(await progress(cluster, client, 'g')).toBe(4);
  });
});

/** JSON, but nothing that is bad. */
const picky: Codec = {
  contentType: 'application/json',
  encode: () => Buffer.alloc(0),
  decode(bytes) {
    if (String(bytes) === '"bad"') throw new Error('it is bad');
    return JSON.parse(String(bytes));
  },
};

describe('a handler that takes too long', () => {
  it('loses its slot and its message, which comes again; its late result counts no more', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['slow', 'next']);
    const seen: string[] = [];
    let signal: AbortSignal | undefined;
    let finish: (() => void) | undefined;
    const consumer = client.mq.pushConsumer({
      group: 'g',
      consumeFrom: 'first',
      concurrency: 1,
      consumeTimeoutMs: 1000,
    });
    consumer.subscribe('orders', (message, context) => {
      seen.push(`${message.body as string} ${context.attempt}`);
      if (message.body !== 'slow' || context.attempt > 1) return undefined;
      signal = context.signal;
      return new Promise((resolve) => (finish = () => resolve(reject('too late'))));
    });
    await cluster.run(consumer.start());
    await cluster.until(() => signal !== undefined);
    const takenMs = await cluster.until(() => signal!.aborted, 5000);
    expect(takenMs).toBeGreaterThanOrEqual(900);
    expect(takenMs).toBeLessThan(1300);
    finish!();
    await cluster.until(() => seen.length === 3, 30_000);
    expect(seen.toSorted()).toEqual(['next 1', 'slow 1', 'slow 2']);
    await cluster.run(consumer.close());
    expect(await progress(cluster, client, 'g')).toBe(2);
    const probe = client.mq.pullConsumer({ group: 'x' });
    await expect(cluster.run(probe.queues('%DLQ%g'))).rejects.toMatchObject({ code: 'NO_ROUTE' });
  });
});

describe('flow control', () => {
  it('keeps no more of a queue than prefetch says, and goes on when there is room', async () => {
    const { cluster, client } = await setUp('orders', 1);
    await cluster.send(client, 'orders', range(60));
    const open: (() => void)[] = [];
    let pulls = 0;
    const { instance } = client.mq;
    const invoke = instance.invokeBroker.bind(instance);
    instance.invokeBroker = ((...args: Parameters<typeof invoke>) => {
      if (args[1].name === 'PULL_MESSAGE' && (args[2] as { topic: string }).topic === 'orders') pulls += 1;
      return invoke(...args);
    }) as typeof invoke;
    const consumer = client.mq.pushConsumer({
      group: 'g',
      consumeFrom: 'first',
      concurrency: 1000,
      prefetch: { messages: 10, pullBatch: 5 },
    });
    consumer.subscribe('orders', () => new Promise<void>((resolve) => open.push(resolve)));
    await cluster.run(consumer.start());
    await cluster.clock.advance(20_000);
    expect(open).toHaveLength(10);
    expect(pulls).toBe(2);
    open[9]!();
    await cluster.clock.advance(1000);
    expect(open).toHaveLength(15);
    for (const resolve of open) resolve();
    await cluster.clock.advance(1000);
    expect(open.length).toBeGreaterThan(20);
    for (let settled = 0; settled < open.length; settled += 1) {
      open[settled]!();
      await cluster.clock.advance(20);
    }
    expect(open).toHaveLength(60);
  });

  it('runs no more than concurrency handlers, and no topic starves another', async () => {
    const { cluster, client } = await setUp('busy', 1);
    await cluster.createTopic(client, 'quiet', 1);
    await cluster.send(client, 'busy', range(30));
    await cluster.send(client, 'quiet', ['q']);
    let running = 0;
    let most = 0;
    const order: unknown[] = [];
    const handler = async (message: { readonly body: unknown }) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => void cluster.clock.schedule(100, resolve));
      order.push(message.body);
      running -= 1;
    };
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first', concurrency: 2 });
    consumer.subscribe('busy', handler).subscribe('quiet', handler);
    await cluster.run(consumer.start());
    await cluster.until(() => order.length === 31, 10_000);
    expect(most).toBe(2);
    expect(order.indexOf('q')).toBeLessThan(6);
  });
});

describe('what nobody here consumes', () => {
  it('is given back until a member gets it that does', async () => {
    const { cluster, client } = await setUp('first', 1);
    await cluster.createTopic(client, 'second', 1);
    await cluster.send(client, 'second', ['x']);
    // A member of an older version shares the group's retries and does not know the second topic.
    const old = await cluster.client();
    const allocate: AllocateStrategy = (_group, id, queues, ids) => {
      const retries = queues[0]!.topic.startsWith('%RETRY%') && ids.includes(old.mq.clientId);
      return id === (retries ? old.mq.clientId : client.mq.clientId) ? [...queues] : [];
    };
    const oldConsumer = old.mq.pushConsumer({ group: 'g', consumeFrom: 'first', allocate });
    oldConsumer.subscribe('first', () => undefined);
    let givenBack = 0;
    oldConsumer.on('retry', () => void (givenBack += 1));
    const attempts: number[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first', allocate });
    consumer.subscribe('second', (_message, { attempt }) => {
      attempts.push(attempt);
      return attempt === 1 ? retry({ level: 1 }) : undefined;
    });
    await cluster.run(oldConsumer.start());
    await cluster.run(consumer.start());
    await cluster.until(() => givenBack === 2, 120_000, 100);
    await cluster.run(oldConsumer.close());
    await cluster.until(() => attempts.length === 2, 120_000, 100);
    expect(attempts).toEqual([1, 4]);
  });
});
