import { retry, Collector, Session, until, type OnsConsumer, type OnsSendResult } from './ali-ons-session.js';
import type { Facts } from './facts.js';

export type OnsScenario = (session: Session, facts: Facts) => Promise<void>;

/** What ali-ons can do of the table: no one-way sends, no batches, no orderly and no pull consumer. */
export const onsScenarios: Readonly<Record<string, OnsScenario>> = {
  'send/sync': sendSync,
  'send/sharding-key': shardingKey,
  'send/properties': properties,
  'send/compressed': compressed,
  'refusal/body-too-large': bodyTooLarge,
  'push/concurrently': concurrently,
  'push/tag-filter': tagFilter,
  'push/broadcast': broadcast,
  'delay/levels': delayLevels,
  'retry/once': retryOnce,
  'retry/dead-letter': deadLetter,
  'rebalance/concurrently': rebalance,
  'offset/restart': restart,
};

async function sendSync(session: Session, facts: Facts): Promise<void> {
  const results = await session.send(await session.producer(), session.name('t'), 0, 20);
  facts.expect('statuses', 'SEND_OK', [...new Set(results.map((result) => result.sendStatus))].join());
  facts.expect('queues', 4, new Set(queueIds(results)).size);
  facts.expect('ids', 20, new Set(results.map((result) => result.msgId)).size);
  const collector = new Collector();
  await session.consumer(session.name('t'), '*', collector);
  await collector.await(20);
  facts.expect('received', 20, collector.distinct);
}

async function shardingKey(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const results: OnsSendResult[] = [];
  for (let i = 0; i < 10; i++) {
    const message = session.message(session.name('t'), null, `m${i}`);
    message.shardingKey = i % 2 === 0 ? 'even' : 'odd';
    results.push(await producer.send(message));
  }
  facts.note('queues', queueIds(results).join());
}

async function properties(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const message = session.message(session.name('t'), 'tag-a', 'm0');
  message.keys = ['key-1', 'key-2'];
  message.properties['colour'] = 'blue';
  const sent = await producer.send(message);
  const collector = new Collector();
  await session.consumer(session.name('t'), '*', collector);
  const received = (await collector.await(1)).messages[0];
  facts.expect('tags', 'tag-a', received?.tags ?? undefined);
  facts.expect('keys', 'key-1 key-2', String(received?.keys));
  facts.expect('user-property', 'blue', received?.properties['colour']);
  facts.note('same-id', received?.msgId === sent.msgId);
  facts.note('id-length', sent.msgId.length);
  facts.note(
    'names',
    Object.keys(received?.properties ?? {})
      .toSorted()
      .join(),
  );
}

async function compressed(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const text = '0123456789'.repeat(5000);
  const sent = await producer.send(session.message(session.name('t'), null, text));
  facts.expect('status', 'SEND_OK', sent.sendStatus);
  const collector = new Collector();
  await session.consumer(session.name('t'), '*', collector);
  await collector.await(1);
  facts.expect('same-body', true, collector.bodies[0] === text);
}

async function bodyTooLarge(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  await session.send(producer, session.name('t'), 0, 1);
  // Bytes that cannot be compressed: a linear congruential generator.
  const body = Buffer.alloc(5 * 1024 * 1024);
  for (let i = 0, x = 1; i < body.length; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    body[i] = x >>> 24;
  }
  const outcome = await producer.send(session.message(session.name('t'), null, body)).then(
    (result) => result.sendStatus,
    (error: { code?: number; name: string }) => `${error.name} ${error.code}`,
  );
  facts.expect('outcome', 'MQClientException 13', outcome);
}

async function concurrently(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  await session.send(producer, session.name('t'), 0, 30);
  const collector = new Collector();
  await session.consumer(session.name('t'), '*', collector);
  await collector.await(30);
  facts.expect('waiting', 30, collector.distinct);
  await session.send(producer, session.name('t'), 30, 20);
  await collector.await(50);
  facts.expect('all', 50, collector.distinct);
  facts.expect('duplicates', 0, collector.duplicates);
}

async function tagFilter(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  for (const [i, tag] of ['a', 'b', 'c', 'BB', 'Aa'].entries()) {
    await session.send(producer, session.name('t'), i * 10, 10, tag);
  }
  const collector = new Collector();
  await session.consumer(session.name('t'), 'a || b || Aa', collector);
  await collector.await(30);
  await session.send(producer, session.name('t'), 50, 5, 'c');
  await session.send(producer, session.name('t'), 55, 5, 'b');
  await collector.await(35);
  facts.expect('all', 35, collector.distinct);
  facts.expect('tags', 'Aa,a,b', tagsSeen(collector));
  facts.expect('duplicates', 0, collector.duplicates);
}

async function broadcast(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  await session.send(producer, session.name('t'), 0, 10);
  const one = new Collector();
  const two = new Collector();
  await session.consumer(session.name('t'), '*', one, { isBroadcast: true });
  await session.consumer(session.name('t'), '*', two, { isBroadcast: true });
  await one.await(10);
  await two.await(10);
  await session.send(producer, session.name('t'), 10, 10);
  await one.await(20);
  await two.await(20);
  facts.expect('first', 20, one.distinct);
  facts.expect('second', 20, two.distinct);
}

