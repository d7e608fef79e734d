import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/consumer/delivery.js';
import {
  BROKER,
  committed,
  range,
  virtualClusters,
  type VirtualClient,
  type VirtualCluster,
} from './virtual-cluster.js';

const start = virtualClusters();

async function setUp(queues = 1): Promise<{ cluster: VirtualCluster; client: VirtualClient }> {
  const cluster = await start();
  const client = await cluster.client();
  await cluster.createTopic(client, 'orders', queues);
  return { cluster, client };
}

const bodies = (deliveries: readonly Delivery[]) => deliveries.map(({ message }) => message.body);

describe.each(['concurrent', 'orderly'] as const)('a stream (%s)', (mode) => {
  const options = { group: 'g', mode, consumeFrom: 'first' } as const;

  it('starts to pull when it is subscribed, and leaves the group with its last subscriber', async () => {
    const { cluster, client } = await setUp();
    const consumer = client.mq.pushConsumer(options);
    const messages = consumer.messages('orders');
    await cluster.clock.advance(1000);
    expect((await cluster.run(client.mq.health())).consumers).toEqual([]);
    const seen: unknown[] = [];
    const subscription = messages.subscribe((delivery) => {
      seen.push(delivery.message.body);
      delivery.ack();
    });
    await cluster.send(client, 'orders', [1, 2]);
    await cluster.until(() => seen.length === 2, 2000);
    subscription.unsubscribe();
    await cluster.clock.advance(100);
    expect((await cluster.run(client.mq.health())).consumers).toEqual([]);
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([2]);
  });

  it('hands out no more than its credit, and more as deliveries are settled', async () => {
    const { cluster, client } = await setUp(4);
    for (const queueId of range(4))
      await cluster.send(client, 'orders', range(5), { queue: { topic: 'orders', brokerName: BROKER, queueId } });
    const open: Delivery[] = [];
    const consumer = client.mq.pushConsumer(options);
    consumer.messages('orders', { maxInFlight: 2 }).subscribe((delivery) => open.push(delivery));
    await cluster.clock.advance(5000);
    expect(open).toHaveLength(2);
    expect((await cluster.run(client.mq.health())).consumers[0]!.inFlight).toBe(2);
    for (let settled = 0; settled < 20; settled += 1) {
      open[settled]!.ack();
      open[settled]!.ack();
      expect(open[settled]!.settled).toBe(true);
      await cluster.clock.advance(10);
      expect(open.length).toBe(Math.min(20, settled + 3));
    }
  });

  it('stops the pulls when nothing is settled', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(40));
    let pulled = 0;
    const { instance } = client.mq;
    const invoke = instance.invokeBroker.bind(instance);
    instance.invokeBroker = ((...args: Parameters<typeof invoke>) => {
      if (args[1].name === 'PULL_MESSAGE' && (args[2] as { topic: string }).topic === 'orders') pulled += 1;
      return invoke(...args);
    }) as typeof invoke;
    const consumer = client.mq.pushConsumer({ ...options, prefetch: { messages: 10, pullBatch: 10 } });
    const subscription = consumer.messages('orders', { maxInFlight: 3 }).subscribe();
    await cluster.clock.advance(60_000);
    expect(pulled).toBe(1);
    subscription.unsubscribe();
  });

  it('gives back what is not settled when it is unsubscribed, and may be subscribed again at once', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(6));
    const consumer = client.mq.pushConsumer(options);
    const messages = consumer.messages('orders', { maxInFlight: 3 });
    const first: Delivery[] = [];
    const subscription = messages.subscribe((delivery) => {
      first.push(delivery);
      if (first.length === 1) delivery.ack();
    });
    await cluster.until(() => first.length >= (mode === 'orderly' ? 2 : 4), 2000);
    subscription.unsubscribe();
    const second: Delivery[] = [];
    messages.subscribe((delivery) => {
      second.push(delivery);
      delivery.ack();
    });
    for (const delivery of first) delivery.ack();
    await cluster.until(() => second.length === 5, 5000);
    expect(bodies(second)).toEqual(range(5, 1));
    await cluster.clock.advance(1000);
    await cluster.run(consumer.close());
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([6]);
  });

  it('that is unsubscribed while it hands out a delivery gives that back, too', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(3));
    const consumer = client.mq.pushConsumer(options);
    const got: Delivery[] = [];
    consumer
      .messages('orders', { maxInFlight: 3 })
      .pipe(take(1))
      .subscribe((delivery) => got.push(delivery));
    await cluster.until(() => got.length === 1, 2000);
    await cluster.clock.advance(1000);
    const again: unknown[] = [];
    consumer.messages('orders').subscribe((delivery) => {
      again.push(delivery.message.body);
      delivery.ack();
    });
    await cluster.until(() => again.length === 3, 2000);
    expect(again).toEqual(range(3));
  });

  it('completes when the consumer is closed, after what was handed out has been settled', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(2));
    const consumer = client.mq.pushConsumer(options);
    let ended = false;
    let settled = 0;
    consumer.messages('orders', { maxInFlight: 2 }).subscribe({
      next: (delivery) =>
        void cluster.clock.schedule(1000, () => {
          delivery.ack();
          settled += 1;
        }),
      complete: () => (ended = true),
    });
    await cluster.clock.advance(500);
    await cluster.run(consumer.close());
    expect(ended).toBe(true);
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([settled]);
    expect(settled).toBe(mode === 'orderly' ? 1 : 2);
    const later = await new Promise((resolve) => consumer.messages('orders').subscribe({ error: resolve }));
    expect(later).toMatchObject({ code: 'CLOSED' });
  });

  it('has one subscriber at a time', async () => {
    const { cluster, client } = await setUp();
    const consumer = client.mq.pushConsumer(options);
    const messages = consumer.messages('orders');
    const subscription = messages.subscribe();
    await expect(new Promise((_resolve, reject) => messages.subscribe({ error: reject }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const seen: unknown[] = [];
    await cluster.send(client, 'orders', [1]);
    subscription.unsubscribe();
    messages.subscribe(({ message }) => seen.push(message.body));
    await cluster.until(() => seen.length === 1, 2000);
  });

  it('that is down for a while loses nothing, although others consume the topic, and does not hold them up for ever', async () => {
    const { cluster, client } = await setUp();
    const consumer = client.mq.pushConsumer({ ...options, prefetch: { messages: 4, pullBatch: 1 } });
    const others: unknown[] = [];
    consumer.subscribe({ topic: 'orders', filter: 'b' }, ({ body }) => void others.push(body));
    await cluster.run(consumer.start());
    const messages = consumer.messages({ topic: 'orders', filter: 'a' });
    const first: Delivery[] = [];
    const subscription = messages.subscribe((delivery) => first.push(delivery));
    await cluster.clock.advance(200);
    await cluster.send(client, 'orders', ['a1'], { tags: 'a' });
    await cluster.until(() => first.length === 1, 1000);
    subscription.unsubscribe();
    await cluster.send(client, 'orders', ['a2'], { tags: 'a' });
    await cluster.clock.advance(20_000);
    const second: unknown[] = [];
    const again = messages.subscribe((delivery) => {
      second.push(delivery.message.body);
      delivery.ack();
    });
    await cluster.until(() => second.length === 2, 1000);
    expect(second).toEqual(['a1', 'a2']);
    // For good: what waits for it is given back to the group, and the queue goes on.
    again.unsubscribe();
    await cluster.send(
      client,
      'orders',
      range(6).map((n) => `a${n + 3}`),
      { tags: 'a' },
    );
    await cluster.send(client, 'orders', ['b'], { tags: 'b' });
    await cluster.until(() => others.length === 1, 90_000, 50);
    await cluster.run(consumer.close());
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([9]);
  });
});

describe('an iterator', () => {
  it('takes one delivery after the other; leaving the loop gives back the rest', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(5));
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const delivery of consumer.deliveries('orders', { maxInFlight: 4 })) {
        seen.push(delivery.message.body);
        delivery.ack();
        if (seen.length === 2) break;
      }
    })();
    await cluster.run(reading);
    await cluster.clock.advance(1000);
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([2]);
    const rest: unknown[] = [];
    const more = (async () => {
      for await (const delivery of consumer.deliveries('orders')) {
        rest.push(delivery.message.body);
        delivery.ack();
      }
      return 'ended';
    })();
    await cluster.until(() => rest.length === 3, 2000);
    await cluster.run(consumer.close());
    expect(await cluster.run(more)).toBe('ended');
    expect(rest).toEqual([2, 3, 4]);
  });

  it('ends with its signal, and fails when the consumer cannot start', async () => {
    const { cluster, client } = await setUp();
    const controller = new AbortController();
    const deliveries = client.mq.pushConsumer({ group: 'g' }).deliveries('orders', { signal: controller.signal });
    const next = deliveries.next();
    await cluster.clock.advance(1000);
    controller.abort();
    expect(await cluster.run(next)).toEqual({ done: true, value: undefined });
    expect(await deliveries.next()).toEqual({ done: true, value: undefined });
    await cluster.run(client.mq.close());
    const never = client.mq.pushConsumer({ group: 'h' }).deliveries('orders');
    await expect(cluster.run(never.next())).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
