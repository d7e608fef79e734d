import { from, lastValueFrom, toArray } from 'rxjs';
import type { MessageQueue, SendResult } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import {
  bodies,
  numbers,
  Collector,
  firstQueue,
  many,
  noise,
  outcome,
  type SdkScenario,
  type Session,
  sorted,
  until,
} from './sdk-session.js';

export const sendScenarios: Readonly<Record<string, SdkScenario>> = {
  'send/sync': sync,
  'send/one-way': oneWay,
  'send/batch': batch,
  'send/batch-split': batchSplit,
  'send/publish': publish,
  'send/queue': queue,
  'send/sharding-key': shardingKey,
  'send/properties': properties,
  'send/bodies': bodyKinds,
  'send/compressed': compressed,
  'send/delay-level': delayLevel,
  'send/closed': closed,
  'refusal/body-too-large': bodyTooLarge,
  'refusal/illegal': illegal,
  'refusal/unknown-topic': unknownTopic,
};

async function sync(session: Session, facts: Facts): Promise<void> {
  const results = await session.send(0, 20);
  stored(facts, results, 20);
  facts.expect('queues', 4, queuesOf(results).size);
  facts.expect('offsets', '0,1,2,3,4', sorted(results.map(({ queueOffset }) => queueOffset)));
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(20);
  facts.expect('received', bodies(0, 20), numbers(collector.bodies));
  const ids = new Map(results.map((result) => [result.msgId, result.offsetMsgId]));
  facts.expect(
    'same-ids',
    true,
    collector.messages.every((message) => ids.get(message.msgId) === message.offsetMsgId),
  );
}

async function oneWay(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const producer = await session.producer();
  for (let i = 1; i < 20; i++) {
    await producer.sendOneway({ topic: session.name('t'), body: `m${i}` });
  }
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(20);
  facts.expect('received', bodies(0, 20), numbers(collector.bodies));
}

async function batch(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const topic = session.name('t');
  const results = await producer.sendBatch([
    ...many(
      topic,
      Array.from({ length: 29 }, (_, i) => `m${i}`),
    ),
    { topic, body: 'm29', tags: 'last', keys: ['k1', 'k2'], properties: { colour: 'blue' } },
  ]);
  stored(facts, results, 30);
  facts.expect('queues', 1, queuesOf(results).size);
  facts.expect(
    'consecutive',
    true,
    results.every((result, i) => result.queueOffset === results[0]!.queueOffset + i),
  );
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(30);
  facts.expect('order', true, collector.bodies.join() === Array.from({ length: 30 }, (_, i) => `m${i}`).join());
  const ids = new Map(results.map((result) => [result.msgId, result.offsetMsgId]));
  facts.expect(
    'same-ids',
    true,
    collector.messages.every((message) => ids.get(message.msgId) === message.offsetMsgId),
  );
  const last = collector.messages.at(-1);
  facts.expect('last', 'last k1+k2 blue', `${last?.tags} ${last?.keys.join('+')} ${last?.properties['colour']}`);
  facts.note('names', sorted(Object.keys(last?.properties ?? {})));
}

async function batchSplit(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const topic = session.name('t');
  const large = many(
    topic,
    Array.from({ length: 10 }, () => noise(1024 * 1024)),
  );
  facts.expect('whole', 'INVALID_ARGUMENT', await outcome(producer.sendBatch(large)));
  const results = await producer.sendBatch(large, { split: true, timeoutMs: 20_000 });
  stored(facts, results, 10);
  facts.expect('several-parts', true, queuesOf(results).size > 1);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(1);
  facts.expect('complete', true, await until(() => collector.messages.length >= 10));
  facts.expect(
    'same-bytes',
    true,
    collector.messages.every((message) => message.raw.equals(large[0]!.body)),
  );
  const mixed = [...many(topic, ['a']), ...many(session.name('other'), ['b'])];
  facts.expect('two-topics', 'INVALID_ARGUMENT', await outcome(producer.sendBatch(mixed)));
  const delayed = [{ topic, body: 'a', delay: { level: 1 } }];
  facts.expect('delayed', 'INVALID_ARGUMENT', await outcome(producer.sendBatch(delayed)));
}

async function publish(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const topic = session.name('t');
  const texts = (first: number) => Array.from({ length: 40 }, (_, i) => `m${first + i}`);
  const one = await lastValueFrom(from(texts(0)).pipe(producer.publish(topic, { concurrency: 4 }), toArray()));
  const batched = producer.publish<string>(topic, { concurrency: 2, batch: { size: 10, lingerMs: 50 } });
  const many = await lastValueFrom(from(texts(40)).pipe(batched, toArray()));
  const routed = producer.publish<string>((body) => ({ topic, body, keys: body, tags: 'routed' }));
  const made = await lastValueFrom(from(['m80']).pipe(routed, toArray()));
  stored(facts, [...one, ...many, ...made], 81);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(81);
  facts.expect('received', bodies(0, 81), numbers(collector.bodies));
  facts.expect('tagged', 'm80', collector.messages.find(({ tags }) => tags === 'routed')?.keys.join());
}

