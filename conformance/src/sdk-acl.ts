import { aclUser } from './apache-servers.js';
import type { Facts } from './facts.js';
import {
  bodies,
  Collector,
  firstQueue,
  many,
  numbers,
  outcome,
  type SdkScenario,
  type Session,
  sorted,
} from './sdk-session.js';

/** Against servers on which only `aclUser` may do anything. */
export const aclScenarios: Readonly<Record<string, SdkScenario>> = {
  'acl/send': send,
  'acl/push': push,
  'acl/orderly-and-dead-letters': orderly,
  'acl/pull': pull,
  'acl/refused': refused,
};

const signed = { credentials: aclUser };

/** Every kind of send, with text outside ASCII in what is signed. */
async function send(session: Session, facts: Facts): Promise<void> {
  const client = await session.another(signed);
  const producer = client.producer({ group: session.name('producer') });
  const topic = session.name('t');
  const attributes = { tags: 'ü', keys: ['k 1', 'größe'], properties: { colour: 'größe = 1; a:b' } };
  facts.expect('single', 'ok', await outcome(producer.send(topic, 'm0', { ...attributes, ...firstQueue })));
  facts.expect('batch', 'ok', await outcome(producer.sendBatch(many(topic, ['m1', 'm2', 'm3']))));
  facts.expect('compressed', 'ok', await outcome(producer.send(topic, 'x'.repeat(50_000), { tags: 'large' })));
  facts.expect('delayed', 'ok', await outcome(producer.send(topic, 'm4', { delay: { level: 1 } })));
  await producer.sendOneway({ topic, body: 'm5', shardingKey: 'ä' });
  const collector = new Collector();
  await session.consume(collector, { client });
  await collector.await(7);
  const small = collector.messages.filter(({ tags }) => tags !== 'large').map(({ body }) => String(body));
  facts.expect('received', bodies(0, 6), numbers(small));
}

async function push(session: Session, facts: Facts): Promise<void> {
  const client = await session.another(signed);
  const topic = session.name('t');
  for (let i = 0; i < 20; i++) {
    await client.producer().send(topic, `m${i}`, { tags: i % 2 === 0 ? 'even' : 'odd' });
  }
  const collector = new Collector();
  const consumer = await session.consume(collector, { client, filter: 'even' });
  await collector.await(10);
  facts.expect('even', 10, collector.distinct);
  await consumer.close();
  const again = new Collector();
  await session.consume(again, { client: await session.another(signed), filter: 'even' });
  await client.producer().send(topic, 'm20', { tags: 'even' });
  await again.await(1);
  facts.expect('committed', 'm20', sorted(again.bodies));
}

/** Locks, retries and the way to the dead letters are requests of their own. */
async function orderly(session: Session, facts: Facts): Promise<void> {
  const client = await session.another(signed);
  const topic = session.name('t');
  for (let i = 0; i < 3; i++) {
    await client.producer().send(topic, `m${i}`, firstQueue);
  }
  const inOrder = new Collector();
  await session.consume(inOrder, { client, mode: 'orderly', group: session.name('orderly') });
  await inOrder.await(3);
  facts.expect('order', 'm0,m1,m2', inOrder.bodies.join());
  const failing = new Collector(({ body }) => {
    if (body === 'm1') {
      throw new Error('never');
    }
  });
  await session.consume(failing, { client, maxReconsumeTimes: 1 });
  const dead = new Collector();
  const deadTopic = `%DLQ%${session.name('g')}`;
  await session.consume(dead, {
    topic: deadTopic,
    group: session.name('dead'),
    client: await session.another(signed),
  });
  await dead.await(1);
  facts.expect('tries', 2, failing.messages.filter(({ body }) => body === 'm1').length);
  facts.expect('dead', 'm1', dead.bodies.join());
}

async function pull(session: Session, facts: Facts): Promise<void> {
  const client = await session.another(signed);
  for (let i = 0; i < 4; i++) {
    await client.producer().send(session.name('t'), `m${i}`, firstQueue);
  }
  const consumer = client.pullConsumer({ group: session.name('g'), autoCommit: false, consumeFrom: 'first' });
  const queue = (await consumer.queues(session.name('t'))).find(({ queueId }) => queueId === 0)!;
  consumer.assign([queue]);
  const got: string[] = [];
  for (let i = 0; i < 20 && got.length < 4; i++) {
    got.push(...(await consumer.poll({ timeoutMs: 1000 })).map(({ body }) => String(body)));
  }
  facts.expect('received', bodies(0, 4), numbers(got));
  await consumer.commit();
  await consumer.seek(queue, { timestamp: new Date(0) });
  facts.expect('position', 0, consumer.position(queue));
}

async function refused(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('t');
  const known = await session.another(signed);
  await known.producer().send(topic, 'm0');
  const clients = {
    unsigned: await session.another(),
    'wrong-secret': await session.another({ credentials: { ...aclUser, secretKey: 'wrong' } }),
    'nobody-known': await session.another({ credentials: { ...aclUser, accessKey: 'nobody' } }),
  };
  for (const [name, client] of Object.entries(clients)) {
    facts.expect(name, 'BROKER 16', await outcome(client.producer().send(topic, 'm1')));
    const consumer = client.pullConsumer({ group: session.name(name) });
    const [queue] = await consumer.queues(topic);
    facts.expect(`${name}-offset`, 'BROKER 16', await outcome(consumer.committed(queue!)));
  }
  const collector = new Collector();
  await session.consume(collector, { client: known });
  await collector.await(1);
  facts.expect('stored', 'm0', collector.bodies.join());
}
