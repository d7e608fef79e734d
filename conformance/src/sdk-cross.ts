import { setTimeout as sleep } from 'node:timers/promises';
import { type MessageView, retry, jsonCodec } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { JavaPeer } from './sdk-java-peer.js';
import {
  bodies,
  numbers,
  Collector,
  many,
  noise,
  type SdkScenario,
  type Session,
  sorted,
  until,
} from './sdk-session.js';

const keys = ['ada', 'bob', 'cyd'];

/** Our SDK and a Java client of that class path on the same topics and in the same groups. */
export function crossScenarios(classPath: string): Readonly<Record<string, SdkScenario>> {
  const of =
    (scenario: (session: Session, facts: Facts, java: JavaPeer) => Promise<void>) => (session: Session, facts: Facts) =>
      scenario(session, facts, new JavaPeer(session, classPath));
  return {
    'cross/shared-group': of(sharedGroup),
    'cross/take-over': of(takeOver),
    'cross/retry': of(retries),
    'cross/java-to-sdk': of(javaToSdk),
    'cross/sdk-to-java': of(sdkToJava),
    'cross/orderly-group': of(orderlyGroup),
    'cross/compression': of(compression),
    'cross/namespace': of(namespace),
    'cross/admin': of(admin),
  };
}

/** Per key, as the producers of both languages send them. */
const orderOf = (texts: readonly string[], key: string): boolean =>
  texts.filter((body) => body.startsWith(`${key}-`)).join() ===
  Array.from({ length: 10 }, (_, i) => `${key}-${i}`).join();

async function javaToSdk(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  const sent = await java.produce();
  const collector = new Collector();
  await session.consume(collector, { mode: 'orderly' });
  await collector.await(37);
  facts.expect('all', 37, collector.messages.length);
  const byBody = new Map(collector.messages.map((message) => [message.body, message]));
  const plain = byBody.get('plain ü') as MessageView<string> | undefined;
  facts.expect(
    'plain',
    'tag-a key-1+key-2 blue',
    `${plain?.tags} ${plain?.keys.join('+')} ${plain?.properties['colour']}`,
  );
  facts.expect('id', true, plain?.msgId === sent.get('plain ü')?.id);
  const large = collector.messages.find(({ tags }) => tags === 'large');
  facts.expect('large', true, large?.body === '0123456789'.repeat(5000));
  facts.expect(
    'compressed',
    true,
    (large as unknown as { record: { body: Uint8Array } } | undefined)!.record.body.length < 5000,
  );
  // Apache's broker gives every message of a Java batch the id of the batch, ours leaves each its own.
  facts.expect(
    'batch',
    'batch-0,batch-1,batch-2,batch-3,batch-4',
    collector.bodies.filter((body) => body.startsWith('batch-')).join(),
  );
  facts.expect(
    'in-order',
    true,
    keys.every((key) => orderOf(collector.bodies, key)),
  );
  const producer = await session.producer();
  let same = 0;
  for (const key of keys) {
    const ours = await producer.send(session.name('t'), `${key}-ours`, { shardingKey: key });
    same += Number(ours.queue.queueId === sent.get(`${key}-0`)?.queue);
  }
  facts.expect('same-queues-by-key', 3, same);
  facts.note('names', sorted(Object.keys(plain?.properties ?? {})));
}

async function sdkToJava(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  const producer = await session.producer();
  const json = (await session.client()).producer({ codec: jsonCodec });
  const topic = session.name('t');
  const sent = await producer.send(topic, 'plain ü', {
    tags: 'tag-a',
    keys: ['key-1', 'key-2'],
    properties: { colour: 'blue' },
  });
  await producer.send(topic, '0123456789'.repeat(5000), { tags: 'large' });
  await producer.send(topic, noise(20_000), { tags: 'noise' });
  await json.send(topic, { id: 1, text: 'ü' }, { tags: 'json' });
  await producer.sendOneway({ topic, body: 'one-way', tags: 'one-way' });
  await producer.sendBatch(
    many(
      topic,
      Array.from({ length: 5 }, (_, i) => `batch-${i}`),
    ),
  );
  const queues = new Map<string, number>();
  for (let i = 0; i < 10; i++) {
    for (const key of keys) {
      const { queue } = await producer.send(topic, `${key}-${i}`, { shardingKey: key });
      queues.set(key, queue.queueId);
    }
  }
  const { received, stop } = await java.consume('orderly');
  await until(() => received.length >= 40);
  await stop();
  facts.expect('all', 40, new Set(received.map(({ body }) => body)).size);
  const plain = received.find(({ body }) => body === 'plain ü');
  facts.expect('plain', 'tag-a key-1 key-2 blue', `${plain?.tags} ${plain?.keys} ${plain?.colour}`);
  facts.expect('id', true, plain?.id === sent.msgId);
  facts.note('large', received.find(({ tags }) => tags === 'large')?.body);
  facts.note('noise', received.find(({ tags }) => tags === 'noise')?.body);
  facts.expect('json', '{"id":1,"text":"ü"}', received.find(({ tags }) => tags === 'json')?.body);
  const texts = received.map(({ body }) => body);
  facts.expect(
    'batch',
    'batch-0,batch-1,batch-2,batch-3,batch-4',
    texts.filter((body) => body.startsWith('batch-')).join(),
  );
  facts.expect(
    'in-order',
    true,
    keys.every((key) => orderOf(texts, key)),
  );
  facts.expect(
    'queues',
    true,
    received.filter(({ body }) => body.startsWith('ada-')).every(({ queue }) => queue === queues.get('ada')),
  );
}

