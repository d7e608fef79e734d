import { type Codec, type CompressionOptions, rawCodec, stringCodec } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import {
  bodies,
  Collector,
  firstQueue,
  numbers,
  outcome,
  type SdkScenario,
  type Session,
  sorted,
  textOf,
  until,
} from './sdk-session.js';

/** What can be set for a producer or a send. */
export const producerScenarios: Readonly<Record<string, SdkScenario>> = {
  'producer/options': options,
  'producer/abort': abort,
  'producer/in-flight': inFlight,
  'producer/codecs': codecs,
  'producer/compression': compression,
  'producer/close': close,
};

async function options(session: Session, facts: Facts): Promise<void> {
  const client = await session.client();
  const topic = session.name('t');
  await session.send(0, 1);
  const careful = client.producer({ retries: 0, retryOtherBroker: true, latencyFault: true, sendTimeoutMs: 10_000 });
  const results = await Promise.all([
    careful.send(topic, 'm1', { waitStoreOk: false }),
    careful.send({ topic, body: 'm2', waitStoreOk: true }, { timeoutMs: 20_000 }),
    careful.send({ topic, body: 'm3' }),
  ]);
  facts.expect('statuses', 'SEND_OK', sorted(results.map(({ status }) => status)));
  facts.expect(
    'in-result',
    true,
    results.every(({ queue }) => queue.topic === topic),
  );
  for (const [name, wrong] of Object.entries({
    retries: { retries: -1 },
    timeout: { sendTimeoutMs: 0 },
    size: { maxMessageSize: 0 },
    group: { group: 'a/b' },
  })) {
    facts.expect(name, 'INVALID_ARGUMENT', await outcome(async () => client.producer(wrong).send(topic, 'x')));
  }
  const small = client.producer({ maxMessageSize: 100 });
  facts.expect('too-long', 'INVALID_ARGUMENT', await outcome(small.send(topic, 'x'.repeat(200))));
  facts.expect('empty-batch', 0, (await small.sendBatch([])).length);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(4);
  facts.expect('received', bodies(0, 4), numbers(collector.bodies));
}

/** A send that is given up before it starts is not made; one that is given up later may be. */
async function abort(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const producer = await session.producer();
  const topic = session.name('t');
  facts.expect('before', 'ABORTED', await outcome(producer.send(topic, 'never', { signal: AbortSignal.abort() })));
  const controller = new AbortController();
  const sending = outcome(producer.send(topic, 'perhaps', { signal: controller.signal }));
  controller.abort();
  facts.expect('under-way', 'ABORTED', await sending);
  const late = new AbortController();
  facts.expect('in-time', 'ok', await outcome(producer.send(topic, 'm1', { signal: late.signal })));
  late.abort();
  const collector = new Collector();
  await session.consume(collector);
  await until(() => collector.bodies.includes('m1') && collector.bodies.includes('m0'));
  await collector.await(2);
  facts.expect('received', 'm0,m1', sorted(collector.bodies.filter((body) => body !== 'perhaps')));
}

/** Many sends at once on one connection: each gets its own answer. */
async function inFlight(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const producer = await session.producer();
  const topic = session.name('t');
  const count = 1000;
  const results = await Promise.all(
    Array.from({ length: count }, (_, i) => producer.send(topic, `m${i + 1}`, { keys: `k${i + 1}` })),
  );
  facts.expect('statuses', 'SEND_OK', sorted(results.map(({ status }) => status)));
  facts.expect('ids', count, new Set(results.map(({ msgId }) => msgId)).size);
  const places = results.map(({ queue, queueOffset }) => `${queue.queueId}/${queueOffset}`);
  facts.expect('places', count, new Set(places).size);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(count + 1);
  facts.expect('received', bodies(0, count + 1), numbers(collector.bodies));
  facts.expect('duplicates', 0, collector.duplicates);
  const wanted = new Map(results.map(({ msgId }, i) => [msgId, places[i]]));
  const same = collector.messages.filter(
    ({ msgId, queue, queueOffset }) => wanted.get(msgId) === `${queue.queueId}/${queueOffset}`,
  );
  facts.expect('where-it-said', count, same.length);
}

