import { describe, expect, it } from 'vitest';
import type { PullConsumer, PullConsumerOptions } from '../../src/consumer/pull-consumer.js';
import type { MessageQueue } from '../../src/message/message-queue.js';
import type { MessageView } from '../../src/message/message-view.js';
import { BROKER, range, virtualClusters, type VirtualClient, type VirtualCluster } from './virtual-cluster.js';

const start = virtualClusters();
const queue = (queueId: number): MessageQueue => ({ topic: 'orders', brokerName: BROKER, queueId });
const bodies = (messages: readonly MessageView[]) => messages.map(({ body }) => body);

async function setUp(queues = 1, options: Partial<PullConsumerOptions> = {}) {
  const cluster = await start();
  const client = await cluster.client();
  await cluster.createTopic(client, 'orders', queues);
  const consumer = client.mq.pullConsumer({ group: 'g', consumeFrom: 'first', ...options });
  return { cluster, client, consumer };
}

/** Polls until so many messages have come. */
async function poll(cluster: VirtualCluster, consumer: PullConsumer, count: number): Promise<unknown[]> {
  const all: unknown[] = [];
  while (all.length < count) {
    const messages = await cluster.run(consumer.poll({ timeoutMs: 1000, max: count - all.length }));
    expect(messages.length).toBeGreaterThan(0);
    all.push(...bodies(messages));
  }
  return all;
}

async function stored(cluster: VirtualCluster, client: VirtualClient): Promise<number | undefined> {
  return cluster.run(client.mq.pullConsumer({ group: 'g' }).committed(queue(0)));
}

describe('a pull consumer that is given queues', () => {
  it('reads exactly those, in order, and waits for what comes', async () => {
    const { cluster, client, consumer } = await setUp(3);
    for (const queueId of range(3))
      await cluster.send(client, 'orders', range(3, queueId * 10), { queue: queue(queueId) });
    await expect(cluster.run(consumer.poll())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await cluster.run(consumer.queues('orders'))).toEqual(range(3).map(queue));
    await expect(cluster.run(consumer.queues('nothing'))).rejects.toMatchObject({ code: 'NO_ROUTE' });
    consumer.assign([queue(0), queue(2)]);
    const seen = (await poll(cluster, consumer, 6)) as number[];
    expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 20, 21, 22]);
    expect(seen.filter((body) => body < 10)).toEqual([0, 1, 2]);
    expect([consumer.position(queue(0)), consumer.position(queue(1))]).toEqual([3, -1]);
    const waiting = consumer.poll({ timeoutMs: 5000 });
    await cluster.clock.advance(1000);
    await cluster.send(client, 'orders', ['x'], { queue: queue(2) });
    expect(bodies(await cluster.run(waiting))).toEqual(['x']);
    consumer.assign([queue(1)]);
    await cluster.clock.advance(100);
    expect(await poll(cluster, consumer, 3)).toEqual([10, 11, 12]);
    expect(consumer.position(queue(0))).toBe(-1);
  });

  it('serves queues in turn, and none of those that are paused', async () => {
    const { cluster, client, consumer } = await setUp(2);
    for (const queueId of range(2))
      await cluster.send(client, 'orders', range(4, queueId * 10), { queue: queue(queueId) });
    consumer.assign([queue(0), queue(1)]);
    consumer.pause([queue(1)]);
    expect(await poll(cluster, consumer, 2)).toEqual([0, 1]);
    consumer.resume([queue(1)]);
    await cluster.clock.advance(100);
    expect(await poll(cluster, consumer, 1)).toEqual([10]);
    expect(bodies(await cluster.run(consumer.poll({ max: 1 })))).toEqual([2]);
    expect(await poll(cluster, consumer, 4)).toEqual([11, 12, 13, 3]);
  });

  it('goes on where seek says', async () => {
    const { cluster, client, consumer } = await setUp();
    await cluster.send(client, 'orders', range(3));
    const then = new Date(cluster.clock.now() + 1);
    await cluster.clock.advance(1000);
    await cluster.send(client, 'orders', range(3, 3));
    consumer.assign([queue(0)]);
    expect(await poll(cluster, consumer, 2)).toEqual([0, 1]);
    const targets: [Parameters<PullConsumer['seek']>[1], number[]][] = [
      [4, [4, 5]],
      ['begin', [0, 1]],
      [{ timestamp: then }, [3, 4]],
    ];
    for (const [to, expected] of targets) {
      await cluster.run(consumer.seek(queue(0), to));
      expect(await poll(cluster, consumer, 2)).toEqual(expected);
    }
    await cluster.run(consumer.seek(queue(0), 'end'));
    expect(consumer.position(queue(0))).toBe(6);
    expect(await cluster.run(consumer.poll({ timeoutMs: 500 }))).toEqual([]);
    await expect(cluster.run(consumer.seek(queue(7), 0))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(cluster.run(consumer.seek(queue(0), -1))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('polls side by side, gives up by signal, and fails when it is closed', async () => {
    const { cluster, client, consumer } = await setUp();
    consumer.assign([queue(0)]);
    const controller = new AbortController();
    const first = consumer.poll({ max: 1, timeoutMs: 60_000 });
    const second = consumer.poll({ max: 1, timeoutMs: 60_000 });
    const third = consumer.poll({ timeoutMs: 60_000, signal: controller.signal });
    third.catch(() => {});
    await cluster.clock.advance(1000);
    controller.abort(new Error('mine'));
    await expect(cluster.run(third)).rejects.toMatchObject({ code: 'ABORTED' });
    await cluster.send(client, 'orders', [1, 2]);
    expect((await cluster.run(Promise.all([first, second]))).flatMap(bodies).toSorted()).toEqual([1, 2]);
    const last = consumer.poll({ timeoutMs: 60_000 });
    last.catch(() => {});
    await cluster.clock.advance(10);
    await cluster.run(consumer.close());
    await expect(last).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'CLOSED' });
    await cluster.run(consumer.close());
  });
});