/** A Java member and one of ours share the queues, and either takes over when the other leaves. */
async function sharedGroup(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  await session.send(0, 4);
  const ours = new Collector();
  const consumer = await session.consume(ours);
  await ours.await(4);
  const { received, stop } = await java.consume('concurrently');
  let owned = 0;
  consumer.assignment$.subscribe(
    (queues) => (owned = queues.filter(({ topic }) => topic === session.name('t')).length),
  );
  facts.expect('shared', true, await until(() => owned === 2));
  const all = (): Set<string> => new Set([...ours.bodies, ...received.map(({ body }) => body)]);
  // The Java member may look for its queues a moment later, and then sees once more what was not committed.
  let sent = 4;
  for (let i = 0; i < 100 && new Set(received.map(({ queue }) => queue)).size < 2; i++) {
    await session.send(sent++, 1);
    await sleep(100);
  }
  await session.send(sent, 40);
  sent += 40;
  await until(() => all().size === sent);
  facts.expect('all', 0, sent - all().size);
  facts.expect('java-got', 20, received.filter(({ body }) => Number(body.slice(1)) >= sent - 40).length);
  await stop();
  facts.expect('taken-over', true, await until(() => owned === 4));
  await session.send(sent, 20);
  await until(() => all().size === sent + 20);
  facts.expect('all-after', 0, sent + 20 - all().size);
}

/** Each goes on where the other stopped. */
async function takeOver(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  await session.send(0, 12);
  const first = await java.consume('concurrently');
  await until(() => first.received.length >= 12);
  await first.stop();
  await session.send(12, 12);
  const ours = new Collector();
  const consumer = await session.consume(ours);
  await ours.await(12);
  await consumer.close();
  await session.send(24, 12);
  const second = await java.consume('concurrently');
  await until(() => second.received.length >= 12);
  await second.stop();
  facts.expect('java', bodies(0, 12), numbers(first.received.map(({ body }) => body)));
  facts.expect('ours', bodies(12, 12), numbers(ours.bodies));
  facts.expect('java-again', bodies(24, 12), numbers(second.received.map(({ body }) => body)));
}

/** What one refuses the other gets as a retry: they share the group's retry topic. */
async function retries(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  await session.send(0, 4, { tags: 'a', keys: 'k' });
  const ours = new Collector((message) => (message.body === 'm1' ? retry({ level: 2 }) : undefined));
  const consumer = await session.consume(ours);
  await ours.await(4);
  await consumer.close();
  const javas = await java.consume('concurrently', { refused: 'm5' });
  await until(() => javas.received.some(({ body }) => body === 'm1'));
  await session.send(4, 4, { tags: 'a', keys: 'k' });
  // Twice: what it refuses as it is being stopped may not have been sent back.
  await until(() => javas.received.filter(({ body }) => body === 'm5').length >= 2);
  await javas.stop();
  const m1 = javas.received.find(({ body }) => body === 'm1');
  facts.expect('java-got', 'a k 1 true', `${m1?.tags} ${m1?.keys} ${m1?.times} ${m1?.topic === session.name('t')}`);
  const again = new Collector();
  await session.consume(again);
  await until(() => again.messages.some(({ body }) => body === 'm5'));
  const m5 = again.messages.find(({ body }) => body === 'm5');
  facts.expect('we-got', 'a k true', `${m5?.tags} ${m5?.keys.join()} ${m5?.topic === session.name('t')}`);
  facts.expect('reconsumed', true, (m5?.reconsumeTimes ?? 0) >= 1);
}

