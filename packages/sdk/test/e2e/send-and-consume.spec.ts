import { type Observable, from, lastValueFrom, map, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Consumer,
  type Delivery,
  type MessageQueue,
  type MessageView,
  OnBatch,
  OnConsumerEvent,
  OnDeadLetter,
  OnMessage,
  OnStream,
  Producer,
  reject,
  RocketMQ,
  Send,
  type Sender,
  SendTo,
  settle,
} from '../../src/index.js';
import { type RunningCluster, startCluster, until } from './standalone.js';

let cluster: RunningCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

interface Order {
  readonly id: string;
  readonly customer: string;
}

@Producer({ group: 'order-producer', topic: 'bound-orders' })
class OrderEvents {
  @Send<Order>({ tags: 'created', keys: (order) => order.id, shardingKey: (order) => order.customer })
  readonly created!: Sender<Order>;
  @Send<Order>({ tags: 'paid' }) readonly paid!: Sender<Order>;
  @Producer() readonly producer!: Producer;
}

@Consumer({ group: 'bound', topic: 'bound-orders', consumeFrom: 'first', concurrency: 8 })
class Orders {
  readonly seen: string[] = [];
  readonly assigned: MessageQueue[] = [];
  readonly dead: unknown[] = [];
  readonly failures: string[] = [];
  @OnMessage({ filter: { tags: 'created' } })
  async created(order: Order, message: MessageView<Order>) {
    this.seen.push(`${order.id} ${message.tags} ${message.shardingKey}`);
    if (order.id === 'bad') return reject('no');
    return undefined;
  }
  @OnConsumerEvent('assigned') onAssigned(queues: readonly MessageQueue[]) {
    this.assigned.push(...queues);
  }
  @OnConsumerEvent('error') onError({ error }: { readonly error: unknown }) {
    this.failures.push(String(error));
  }
  @OnDeadLetter() onDead(order: Order) {
    this.dead.push(order);
  }
}

@Consumer({ group: 'bound', consumeFrom: 'first' })
class Paid {
  @OnMessage({ topic: 'bound-orders', filter: { tags: 'paid' } })
  @SendTo('bound-receipts')
  async paid(order: Order) {
    return { receipt: order.id };
  }
}

@Consumer({ group: 'receipts', consumeFrom: 'first' })
class Receipts {
  readonly batches: unknown[][] = [];
  readonly streamed: unknown[] = [];
  @OnBatch('bound-receipts') batch(bodies: readonly unknown[]) {
    this.batches.push([...bodies]);
  }
  @OnStream({ topic: 'bound-clicks', maxInFlight: 16 })
  clicks(deliveries: Observable<Delivery<{ readonly page: string }>>) {
    return deliveries.pipe(
      map((delivery) => {
        this.streamed.push(delivery.message.body.page);
        delivery.ack();
      }),
    );
  }
}

