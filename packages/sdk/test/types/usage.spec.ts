import type { Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  ack,
  ackFirst,
  type Binding,
  type ClientHealth,
  type Codec,
  Consumer,
  type ConsumeResult,
  type Delivery,
  describe as describeClass,
  type LocalTransactionState,
  type MessageQueue,
  type MessageView,
  OnBatch,
  OnConsumerEvent,
  OnDeadLetter,
  OnMessage,
  OnStream,
  type OutgoingMessage,
  Producer,
  type PullConsumer,
  type PushConsumer,
  reject,
  RejectMessageError,
  retry,
  RetryLaterError,
  RocketMQ,
  RocketMQError,
  Send,
  type Sender,
  type SendResult,
  SendTo,
  settle,
  settleBatch,
  settleOrdered,
  type SimpleConsumer,
  TransactionListener,
  type TransactionProducer,
} from '../../src/index.js';

/*
 * A program that uses the whole API: that it compiles is the test. Nothing of it runs but the classes' decorators.
 */

interface Order {
  readonly id: string;
  readonly customer: string;
  readonly total: number;
}

async function standalone(): Promise<void> {
  await using mq = await RocketMQ.connect({ namesrv: '127.0.0.1:9876' });
  const producer = mq.producer();
  await producer.send('orders', { id: '1' }, { tags: 'created', keys: '1', shardingKey: 'customer-7' });
  const consumer = mq.pushConsumer({ group: 'billing', concurrency: 16 });
  consumer.subscribe<Order>({ topic: 'orders', filter: { tags: ['created', 'paid'] } }, async (m) => {
    if (m.body.total < 0) return reject('negative');
    if (m.reconsumeTimes > 3) return retry({ afterMs: 60_000 });
    return undefined;
  });
  await consumer.start();
  const audit = mq.pushConsumer({ group: 'audit' });
  const sub = audit
    .messages<Order>('orders', { maxInFlight: 64 })
    .pipe(
      settle(
        async (m) => {
          await Promise.resolve(m.body);
        },
        { concurrency: 8 },
      ),
    )
    .subscribe();
  for await (const d of mq.pushConsumer({ group: 'g3' }).deliveries<Order>('orders')) {
    d.ack();
    break;
  }
  sub.unsubscribe();
}

@Producer({ group: 'order-producer', topic: 'orders' })
class OrderEvents {
  @Send<Order>({ tags: 'created', keys: (o) => o.id, shardingKey: (o) => o.customer }) readonly created!: Sender<Order>;
  @Send<Order>({ tags: 'expired', delay: { afterMs: 30 * 60_000 } }) readonly expireLater!: Sender<Order>;
}

@Consumer({ group: 'shipping', topic: 'orders', mode: 'orderly', concurrency: 8 })
class Shipping {
  @OnMessage({ filter: { sql: "total > 100 AND region IN ('eu','us')" } })
  async big(order: Order, message: MessageView<Order>) {
    if (!order.id) throw new RejectMessageError('no id');
    void message;
  }
  @OnStream({ topic: 'positions', maxInFlight: 256 })
  positions(in$: Observable<Delivery<{ truck: string }>>) {
    return in$.pipe(settleOrdered(async (m) => void m.body.truck, { key: (m) => m.body.truck }));
  }
  @OnBatch('metrics', { size: 100, lingerMs: 500 }) async metrics(all: readonly unknown[]) {
    void all.length;
  }
  @OnDeadLetter() async dead(_order: Order, message: MessageView) {
    void message.originTopic;
  }
  @OnConsumerEvent('assigned') assigned(queues: readonly MessageQueue[]) {
    void queues;
  }
  @OnMessage({ topic: 'other' }) @SendTo('receipts') paid(order: Order) {
    return { receipt: order.id };
  }
}

@TransactionListener({ group: 'tx-orders' })
class OrderTransactions {
  async executeLocal(_m: unknown, order: Order): Promise<LocalTransactionState> {
    return order.total > 0 ? 'commit' : 'rollback';
  }
  async checkLocal(m: MessageView<Order>): Promise<LocalTransactionState> {
    return m.body.id ? 'commit' : 'unknown';
  }
}

async function decorated(): Promise<void> {
  await using mq = await RocketMQ.connect({ namesrv: 'localhost:9876' });
  const events = new OrderEvents();
  await using _ = await mq.bind(events, new Shipping());
  await events.created({ id: '1', customer: 'c', total: 5 });
}