/** The broker's locks hold for both: per key nothing overtakes while a Java member comes and goes. */
async function orderlyGroup(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  const producer = await session.producer();
  const seen: string[] = [];
  const ours = new Collector((message) => void seen.push(String(message.body)));
  await session.send(0, 4);
  await session.consume(ours, { mode: 'orderly' });
  await ours.await(4);
  let sending = true;
  let rounds = 0;
  const stream = (async () => {
    for (; sending; rounds++) {
      for (const key of keys) {
        await producer.send(session.name('t'), `${key}-${rounds}`, { shardingKey: key });
      }
      await sleep(10);
    }
  })();
  const { received, stop } = await java.consume('orderly');
  await until(() => received.length >= 20);
  await stop();
  await sleep(500);
  sending = false;
  await stream;
  const all = (): Set<string> => new Set([...seen, ...received.map(({ body }) => body)]);
  const wanted = rounds * keys.length;
  await until(() => [...all()].filter((body) => !body.startsWith('m')).length >= wanted);
  facts.expect('complete', true, [...all()].filter((body) => !body.startsWith('m')).length === wanted);
  facts.expect('both', true, received.length > 0 && seen.length > 4);
  const ascending = (texts: readonly string[], key: string): boolean => {
    const numbers = [...new Set(texts.filter((body) => body.startsWith(`${key}-`)))].map((body) =>
      Number(body.slice(4)),
    );
    return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
  };
  facts.expect(
    'ours-in-order',
    true,
    keys.every((key) => ascending(seen, key)),
  );
  facts.expect(
    'java-in-order',
    true,
    keys.every((key) =>
      ascending(
        received.map(({ body }) => body),
        key,
      ),
    ),
  );
}

/** MessageSysFlag's bits of the compression: 1 that there is one, from 256 on which. */
const compressionFlags = 0x701;

async function compression(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  await java.compress();
  const collector = new Collector();
  await session.consume(collector);
  await until(() => collector.messages.length >= 3);
  const sameText = collector.messages.filter(({ body }) => body === '0123456789'.repeat(5000));
  facts.expect('readable', 3, sameText.length);
  const flags = collector.messages.map((message) => {
    const { record } = message as unknown as { readonly record: { readonly sysFlag: number } };
    return `${message.tags}:${record.sysFlag & compressionFlags}`;
  });
  facts.note('flags', sorted(flags));
}

/** A namespace stands before topic and group on the wire; users of both clients see neither. */
async function namespace(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  const client = await session.another({ namespace: session.name('ns') });
  const producer = client.producer();
  for (let i = 0; i < 8; i++) {
    await producer.send(session.name('t'), `m${i}`);
  }
  const { received, stop } = await java.consume('concurrently', { namespace: session.name('ns') });
  await until(() => received.length >= 8);
  await stop();
  facts.expect('java', bodies(0, 8), numbers(received.map(({ body }) => body)));
  facts.expect(
    'java-topic',
    true,
    received.every(({ topic }) => topic === session.name('t')),
  );
  for (let i = 8; i < 16; i++) {
    await producer.send(session.name('t'), `m${i}`);
  }
  const ours = new Collector();
  await session.consume(ours, { client });
  await ours.await(8);
  facts.expect('same-group', bodies(8, 8), numbers(ours.bodies));
  facts.expect(
    'our-topic',
    true,
    ours.messages.every(({ topic }) => topic === session.name('t')),
  );
  const outside = new Collector();
  await session.consume(outside, {
    topic: `${session.name('ns')}%${session.name('t')}`,
    group: session.name('outside'),
  });
  await outside.await(16);
  facts.expect('outside', bodies(0, 16), numbers(outside.bodies));
}

/** Apache's tools see our consumer as they see their own, and it does what they ask of it. */
async function admin(session: Session, facts: Facts, java: JavaPeer): Promise<void> {
  for (let i = 0; i < 12; i++) {
    await session.send(i, 1, { keys: `k${i}`, tags: 'a' });
  }
  const ours = new Collector();
  const consumer = await session.consume(ours, { filter: 'a' });
  await ours.await(12);
  const reader = (await session.another()).pullConsumer({ group: session.name('g') });
  const queues = await reader.queues(session.name('t'));
  const committed = async (): Promise<number> =>
    (await Promise.all(queues.map((queue) => reader.committed(queue)))).reduce<number>((sum, at) => sum + (at ?? 0), 0);
  for (let i = 0; i < 200 && (await committed()) < 12; i++) {
    await sleep(100);
  }
  for (const [name, value] of await java.administrate()) {
    facts.note(name, value);
  }
  facts.expect('called-by-it', 'm0', await until(() => ours.messages.length > 12).then(() => ours.bodies[12]));
  // These end the pulls that the server holds: they or the next ones tell that the group has been moved.
  await session.send(12, 4, { tags: 'a' });
  const times = (body: string): number => ours.bodies.filter((other) => other === body).length;
  const wanted = Array.from({ length: 16 }, (_, i) => (i === 0 ? 3 : i < 12 ? 2 : 1));
  const moved = await until(() => wanted.every((count, i) => times(`m${i}`) >= count));
  facts.expect('moved-to-the-beginning', true, moved);
  await consumer.close();
}