describe('a pull consumer with subscriptions', () => {
  it('shares the queues with its group and filters by tag', async () => {
    const { cluster, client, consumer } = await setUp(4, { subscriptions: [{ topic: 'orders', filter: 'a' }] });
    expect(() => consumer.assign([queue(0)])).toThrow(/without subscriptions/);
    const other = await cluster.client();
    const second = other.mq.pullConsumer({
      group: 'g',
      consumeFrom: 'first',
      subscriptions: [{ topic: 'orders', filter: 'a' }],
    });
    await cluster.run(Promise.all([consumer.poll({ timeoutMs: 0 }), second.poll({ timeoutMs: 0 })]));
    await cluster.clock.advance(2000);
    for (const queueId of range(4)) {
      await cluster.send(client, 'orders', [queueId], { queue: queue(queueId), tags: 'a' });
      await cluster.send(client, 'orders', ['not this'], { queue: queue(queueId), tags: 'b' });
    }
    await cluster.clock.advance(100);
    const [one, two] = [await poll(cluster, consumer, 2), await poll(cluster, second, 2)];
    expect([...one, ...two].toSorted()).toEqual(range(4));
  });

  it('starts when it can: a poll may be tried again after a failure', async () => {
    const cluster = await start();
    const client = await cluster.client();
    await cluster.stopServer();
    const consumer = client.mq.pullConsumer({ group: 'g', consumeFrom: 'first', subscriptions: ['orders'] });
    await expect(cluster.run(consumer.poll())).rejects.toMatchObject({ code: 'NO_NAMESRV' });
    await cluster.startServer();
    await cluster.clock.advance(10_000);
    await cluster.createTopic(client, 'orders', 1);
    await cluster.send(client, 'orders', [1]);
    expect(await poll(cluster, consumer, 1)).toEqual([1]);
  });
});

describe('commits', () => {
  it('by themselves store what earlier polls returned, not what is being worked on', async () => {
    const { cluster, client, consumer } = await setUp(1, { autoCommit: { intervalMs: 1000 } });
    await cluster.send(client, 'orders', range(6));
    consumer.assign([queue(0)]);
    await poll(cluster, consumer, 2);
    await cluster.clock.advance(3000);
    expect(await stored(cluster, client)).toBe(0);
    expect(bodies(await cluster.run(consumer.poll({ max: 3 })))).toEqual([2, 3, 4]);
    await cluster.clock.advance(3000);
    expect(await stored(cluster, client)).toBe(2);
    await cluster.run(consumer.close());
    expect(await stored(cluster, client)).toBe(5);
  });

  it('are the user’s alone without autoCommit', async () => {
    const { cluster, client, consumer } = await setUp(1, { autoCommit: false });
    await cluster.send(client, 'orders', range(6));
    consumer.assign([queue(0)]);
    await poll(cluster, consumer, 4);
    await cluster.clock.advance(20_000);
    expect(await stored(cluster, client)).toBeUndefined();
    await cluster.run(consumer.commit(new Map([[queue(0), 2]])));
    expect(await stored(cluster, client)).toBe(2);
    await cluster.run(consumer.commit());
    expect(await stored(cluster, client)).toBe(4);
    await expect(cluster.run(consumer.commit(new Map([[queue(0), 1.5]])))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await poll(cluster, consumer, 2);
    await cluster.run(consumer.close());
    expect(await stored(cluster, client)).toBe(4);
  });

  it('can be asked of by a client that has read nothing', async () => {
    const { cluster, client, consumer } = await setUp();
    consumer.assign([queue(0)]);
    await cluster.run(consumer.poll({ timeoutMs: 0 }));
    await cluster.run(consumer.commit());
    expect(await stored(cluster, await cluster.client())).toBe(0);
    expect(client.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('say when the broker does not take them', async () => {
    const { cluster, consumer } = await setUp();
    consumer.assign([queue(0)]);
    await cluster.run(consumer.poll({ timeoutMs: 0 }));
    cluster.crashServer();
    await expect(cluster.run(consumer.commit())).rejects.toMatchObject({ retryable: true });
    await cluster.startServer();
  });

  it('of a queue that goes to another member hold back what is being worked on', async () => {
    const { cluster, client, consumer } = await setUp(2, { subscriptions: ['orders'] });
    for (const queueId of range(2))
      await cluster.send(client, 'orders', range(3, queueId * 10), { queue: queue(queueId) });
    await poll(cluster, consumer, 6);
    const other = await cluster.client();
    const second = other.mq.pullConsumer({ group: 'g', consumeFrom: 'first', subscriptions: ['orders'] });
    await cluster.run(second.poll({ timeoutMs: 0 }));
    expect(await poll(cluster, second, 3)).toHaveLength(3);
  });
});