async function queue(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const producer = await session.producer();
  const topic = session.name('t');
  let offered: readonly MessageQueue[] = [];
  const chosen = await producer.send(topic, 'chosen', {
    queue: (queues, message) => {
      offered = queues;
      return queues.find(({ queueId }) => queueId === (message.body === 'chosen' ? 2 : 1))!;
    },
  });
  facts.expect('offered', '0,1,2,3', sorted(offered.map(({ queueId }) => queueId)));
  facts.expect('chosen', 2, chosen.queue.queueId);
  const fixed = await producer.send(topic, 'fixed', { queue: offered[3]!, shardingKey: 'overruled' });
  facts.expect('fixed', 3, fixed.queue.queueId);
  const nowhere = { ...offered[0]!, queueId: 99 };
  facts.expect('no-such-queue', 'INVALID_ARGUMENT', await outcome(producer.send(topic, 'x', { queue: nowhere })));
}

async function shardingKey(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const producer = await session.producer();
  const ids: string[] = [];
  for (const key of ['even', 'odd', 'even', 'odd', 'ü', 'a-rather-long-key-with-a-negative-hash', '']) {
    const sent = await producer.send(session.name('t'), key, { shardingKey: key }).catch(() => undefined);
    ids.push(`${key}:${sent?.queue.queueId ?? 'refused'}`);
  }
  facts.note('queues', ids.join());
  facts.expect('same', true, ids[0] === ids[2] && ids[1] === ids[3]);
}

async function properties(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const topic = session.name('t');
  const sent = await producer.send(topic, 'm0', {
    tags: 'tag-a',
    keys: ['key-1', 'key-2'],
    shardingKey: 'customer',
    properties: { colour: 'blue', text: 'größe = 1; a:b' },
  });
  const collector = new Collector();
  await session.consume(collector);
  const [message] = (await collector.await(1)).messages;
  facts.expect('tags', 'tag-a', message?.tags);
  facts.expect('keys', 'key-1,key-2', message?.keys.join());
  facts.expect('sharding-key', 'customer', message?.shardingKey);
  facts.expect('user', 'blue,größe = 1; a:b', `${message?.properties['colour']},${message?.properties['text']}`);
  facts.expect('topic', true, message?.topic === topic && message.originTopic === topic);
  facts.expect('id', true, message?.msgId === sent.msgId && message.offsetMsgId === sent.offsetMsgId);
  facts.expect(
    'place',
    true,
    message?.queueOffset === sent.queueOffset && message.queue.queueId === sent.queue.queueId,
  );
  facts.expect('reconsume-times', 0, message?.reconsumeTimes);
  facts.expect('born-before-stored', true, message !== undefined && message.bornAt <= message.storedAt);
  facts.expect('born-host', '127.0.0.1', message?.bornHost.split(':')[0]);
  facts.note('names', sorted(Object.keys(message?.properties ?? {})));
  const refused = (properties: Record<string, string>) => outcome(producer.send(topic, 'x', { properties }));
  facts.expect('reserved-name', 'INVALID_ARGUMENT', await refused({ KEYS: 'x' }));
  facts.expect('control-character', 'INVALID_ARGUMENT', await refused({ a: 'b\u0002c' }));
}

async function bodyKinds(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const values = ['text ü😀', '', { a: [1, null] }, null, 7, true, Buffer.from([0, 255, 1]), Buffer.alloc(0)];
  for (const [i, value] of values.entries()) {
    const how = await outcome(producer.send(session.name('t'), value, { tags: `b${i}`, ...firstQueue }));
    facts.note(`b${i}`, how);
  }
  const collector = new Collector();
  await session.consume(collector);
  await until(() => collector.messages.some(({ tags }) => tags === 'b6'));
  const got = collector.messages.map(
    ({ tags, body }) => `${tags}:${Buffer.isBuffer(body) ? body.toString('hex') : JSON.stringify(body)}`,
  );
  facts.expect(
    'bodies',
    'b0:"text ü😀" b2:{"a":[1,null]} b3:null b4:7 b5:true b6:00ff01',
    got.filter((text) => !/^b[17]/.test(text)).join(' '),
  );
}

/** The flag of a compressed body (MessageSysFlag, bit 0). */
const compressedFlag = 1;

async function compressed(session: Session, facts: Facts): Promise<void> {
  const plain = await session.another({ compression: false });
  const text = '0123456789'.repeat(5000);
  const topic = session.name('t');
  await (await session.producer()).send(topic, text, { tags: 'small', ...firstQueue });
  await plain.producer().send(topic, text, { tags: 'plain', ...firstQueue });
  await (await session.producer()).send(topic, noise(20_000), { tags: 'noise', ...firstQueue });
  const collector = new Collector();
  await session.consume(collector);
  await until(() => collector.messages.length === 3);
  for (const message of collector.messages) {
    const { record } = message as unknown as { record: { sysFlag: number; body: Uint8Array } };
    facts.note(
      String(message.tags),
      `flag ${record.sysFlag & compressedFlag} smaller ${record.body.length < message.raw.length}`,
    );
  }
  facts.expect('same', 2, collector.messages.filter(({ body }) => body === text).length);
  facts.expect(
    'noise',
    true,
    collector.messages.some(({ raw }) => raw.equals(noise(20_000))),
  );
}