/** Of a client, of a producer, of a consumer. */
async function codecs(session: Session, facts: Facts): Promise<void> {
  const csv: Codec = {
    contentType: 'text/csv',
    encode: (value) => Buffer.from((value as readonly string[]).join(';')),
    decode: (bytes) => bytes.toString().split(';'),
  };
  const client = await session.another({ codec: csv });
  const topic = session.name('t');
  await client.producer().send(topic, ['a', 'b'], { tags: 'csv', ...firstQueue });
  await client.producer({ codec: stringCodec }).send(topic, 'text', { tags: 'text', ...firstQueue });
  const raw = client.producer({ codec: rawCodec });
  await raw.send(topic, Buffer.from([1, 0, 255]), { tags: 'raw', ...firstQueue });
  facts.expect('only-bytes', 'CODEC', await outcome(raw.send(topic, 'text')));
  const [split, texts] = [new Collector(), new Collector()];
  await session.consume(split, { client, filter: 'csv' });
  await session.consume(texts, { client, codec: stringCodec, group: session.name('texts'), filter: 'csv || text' });
  const bytes = new Collector();
  await session.consume(bytes, { client, codec: rawCodec, group: session.name('bytes') });
  await split.await(1);
  await texts.await(2);
  await until(() => bytes.messages.length >= 3);
  facts.expect('of-client', '["a","b"]', split.bodies.join());
  facts.expect('of-consumer', 'a;b,text', sorted(texts.bodies));
  facts.expect('raw', '0100ff', hexOf(bytes, 'raw'));
  facts.note('names', sorted(Object.keys(split.messages[0]?.properties ?? {})));
}

const hexOf = (collector: Collector, tag: string): string | undefined =>
  collector.messages.find(({ tags }) => tags === tag)?.raw.toString('hex');

/** MessageSysFlag's bits of the compression: 1 that there is one, from 256 on which. */
const compressionFlags = 0x701;

/** What this platform cannot write it refuses; what it writes everybody reads. */
async function compression(session: Session, facts: Facts): Promise<void> {
  const text = '0123456789'.repeat(2000);
  const topic = session.name('t');
  const ways: readonly CompressionOptions[] = [
    { algorithm: 'zlib', threshold: 100, level: 9 },
    { algorithm: 'zlib', threshold: 1_000_000 },
    { algorithm: 'lz4', threshold: 100 },
    { algorithm: 'zstd', threshold: 100 },
  ];
  let stored = 0;
  for (const [i, way] of ways.entries()) {
    const how = await outcome(async () => {
      const client = await session.another({ compression: way });
      await client.producer().send(topic, text, { tags: `w${i}`, ...firstQueue });
      stored++;
    });
    facts.note(`w${i}`, how);
  }
  const collector = new Collector();
  await session.consume(collector, { client: await session.another({ compression: false }) });
  await until(() => collector.messages.length >= stored);
  facts.expect('readable', stored, collector.messages.filter((message) => textOf(message) === text).length);
  for (const message of collector.messages) {
    const { record } = message as unknown as { readonly record: { readonly sysFlag: number } };
    facts.note(`flag-${message.tags}`, record.sysFlag & compressionFlags);
  }
}

/** A producer that closes waits for its answers and leaves the others of its client alone. */
async function close(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1);
  const client = await session.client();
  const producer = client.producer({ group: session.name('other') });
  const topic = session.name('t');
  const sending = Promise.all(Array.from({ length: 50 }, (_, i) => producer.send(topic, `m${i + 1}`)));
  await producer.close();
  facts.expect('answered', 50, (await sending).length);
  facts.expect('closed', 'CLOSED', await outcome(producer.send(topic, 'x')));
  facts.expect('again', 'ok', await outcome(producer.close()));
  facts.expect('others', 'SEND_OK', (await session.send(51, 1))[0]?.status);
  {
    await using short = client.producer();
    await short.send(topic, 'm52');
  }
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(53);
  facts.expect('received', bodies(0, 53), numbers(collector.bodies));
}
