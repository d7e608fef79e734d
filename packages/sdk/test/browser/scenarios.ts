import { from, lastValueFrom, toArray } from 'rxjs';
import {
  Consumer,
  type Delivery,
  type MessageQueue,
  type MessageView,
  OnMessage,
  Producer,
  reject,
  retry,
  RocketMQ,
  RocketMQError,
  Send,
  type Sender,
  SendTo,
  stringCodec,
} from '@cometmq/sdk';

/** What the page asks of the program that drives it. */
export interface Driver {
  /** Sends a text from Node, compressed. */
  sendFromNode(topic: string, text: string): Promise<void>;
  /** What a consumer in Node gets of a topic: the texts, and whether each came compressed. */
  receiveInNode(
    topic: string,
    count: number,
  ): Promise<readonly { readonly text: string; readonly compressed: boolean }[]>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Another page joins a group; resolves when its consumer runs. */
  openTab(topic: string, group: string): Promise<void>;
  /** Closes it as a user does: without a word. */
  closeTab(): Promise<void>;
}

export interface Environment {
  readonly namesrv: string;
  /** A name that no other scenario uses. */
  name(suffix: string): string;
  /** A client that is closed behind the scenario. */
  connect(options?: Partial<ConstructorParameters<typeof RocketMQ>[0]>): Promise<RocketMQ>;
  readonly driver: Driver;
}

export type Scenario = (environment: Environment) => Promise<void>;