/** Level 1 is 1 s, level 2 is 2 s on the servers of these tests. */
async function delayLevel(session: Session, facts: Facts): Promise<void> {
  const collector = new Collector();
  await session.send(0, 1);
  await session.consume(collector);
  await collector.await(1);
  const producer = await session.producer();
  const sentAt = performance.now();
  const second = await producer.send(session.name('t'), 'second', { delay: { level: 2 } });
  await producer.send(session.name('t'), 'first', { delay: { level: 1 } });
  facts.expect('status', 'SEND_OK', second.status);
  await until(() => collector.messages.length >= 2);
  facts.expect('first-not-early', true, performance.now() - sentAt >= 1000);
  await until(() => collector.messages.length >= 3);
  facts.expect('second-not-early', true, performance.now() - sentAt >= 2000);
  facts.expect('order', 'm0,first,second', collector.bodies.join());
  facts.expect(
    'level-99',
    'INVALID_ARGUMENT',
    await outcome(producer.send(session.name('t'), 'x', { delay: { level: -1 } })),
  );
  facts.note('names', sorted(Object.keys(collector.messages.at(-1)?.properties ?? {})));
}

async function closed(session: Session, facts: Facts): Promise<void> {
  const client = await session.another();
  const producer = client.producer();
  const sending = producer.send(session.name('t'), 'm0');
  const closing = client.close();
  facts.note('under-way', await outcome(sending));
  await closing;
  facts.expect('after', 'CLOSED', await outcome(() => producer.send(session.name('t'), 'm1')));
  facts.expect('new-producer', 'CLOSED', await outcome(async () => client.producer().send(session.name('t'), 'm1')));
}

async function bodyTooLarge(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const body = noise(5 * 1024 * 1024);
  const producer = await session.producer();
  facts.expect('client', 'INVALID_ARGUMENT', await outcome(producer.send(session.name('t'), body)));
  const generous = (await session.client()).producer({ maxMessageSize: 16 * 1024 * 1024, sendTimeoutMs: 10_000 });
  facts.expect('broker', 'BROKER 13', await outcome(generous.send(session.name('t'), body)));
  const properties = { long: 'x'.repeat(40_000) };
  facts.note('properties', await outcome(generous.send(session.name('t'), 'x', { properties })));
  facts.expect('afterwards', 'ok', await outcome(generous.send(session.name('t'), 'm1')));
}

async function illegal(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  for (const topic of ['', 'with space', 'x'.repeat(300), 'ü', 'a/b']) {
    facts.expect(`topic-${topic.slice(0, 10)}`, 'INVALID_ARGUMENT', await outcome(producer.send(topic, 'x')));
  }
  for (const topic of ['SCHEDULE_TOPIC_XXXX', 'rmq_sys_wheel_timer', 'RMQ_SYS_TRANS_HALF_TOPIC']) {
    facts.note(topic, await outcome(producer.send(topic, 'x')));
  }
  const client = await session.client();
  facts.expect(
    'group',
    'INVALID_ARGUMENT',
    await outcome(async () => client.producer({ group: 'a b' }).send('t', 'x')),
  );
  facts.expect(
    'no-body',
    'INVALID_ARGUMENT',
    await outcome(producer.send(session.name('t'), undefined)).then(codecIsArgument),
  );
}

const codecIsArgument = (code: string): string => (code === 'CODEC' ? 'INVALID_ARGUMENT' : code);

async function unknownTopic(session: Session, facts: Facts): Promise<void> {
  const client = await session.client();
  const consumer = client.pullConsumer({ group: session.name('g') });
  facts.expect('queues', 'NO_ROUTE', await outcome(consumer.queues(session.name('nobody'))));
  const late = new Collector();
  await session.consume(late);
  facts.expect('sent-later', 'SEND_OK', (await session.send(0, 1))[0]?.status);
  await late.await(1);
  facts.expect('received', 'm0', late.bodies.join());
}

function stored(facts: Facts, results: readonly SendResult[], count: number): void {
  facts.expect('statuses', 'SEND_OK', sorted(results.map(({ status }) => status)));
  facts.expect('ids', count, new Set(results.map(({ msgId }) => msgId)).size);
  facts.expect('offset-ids', count, new Set(results.map(({ offsetMsgId }) => offsetMsgId)).size);
}

const queuesOf = (results: readonly SendResult[]): Set<number> =>
  new Set(results.map(({ queue: { queueId } }) => queueId));
