import { describe, expect, it } from 'vitest';
import { reject, retry } from '../../../src/message/consume-result.js';
import { consume, pause, queue } from '../orderly-members.js';
import { committed, range, virtualClusters } from '../virtual-cluster.js';

const start = virtualClusters();

async function setUp(queues = 1, seed = 1) {
  const cluster = await start({ seed });
  const client = await cluster.client();
  await cluster.createTopic(client, 'orders', queues);
  return { cluster, client };
}

describe('a queue', () => {
  it('is consumed one message at a time, in order; queues side by side', async () => {
    const { cluster, client } = await setUp(3);
    for (const queueId of range(3)) await cluster.send(client, 'orders', range(5), { queue: { ...queue, queueId } });
    const running = new Set<number>();
    let most = 0;
    const seen: string[] = [];
    await consume(cluster, client, async (message) => {
      const { queueId } = message.queue;
      expect(running.has(queueId)).toBe(false);
      running.add(queueId);
      most = Math.max(most, running.size);
      await pause(client, 50);
      running.delete(queueId);
      seen.push(`${queueId}:${message.body as number}`);
    });
    await cluster.until(() => seen.length === 15, 2000);
    for (const queueId of range(3))
      expect(seen.filter((one) => one.startsWith(`${queueId}:`))).toEqual(range(5).map((body) => `${queueId}:${body}`));
    expect(most).toBe(3);
  });

  it('waits after a failure and consumes the message again in place, as long as it takes', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(3));
    const seen: string[] = [];
    const times: number[] = [];
    const consumer = await consume(cluster, client, (message, { attempt }) => {
      seen.push(`${message.body as number} ${attempt}`);
      times.push(cluster.clock.monotonic());
      if (message.body !== 1) return undefined;
      if (attempt === 1) throw new Error('no');
      if (attempt === 2) return retry({ afterMs: 200 });
      if (attempt === 3) return retry({ level: 1 });
      return attempt < 30 ? retry({ afterMs: 1 }) : undefined;
    });
    await cluster.until(() => seen.includes('2 1'), 10_000);
    expect(seen).toEqual(['0 1', ...range(30, 1).map((attempt) => `1 ${attempt}`), '2 1']);
    const pauses = times.slice(2, 6).map((time, n) => time - times[n + 1]!);
    expect(pauses).toEqual([1000, 200, 1000, 10]);
    await cluster.run(consumer.close());
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([3]);
  });

  it.each([
    ['is rejected', {}, (): unknown => reject('bad'), 1],
    ['has failed maxReconsumeTimes times', { maxReconsumeTimes: 2, suspendMs: 10 }, (): unknown => retry(), 3],
  ])('goes on behind a message that %s, which is a dead letter', async (_name, options, verdict, calls) => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(3));
    const seen: unknown[] = [];
    const dead: unknown[] = [];
    const consumer = await consume(
      cluster,
      client,
      ({ body }) => {
        seen.push(body);
        return body === 1 ? verdict() : undefined;
      },
      options,
    );
    consumer.on('deadLetter', ({ message }) => void dead.push(message.body));
    await cluster.until(() => seen.includes(2), 5000);
    expect(seen).toEqual([0, ...range(calls).map(() => 1), 2]);
    expect(dead).toEqual([1]);
    const letters: unknown[] = [];
    const reader = client.mq.pushConsumer({ group: 'reader', consumeFrom: 'first' });
    reader.subscribe('%DLQ%g', ({ body }) => void letters.push(body));
    await cluster.run(reader.start());
    await cluster.until(() => letters.length === 1, 5000);
    expect(letters).toEqual([1]);
  });

  it('waits while the broker does not take its dead letter', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(2));
    const seen: unknown[] = [];
    const { instance } = client.mq;
    const invoke = instance.invokeBroker.bind(instance);
    let refuse = true;
    instance.invokeBroker = ((...args: Parameters<typeof invoke>) =>
      refuse && args[1].name === 'CONSUMER_SEND_MSG_BACK'
        ? Promise.reject(new Error('full'))
        : invoke(...args)) as typeof invoke;
    await consume(cluster, client, ({ body }) => {
      seen.push(body);
      return body === 0 ? reject() : undefined;
    });
    await cluster.clock.advance(5500);
    expect(seen).toEqual(range(6).map(() => 0));
    refuse = false;
    await cluster.until(() => seen.includes(1), 2000);
  });

  it('gets no more slots than there are, and gives them on', async () => {
    const { cluster, client } = await setUp(6);
    for (const queueId of range(6)) await cluster.send(client, 'orders', range(3), { queue: { ...queue, queueId } });
    let running = 0;
    let most = 0;
    let done = 0;
    await consume(
      cluster,
      client,
      async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(client, 20);
        running -= 1;
        done += 1;
      },
      { concurrency: 2 },
    );
    await cluster.until(() => done === 18, 5000);
    expect(most).toBe(2);
  });

  it('hands batches to batch handlers, after lingerMs incomplete ones', async () => {
    const { cluster, client } = await setUp();
    const batches: unknown[][] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', mode: 'orderly', consumeFrom: 'first' });
    consumer.subscribeBatch('orders', (messages) => void batches.push(messages.map(({ body }) => body)), {
      size: 3,
      lingerMs: 300,
    });
    await cluster.send(client, 'orders', range(5));
    await cluster.run(consumer.start());
    await cluster.until(() => batches.length === 1, 100);
    expect(await cluster.until(() => batches.length === 2, 1000)).toBeGreaterThan(200);
    expect(batches).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });
});
