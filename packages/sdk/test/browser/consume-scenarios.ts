import {
  Consumer,
  type Delivery,
  type MessageView,
  OnMessage,
  Producer,
  reject,
  retry,
  Send,
  type Sender,
  SendTo,
} from '@cometmq/sdk';
import { queueZero, received, sorted, pause, until, ok, equal } from './checks.js';
import type { Environment } from './environment.js';

export async function consumes({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  const producer = mq.producer();
  const options = { keys: ['k1', 'k2'], shardingKey: 'customer', properties: { colour: 'größe' } };
  for (let n = 0; n < 20; n++)
    await producer.send(name('t'), { n }, { ...options, tags: n % 2 === 0 ? 'even' : 'odd' });
  const got: MessageView<{ n: number }>[] = [];
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  consumer.subscribe<{ n: number }>({ topic: name('t'), filter: 'even' }, (message) => void got.push(message));
  await consumer.start();
  await until('ten messages', () => got.length === 10);
  equal('which', sorted(got.map(({ body }) => body.n)), '0,10,12,14,16,18,2,4,6,8');
  const [message] = got;
  equal('keys', message?.keys.join(), 'k1,k2');
  equal('sharding key', message?.shardingKey, 'customer');
  equal('properties', message?.properties['colour'], 'größe');
  equal('topic', message?.topic, name('t'));
  // One who waits gets the next at once.
  const start = performance.now();
  await producer.send(name('t'), { n: 20 }, { tags: 'even' });
  await until('the next', () => got.length === 11);
  ok('at once', performance.now() - start < 5000);
}

export async function inOrder({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  const producer = mq.producer();
  const keys = ['ada', 'bob', 'cyd'];
  const seen: string[] = [];
  let failures = 0;
  const consumer = mq.pushConsumer({ group: name('g'), mode: 'orderly', consumeFrom: 'first', suspendMs: 20 });
  consumer.subscribe<string>(name('t'), async ({ body }) => {
    await pause(1);
    if (body === 'bob-3' && failures++ < 2) throw new Error('not now');
    seen.push(body);
  });
  for (let n = 0; n < 10; n++)
    for (const key of keys) await producer.send(name('t'), `${key}-${n}`, { shardingKey: key });
  await consumer.start();
  await until('thirty messages', () => seen.length === 30);
  for (const key of keys) {
    const own = seen.filter((body) => body.startsWith(key)).join();
    equal(key, own, Array.from({ length: 10 }, (_, n) => `${key}-${n}`).join());
  }
  equal('failures', failures, 3);
}

export async function sendsBack({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  const producer = mq.producer();
  for (const body of ['good', 'later', 'bad']) await producer.send(name('t'), body, queueZero);
  const seen: string[] = [];
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  consumer.subscribe<string>(name('t'), ({ body, reconsumeTimes }) => {
    seen.push(`${body}/${reconsumeTimes}`);
    if (body === 'bad') return reject('no');
    return body === 'later' && reconsumeTimes === 0 ? retry({ level: 1 }) : undefined;
  });
  await consumer.start();
  await until('the retry', () => seen.includes('later/1'));
  equal('seen', sorted(seen), 'bad/0,good/0,later/0,later/1');
  const [dead] = await received(await connect(), `%DLQ%${name('g')}`, 1);
  equal('dead', dead?.body, 'bad');
  equal('origin', dead?.originTopic, name('t'));
}

/** A browser has no disk: the offsets of a broadcasting consumer live as long as it does. */
export async function broadcasts({ connect, name }: Environment): Promise<void> {
  const producer = (await connect()).producer();
  for (let n = 0; n < 5; n++) await producer.send(name('t'), n);
  const got = [new Set<unknown>(), new Set<unknown>()];
  const clients = [];
  for (const seen of got) {
    const mq = await connect({ instanceName: name(`tab-${clients.length}`) });
    clients.push(mq);
    const consumer = mq.pushConsumer({ group: name('g'), model: 'broadcasting', consumeFrom: 'first' });
    consumer.subscribe(name('t'), ({ body }) => void seen.add(body));
    await consumer.start();
  }
  await until('everything at both', () => got.every(({ size }) => size === 5));
  await clients[0]!.close();
  const again = new Set<unknown>();
  const consumer = (await connect({ instanceName: name('tab-0') })).pushConsumer({
    group: name('g'),
    model: 'broadcasting',
    consumeFrom: 'last',
  });
  consumer.subscribe(name('t'), ({ body }) => void again.add(body));
  await consumer.start();
  await pause(300);
  for (let n = 5; n < 10; n++) await producer.send(name('t'), n);
  await until('the new ones', () => again.size === 5 && got[1]!.size === 10);
  equal('only the new ones', sorted(again), '5,6,7,8,9');
}

export async function credit({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  for (let n = 0; n < 30; n++) await mq.producer().send(name('t'), n);
  const open: Delivery[] = [];
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  const subscription = consumer
    .messages(name('t'), { maxInFlight: 4 })
    .subscribe((delivery) => void open.push(delivery));
  await until('four', () => open.length >= 4);
  await pause(300);
  equal('at first', open.length, 4);
  open[0]!.ack();
  await until('one more', () => open.length >= 5);
  await pause(200);
  equal('after one', open.length, 5);
  for (let done = 1; done < 30; done++) {
    await until('the next', () => open.length > done);
    open[done]!.ack();
  }
  equal('all', new Set(open.map(({ message }) => message.body)).size, 30);
  subscription.unsubscribe();
}

export async function iterates({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  for (let n = 0; n < 10; n++) await mq.producer().send(name('t'), n);
  const got = new Set<unknown>();
  for await (const delivery of mq
    .pushConsumer({ group: name('g'), consumeFrom: 'first' })
    .deliveries(name('t'), { maxInFlight: 3 })) {
    got.add(delivery.message.body);
    delivery.ack();
    if (got.size === 10) break;
  }
  equal('all', sorted(got), '0,1,2,3,4,5,6,7,8,9');
}

export async function pulls({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  for (let n = 0; n < 10; n++) await mq.producer().send(name('t'), n, queueZero);
  const consumer = mq.pullConsumer({ group: name('g'), autoCommit: false, consumeFrom: 'first' });
  const queue = (await consumer.queues(name('t'))).find(({ queueId }) => queueId === 0)!;
  consumer.assign([queue]);
  const poll = async (count: number): Promise<string> => {
    const got: unknown[] = [];
    while (got.length < count) got.push(...(await consumer.poll({ timeoutMs: 10_000 })).map(({ body }) => body));
    return got.join();
  };
  equal('from the beginning', await poll(10), '0,1,2,3,4,5,6,7,8,9');
  await consumer.seek(queue, 7);
  equal('from seven', await poll(3), '7,8,9');
  await consumer.commit();
  await until('the commit', async () => (await consumer.committed(queue)) === 10);
}

export async function binds({ connect, name }: Environment): Promise<void> {
  @Producer({ topic: name('orders') })
  class Orders {
    @Send<{ id: string }>({ tags: 'created', keys: (order) => order.id }) readonly created!: Sender<{ id: string }>;
  }

  @Consumer({ group: name('g'), consumeFrom: 'first' })
  class Invoices {
    readonly seen: string[] = [];
    @OnMessage(name('orders'))
    @SendTo(name('invoices'))
    order(order: { id: string }, message: MessageView) {
      return { invoice: `${order.id}/${message.tags}` };
    }
    @OnMessage(name('invoices')) invoice(body: { invoice: string }) {
      this.seen.push(body.invoice);
    }
  }

  const [orders, invoices] = [new Orders(), new Invoices()];
  const binding = await (await connect()).bind(orders, invoices);
  for (const id of ['a', 'b']) await orders.created({ id });
  await until('both invoices', () => invoices.seen.length >= 2);
  equal('invoices', sorted(invoices.seen), 'a/created,b/created');
  await binding.close();
}