describe.each(['ws', 'tcp'])('over %s', (scheme) => {
  const topic = `orders-${scheme}`;

  it('what is sent arrives, with what was said about it', async () => {
    await using mq = await RocketMQ.connect({ namesrv: `${scheme}://${cluster.address}` });
    const producer = mq.producer();
    const sent = await producer.send(
      topic,
      { id: '1', text: 'ü😀' },
      { tags: 'created', keys: ['k1', 'k2'], shardingKey: 'customer-7', properties: { tenant: 'x' } },
    );
    await producer.send(topic, Buffer.from([0, 255, 1]), { tags: 'raw' });
    await producer.send(topic, 'x'.repeat(10_000), { tags: 'large' });
    const got = new Map<string, MessageView>();
    const consumer = mq.pushConsumer({ group: `g-${scheme}`, consumeFrom: 'first' });
    consumer.subscribe(topic, (message) => void got.set(message.tags!, message));
    await consumer.start();
    await until(() => got.size === 3);
    const message = got.get('created')!;
    expect(message.body).toEqual({ id: '1', text: 'ü😀' });
    expect(message).toMatchObject({
      topic,
      msgId: sent.msgId,
      offsetMsgId: sent.offsetMsgId,
      keys: ['k1', 'k2'],
      shardingKey: 'customer-7',
      queue: sent.queue,
      queueOffset: sent.queueOffset,
    });
    expect(message.properties['tenant']).toBe('x');
    expect(got.get('raw')!.body).toEqual(Buffer.from([0, 255, 1]));
    expect(got.get('large')!.body).toBe('x'.repeat(10_000));
    const health = await mq.health();
    expect(health).toMatchObject({ state: 'connected', consumers: [{ group: `g-${scheme}`, running: true }] });
  });

  it('batches, streams and one-way sends are stored', async () => {
    await using mq = await RocketMQ.connect({ namesrv: `${scheme}://${cluster.address}` });
    const producer = mq.producer();
    const all = `all-${scheme}`;
    const results = await producer.sendBatch(Array.from({ length: 50 }, (_, n) => ({ topic: all, body: n })));
    expect(results.map(({ queueOffset }) => queueOffset)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(new Set(results.map(({ offsetMsgId }) => offsetMsgId)).size).toBe(50);
    const published = await lastValueFrom(
      from(Array.from({ length: 50 }, (_, n) => 50 + n)).pipe(
        producer.publish(all, { concurrency: 4, batch: { size: 10, lingerMs: 1 } }),
        toArray(),
      ),
    );
    expect(published).toHaveLength(50);
    await producer.sendOneway({ topic: all, body: 100 });
    const got = new Set<unknown>();
    const consumer = mq.pushConsumer({ group: `all-${scheme}`, consumeFrom: 'first' });
    consumer.subscribe(all, (message) => void got.add(message.body));
    await consumer.start();
    await until(() => got.size === 101);
  });

  it('streams settle', async () => {
    await using mq = await RocketMQ.connect({ namesrv: `${scheme}://${cluster.address}` });
    const producer = mq.producer();
    const stream = `stream-${scheme}`;
    await producer.send(stream, 1);
    const got: unknown[] = [];
    const consumer = mq.pushConsumer({ group: stream, consumeFrom: 'first' });
    const subscription = consumer
      .messages<number>(stream)
      .pipe(settle(async (message) => void got.push(message.body)))
      .subscribe();
    await until(() => got.length === 1);
    subscription.unsubscribe();
    for await (const delivery of mq
      .pushConsumer({ group: `${stream}-2`, consumeFrom: 'first' })
      .deliveries<number>(stream)) {
      expect(delivery.message.body).toBe(1);
      delivery.ack();
      break;
    }
  });
});

describe('decorated classes', () => {
  it('send, consume, pass on, and see their dead letters', async () => {
    await using mq = await RocketMQ.connect({ namesrv: cluster.address });
    const [events, orders, paid, receipts] = [new OrderEvents(), new Orders(), new Paid(), new Receipts()];
    const binding = await mq.bind(events, orders, paid, receipts);
    expect(binding.consumers.map(({ group }) => group).sort()).toEqual(['bound', 'bound_dlq', 'receipts']);
    await events.created({ id: '1', customer: 'c' });
    await events.created({ id: 'bad', customer: 'c' });
    await events.paid({ id: '1', customer: 'c' });
    await events.producer.send('bound-clicks', { page: '/' });
    await until(
      () =>
        orders.seen.length === 2 &&
        receipts.batches.length > 0 &&
        receipts.streamed.length === 1 &&
        orders.dead.length === 1,
    );
    expect(orders.seen.sort()).toEqual(['1 created c', 'bad created c']);
    expect(receipts.batches.flat()).toEqual([{ receipt: '1' }]);
    expect(receipts.streamed).toEqual(['/']);
    expect(orders.dead).toEqual([{ id: 'bad', customer: 'c' }]);
    expect(orders.assigned.length).toBeGreaterThan(0);
    await binding.close();
    await binding.close();
  });
});