async function everything(mq: RocketMQ): Promise<void> {
  const producer = new Producer(mq, {
    group: 'g',
    sendTimeoutMs: 1,
    retries: 0,
    retryOtherBroker: true,
    maxMessageSize: 1,
    latencyFault: true,
  });
  const queue: MessageQueue = { topic: 't', brokerName: 'b', queueId: 0 };
  await producer.send(
    { topic: 't', body: 1, delay: { at: new Date(0) }, waitStoreOk: false, properties: { a: 'b' } },
    { timeoutMs: 1, signal: AbortSignal.abort(), queue },
  );
  await producer.send(
    't',
    { n: 1 },
    { queue: (queues, message: OutgoingMessage<{ n: number }>) => queues[message.body.n]! },
  );
  const results: SendResult[] = await producer.sendBatch([{ topic: 't', body: 1 }], { split: true });
  await producer.sendOneway({ topic: 't', body: 1 });
  const reply: MessageView<string> = await producer.request<string, number>({ topic: 't', body: 1 }, { timeoutMs: 1 });
  const recalled: string = await producer.recall('t', results[0]!.recallHandle!);
  const pull: PullConsumer = mq.pullConsumer({
    group: 'g',
    subscriptions: ['t', { topic: 'u', filter: 'a || b' }],
    autoCommit: { intervalMs: 5 },
    consumeFrom: { timestamp: new Date(0) },
  });
  pull.assign(await pull.queues('t'));
  const polled: MessageView<Order>[] = await pull.poll<Order>({ max: 1, timeoutMs: 1 });
  await pull.seek(queue, 'begin');
  await pull.commit(new Map([[queue, pull.position(queue)]]));
  const committed: number | undefined = await pull.committed(queue);
  pull.pause([queue]);
  pull.resume([queue]);
  const simple: SimpleConsumer = mq.simpleConsumer({ group: 'g', subscriptions: ['t'], awaitMs: 1 });
  const [received] = await simple.receive<Order>({ max: 1, invisibleMs: 1 });
  await simple.ack(received!);
  const receipt: string = await simple.changeInvisible(received!, 1);
  const transactions: TransactionProducer = mq.transactionProducer({
    group: 'g',
    listener: new OrderTransactions() as never,
    checkConcurrency: 1,
  });
  const sent: SendResult & { readonly localState: LocalTransactionState } = await transactions.sendInTransaction(
    { topic: 't', body: 1 },
    'arg',
  );
  const worked: number = await transactions.transaction({ topic: 't', body: 1 }, async ({ msgId }) => msgId.length);
  const health: ClientHealth = await mq.health({ lag: true });
  const push: PushConsumer = mq.pushConsumer({
    group: 'g',
    allocate: (_group, _client, queues) => [...queues],
    prefetch: { messages: 1, bytes: 1, span: 1, pullBatch: 1, pullIntervalMs: 1 },
    pop: false,
    batch: { size: 2 },
  });
  push.subscribeBatch<Order>('t', (messages) => (messages.length > 0 ? ack() : retry({ level: 3 })));
  push.messages<Order>('t').pipe(settleBatch(async () => ack(), { size: 1, lingerMs: 1 }));
  push.messages<Order>('t').pipe(
    ackFirst(),
    producer.publish((order) => ({ topic: 'u', body: order }), { concurrency: 1, batch: { size: 1, lingerMs: 1 } }),
  );
  push.suspend();
  push.resume();
  const binding: Binding = await mq.bind(new Shipping());
  void [reply, recalled, polled, committed, receipt, sent, worked, health, binding.consumers, mq.status$];
  throw new RetryLaterError('later', { afterMs: 1 }, { cause: new RocketMQError('NO_ROUTE', 'x') });
}

const upperCase: Codec = {
  contentType: 'text/upper',
  encode: (value) => Buffer.from(String(value).toUpperCase()),
  decode: (bytes) => bytes.toString(),
};

describe('the API', () => {
  it('compiles as it is promised', () => {
    expect([standalone, decorated, everything].map((of) => typeof of)).toEqual(['function', 'function', 'function']);
    expectTypeOf<MessageView<Order>['body']>().toEqualTypeOf<Order>();
    expectTypeOf<Sender<Order>>().returns.resolves.toEqualTypeOf<SendResult>();
    expectTypeOf<ReturnType<typeof ack>>().toEqualTypeOf<ConsumeResult>();
    expectTypeOf<RocketMQ>().toExtend<AsyncDisposable>();
    expect(upperCase.contentType).toBe('text/upper');
  });

  it('reads the classes of that program', () => {
    expect(describeClass(Shipping).handlers.map(({ kind }) => kind)).toEqual([
      'message',
      'stream',
      'batch',
      'dlq',
      'event',
      'message',
    ]);
    expect(describeClass(OrderEvents).sends).toEqual(['created', 'expireLater']);
  });

  it('is refused where it would be misused', () => {
    const misuse = () => {
      const events = new OrderEvents();
      // @ts-expect-error -- the body has another type
      void events.created({ id: 1 });
      // @ts-expect-error -- no such mode
      Consumer({ group: 'g', mode: 'both' });
      // @ts-expect-error -- a namesrv is needed
      void RocketMQ.connect({});
    };
    expect(typeof misuse).toBe('function');
  });
});