/** Level 1 is 1 s, level 2 is 2 s on the servers of these tests. */
async function delayLevels(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const topic = session.name('t');
  await producer.send(session.message(topic, null, 'level-0'));
  const sentAt = new Map<string, number>();
  const gotAt = new Map<string, number>();
  const collector = new Collector((message) => {
    gotAt.set(message.body.toString(), performance.now());
  });
  await session.consumer(topic, '*', collector);
  await collector.await(1);
  for (const level of [2, 1]) {
    const message = session.message(topic, null, `level-${level}`);
    message.delayTimeLevel = level;
    sentAt.set(`level-${level}`, performance.now());
    facts.expect('status', 'SEND_OK', (await producer.send(message)).sendStatus);
  }
  await collector.await(3);
  facts.expect('order', 'level-0,level-1,level-2', collector.bodies.join());
  for (const level of [1, 2]) {
    const took = (gotAt.get(`level-${level}`) ?? 0) - (sentAt.get(`level-${level}`) ?? 0);
    facts.expect(`level-${level}-not-early`, true, took >= level * 1000);
  }
}

async function retryOnce(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  await session.send(producer, session.name('t'), 0, 4);
  const collector = new Collector((message) =>
    message.body.toString() === 'm1' && message.reconsumeTimes === 0 ? retry : undefined,
  );
  await session.consumer(session.name('t'), '*', collector);
  await collector.await(5);
  const tries = collector.messages.filter((message) => message.body.toString() === 'm1');
  facts.expect('deliveries', 5, collector.messages.length);
  facts.expect('reconsume-times', '0,1', tries.map((message) => message.reconsumeTimes).join());
  facts.expect(
    'original-topic',
    true,
    tries.every((message) => message.topic === session.name('t')),
  );
}

async function deadLetter(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  await session.send(producer, session.name('t'), 0, 2);
  const collector = new Collector((message) => {
    if (message.body.toString() === 'm0') {
      // What a listener of the retry topic returns is lost in this client; an exception is not.
      throw new Error('not today');
    }
  });
  await session.consumer(session.name('t'), '*', collector, { maxReconsumeTimes: 1 });
  await collector.await(3);
  const tries = collector.messages.filter((message) => message.body.toString() === 'm0');
  facts.expect('reconsume-times', '0,1', tries.map((message) => message.reconsumeTimes).join());
  const dead = new Collector();
  await session.consumer(`%DLQ%${session.name('g')}`, '*', dead, { consumerGroup: session.name('reader') });
  await dead.await(1);
  facts.expect('dead', 'm0', dead.bodies.join());
  facts.note('dead-reconsume-times', dead.messages[0]?.reconsumeTimes);
}

async function rebalance(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('t');
  const producer = await session.producer();
  await session.send(producer, topic, 0, 4);
  const one = new Collector();
  const two = new Collector();
  const first = await session.consumer(topic, '*', one);
  await one.await(4);
  const second = await session.consumer(topic, '*', two);
  facts.expect('shared', true, await until(20_000, () => owned(first, topic) === 2 && owned(second, topic) === 2));
  await session.send(producer, topic, 4, 40);
  const union = (): number => new Set([...one.bodies, ...two.bodies]).size;
  await until(20_000, () => union() >= 44);
  facts.expect('total', 44, union());
  // Messages of a queue that changes hands may come a second time: only those sent afterwards are counted.
  facts.expect('second-got', 20, new Set(two.bodies.filter((body) => Number(body.slice(1)) >= 4)).size);
  await first.close();
  facts.expect('taken-over', true, await until(20_000, () => owned(second, topic) === 4));
  await session.send(producer, topic, 44, 20);
  await until(20_000, () => union() >= 64);
  facts.expect('total-after', 64, union());
}

async function restart(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('t');
  const producer = await session.producer();
  await session.send(producer, topic, 0, 20);
  const before = new Collector();
  const first = await session.consumer(topic, '*', before);
  await before.await(20);
  facts.expect('before', 20, before.distinct);
  await first.close();
  await session.send(producer, topic, 20, 10);
  const after = new Collector();
  await session.consumer(topic, '*', after);
  await after.await(10);
  facts.expect('after', Array.from({ length: 10 }, (_, i) => `m${i + 20}`).join(), after.bodies.toSorted().join());
}

function owned(consumer: OnsConsumer, topic: string): number {
  return [...consumer.processQueueTable.values()].filter((item) => item.messageQueue.topic === topic).length;
}

function tagsSeen(collector: Collector): string {
  return [...new Set(collector.messages.map((message) => message.tags ?? ''))].toSorted().join();
}

function queueIds(results: readonly OnsSendResult[]): number[] {
  return results.map((result) => result.messageQueue.queueId);
}