/** Run in a browser, one after the other; each throws when something is not as it should be. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'connects and says so': connects,
  'sends what it is given': sends,
  'sends batches and streams of messages': batches,
  'refuses what cannot be sent': refuses,
  'consumes, by tag, with everything that was said about a message': consumes,
  'consumes in order': inOrder,
  'sends back and gives up': sendsBack,
  'broadcasts to every client': broadcasts,
  'streams no more than the credit': credit,
  iterates: iterates,
  'pulls and seeks': pulls,
  'binds decorated classes': binds,
  'reads and writes compressed bodies': compressed,
  'shares queues with another tab, and takes over when it closes': tabs,
  'comes back after the server restarts': restarts,
  'says what is wrong with an address': wrongAddress,
};

async function connects({ connect }: Environment): Promise<void> {
  const mq = await connect();
  const health = await mq.health();
  equal('state', health.state, 'connected');
  ok('a client id', mq.clientId.includes('@'));
  const states: string[] = [];
  mq.status$.subscribe(({ state }) => states.push(state));
  await mq.close();
  equal('states', states.join(), 'connected,closed');
}

async function sends({ connect, name }: Environment): Promise<void> {
  const producer = (await connect()).producer();
  const values = ['text ü😀', { a: [1, null] }, 7, new Uint8Array([0, 255, 1])];
  const results = [];
  for (const value of values) results.push(await producer.send(name('t'), value, queueZero));
  equal('statuses', results.map(({ status }) => status).join(), 'SEND_OK,SEND_OK,SEND_OK,SEND_OK');
  equal('offsets', results.map(({ queueOffset }) => queueOffset).join(), '0,1,2,3');
  equal('ids', new Set(results.map(({ msgId }) => msgId)).size, 4);
  await producer.sendOneway({ topic: name('t'), body: 'one-way' });
  const got = await received(await connect(), name('t'), 5);
  equal('a text', got[0]?.body, 'text ü😀');
  equal('an object', JSON.stringify(got[1]?.body), '{"a":[1,null]}');
  equal('a number', got[2]?.body, 7);
  equal('bytes', [...(got[3]?.body as Uint8Array)].join(), '0,255,1');
  ok('the bytes are an array of the browser', got[3]?.body instanceof Uint8Array);
  equal('id', got[0]?.msgId, results[0]?.msgId);
  equal('place', got[0]?.offsetMsgId, results[0]?.offsetMsgId);
}

async function batches({ connect, name }: Environment): Promise<void> {
  const producer = (await connect()).producer();
  const bodies = (first: number) => Array.from({ length: 50 }, (_, n) => first + n);
  const results = await producer.sendBatch(bodies(0).map((body) => ({ topic: name('t'), body })));
  ok(
    'side by side',
    results.every(({ queueOffset }, n) => queueOffset === results[0]!.queueOffset + n),
  );
  const large = Array.from({ length: 6 }, () => ({ topic: name('large'), body: noise(1_000_000) }));
  equal('too large', await codeOf(producer.sendBatch(large)), 'INVALID_ARGUMENT');
  equal('in parts', (await producer.sendBatch(large, { split: true, timeoutMs: 15_000 })).length, 6);
  const published = producer.publish<number>(name('t'), { concurrency: 4, batch: { size: 10, lingerMs: 5 } });
  equal('published', (await lastValueFrom(from(bodies(50)).pipe(published, toArray()))).length, 50);
  const got = await received(await connect(), name('t'), 100);
  equal('all', sorted(got.map(({ body }) => body)), sorted(bodies(0).concat(bodies(50))));
  const bytes = await received(
    await connect(),
    name('large'),
    6,
    ({ queueOffset, queue }) => `${queue.queueId}/${queueOffset}`,
  );
  ok(
    'whole',
    bytes.every(({ raw }) => raw.length === 1_000_000 && raw[999_999] === noise(1_000_000)[999_999]),
  );
}

async function refuses({ connect, name }: Environment): Promise<void> {
  const mq = await connect();
  const producer = mq.producer();
  equal('topic', await codeOf(producer.send('with space', 1)), 'INVALID_ARGUMENT');
  equal('body', await codeOf(producer.send(name('t'), noise(5_000_000))), 'INVALID_ARGUMENT');
  equal(
    'at the broker',
    await codeOf(mq.producer({ maxMessageSize: 9_000_000 }).send(name('t'), noise(5_000_000))),
    'BROKER',
  );
  equal(
    'algorithm',
    await codeOf(async () => (await connect({ compression: { algorithm: 'zstd' } })).producer().send(name('t'), 1)),
    'INVALID_ARGUMENT',
  );
}

async function consumes({ connect, name }: Environment): Promise<void> {
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

async function inOrder({ connect, name }: Environment): Promise<void> {
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

async function sendsBack({ connect, name }: Environment): Promise<void> {
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
async function broadcasts({ connect, name }: Environment): Promise<void> {
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

async function credit({ connect, name }: Environment): Promise<void> {
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

async function iterates({ connect, name }: Environment): Promise<void> {
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

async function pulls({ connect, name }: Environment): Promise<void> {
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

async function binds({ connect, name }: Environment): Promise<void> {
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

async function compressed({ connect, name, driver }: Environment): Promise<void> {
  const text = '0123456789'.repeat(5000);
  await driver.sendFromNode(name('down'), text);
  const mq = await connect({ codec: stringCodec });
  const [down] = await received(mq, name('down'), 1);
  equal('from Node', down?.body, text);
  ok('it came compressed', recordOf(down).length < 5000);
  await mq.producer().send(name('up'), text, queueZero);
  await (await connect({ codec: stringCodec, compression: false })).producer().send(name('up'), text, queueZero);
  const up = await driver.receiveInNode(name('up'), 2);
  equal('in Node', up.map((one) => `${one.text === text} ${one.compressed}`).join(), 'true true,true false');
}

async function tabs({ connect, name, driver }: Environment): Promise<void> {
  const mq = await connect();
  for (let n = 0; n < 4; n++) await mq.producer().send(name('t'), n);
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  const got = new Set<unknown>();
  let owned = 0;
  consumer.subscribe(name('t'), ({ body }) => void got.add(body));
  consumer.assignment$.subscribe((queues) => (owned = queues.filter(({ topic }) => topic === name('t')).length));
  await consumer.start();
  await until('all queues', () => owned === 4);
  await driver.openTab(name('t'), name('g'));
  await until('half of the queues', () => owned === 2);
  await driver.closeTab();
  await until('all queues again', () => owned === 4);
  for (let n = 4; n < 12; n++) await mq.producer().send(name('t'), n);
  await until('what was sent since', () => [4, 5, 6, 7, 8, 9, 10, 11].every((n) => got.has(n)));
}

async function restarts({ connect, name, driver }: Environment): Promise<void> {
  const mq = await connect({ heartbeatIntervalMs: 1000 });
  const states: string[] = [];
  mq.status$.subscribe(({ state }) => states.push(state));
  const producer = mq.producer();
  const got = new Set<unknown>();
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  consumer.subscribe(name('t'), ({ body }) => void got.add(body));
  await consumer.start();
  for (let n = 0; n < 5; n++) await producer.send(name('t'), n);
  await until('what was sent before', () => got.size === 5);
  await driver.stopServer();
  await until('the loss is seen', () => states.at(-1) !== 'connected');
  const refused = await producer.send(name('t'), 'lost', { timeoutMs: 1500 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  ok('a send fails and may be tried again', refused instanceof RocketMQError && refused.retryable);
  await driver.startServer();
  await until('the connection is back', () => states.at(-1) === 'connected');
  for (let n = 5; n < 10; n++)
    await until('a send works again', () =>
      producer.send(name('t'), n).then(
        () => true,
        () => false,
      ),
    );
  await until('what was sent after', () => [5, 6, 7, 8, 9].every((n) => got.has(n)));
  await mq.close();
  equal('at the end', states.at(-1), 'closed');
}

async function wrongAddress({ connect, namesrv }: Environment): Promise<void> {
  equal('nobody there', await codeOf(connect({ namesrv: 'ws://127.0.0.1:1' })), 'NO_NAMESRV');
  equal('tcp in a browser', await codeOf(connect({ namesrv: namesrv.replace('ws:', 'tcp:') })), 'NO_NAMESRV');
  equal('no address', await codeOf(connect({ namesrv: 'ws://nowhere:port' })), 'INVALID_ARGUMENT');
}

const queueZero = { queue: (queues: readonly MessageQueue[]) => queues[0]! };

/** The first messages of a topic, read by a group of its own. */
async function received(
  mq: RocketMQ,
  topic: string,
  count: number,
  identity: (message: MessageView) => unknown = ({ msgId }) => msgId,
): Promise<MessageView[]> {
  const got = new Map<unknown, MessageView>();
  const consumer = mq.pushConsumer({ group: `reader-${topic.replace(/^%DLQ%/, 'dead-')}`, consumeFrom: 'first' });
  consumer.subscribe(topic, (message) => void got.set(identity(message), message));
  await consumer.start();
  await until(`${count} messages of ${topic}`, () => got.size >= count);
  await consumer.close();
  return [...got.values()];
}

const recordOf = (message: MessageView | undefined): Uint8Array =>
  (message as unknown as { readonly record: { readonly body: Uint8Array } }).record.body;

async function codeOf(call: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof call === 'function' ? call() : call);
    return 'ok';
  } catch (error) {
    return error instanceof RocketMQError ? error.code : String(error);
  }
}

/** Bytes that cannot be compressed. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let n = 0, x = 1; n < length; n++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    bytes[n] = x >>> 24;
  }
  return bytes;
}

const sorted = (values: Iterable<unknown>): string => [...new Set([...values].map(String))].toSorted().join();

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`gave up waiting for ${what}`);
    await pause(10);
  }
}

function ok(what: string, holds: boolean): void {
  if (!holds) throw new Error(`${what}: no`);
}

function equal(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}
