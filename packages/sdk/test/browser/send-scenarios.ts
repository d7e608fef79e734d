import { from, lastValueFrom, toArray } from 'rxjs';
import { stringCodec } from '@cometmq/sdk';
import { queueZero, received, recordOf, codeOf, noise, sorted, ok, equal } from './checks.js';
import type { Environment } from './environment.js';

export async function connects({ connect }: Environment): Promise<void> {
  const mq = await connect();
  const health = await mq.health();
  equal('state', health.state, 'connected');
  ok('a client id', mq.clientId.includes('@'));
  const states: string[] = [];
  mq.status$.subscribe(({ state }) => states.push(state));
  await mq.close();
  equal('states', states.join(), 'connected,closed');
}

export async function sends({ connect, name }: Environment): Promise<void> {
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
  equal('bytes', [...got[3]!.raw].join(), '0,255,1');
  ok('the bytes are an array of the browser', got[3]?.body instanceof Uint8Array);
  equal('id', got[0]?.msgId, results[0]?.msgId);
  equal('place', got[0]?.offsetMsgId, results[0]?.offsetMsgId);
}

export async function batches({ connect, name }: Environment): Promise<void> {
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

export async function refuses({ connect, name }: Environment): Promise<void> {
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

export async function compressed({ connect, name, driver }: Environment): Promise<void> {
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

export async function wrongAddress({ connect, namesrv }: Environment): Promise<void> {
  equal('nobody there', await codeOf(connect({ namesrv: 'ws://127.0.0.1:1' })), 'NO_NAMESRV');
  equal('tcp in a browser', await codeOf(connect({ namesrv: namesrv.replace('ws:', 'tcp:') })), 'NO_NAMESRV');
  equal('no address', await codeOf(connect({ namesrv: 'ws://nowhere:port' })), 'INVALID_ARGUMENT');
}
