import { decodeBatch, decodeProperties, findProperty, javaStringHash, ResponseCode, SysFlag } from '@cometmq/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import type { RocketMQOptions } from '../../src/client/options.js';
import { stringCodec } from '../../src/message/codec.js';
import type { ProducerOptions } from '../../src/producer/producer-options.js';
import { DefaultProducer } from '../../src/producer/default-producer.js';
import { FakeCluster } from '../fake-cluster.js';

const clusters: FakeCluster[] = [];

async function setUp(options: Partial<RocketMQOptions> = {}, producerOptions: ProducerOptions = {}) {
  const cluster = new FakeCluster().broker('a', 'a:10911').broker('b', 'b:10911');
  cluster.topic('orders', [
    { name: 'a', queues: 2 },
    { name: 'b', queues: 2 },
  ]);
  clusters.push(cluster);
  const instance = new ClientInstance({ namesrv: 'memory://ns:9876', ...options }, cluster.ports);
  await cluster.run(instance.start());
  const producer = new DefaultProducer({ instance }, producerOptions);
  return { cluster, instance, producer };
}

afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

describe('send', () => {
  it('sends JSON with the header fields that Apache clients send and reports where it was stored', async () => {
    const { cluster, producer } = await setUp();
    const result = await cluster.run(
      producer.send('orders', { id: 1 }, { tags: 'created', keys: ['k1', 'k2'], properties: { tenant: 'x' } }),
    );
    const sent = cluster.sends[0]!;
    expect(Object.keys(sent.fields).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'm', 'n']);
    expect(sent.header).toMatchObject({
      topic: 'orders',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      flag: 0,
      sysFlag: 0,
      batch: false,
    });
    expect(sent.header.bname).toBe(result.queue.brokerName);
    expect(Buffer.from(sent.body).toString()).toBe('{"id":1}');
    const properties = Object.fromEntries(decodeProperties(sent.header.properties!));
    expect(properties).toEqual({
      UNIQ_KEY: result.msgId,
      WAIT: 'true',
      TAGS: 'created',
      KEYS: 'k1 k2',
      __ct: 'application/json',
      tenant: 'x',
    });
    expect(result).toMatchObject({
      status: 'SEND_OK',
      queueOffset: 0,
      queue: { topic: 'orders', queueId: sent.header.queueId },
    });
    expect(result.offsetMsgId).toMatch(/^[0-9A-F]{32}$/);
    expect(result.msgId).toMatch(/^[0-9A-F]{32}$/);
  });

  it('sends bytes as they are and goes round the queues of all brokers', async () => {
    const { cluster, producer } = await setUp();
    const queues = new Set<string>();
    for (let n = 0; n < 4; n++) {
      const { queue } = await cluster.run(producer.send({ topic: 'orders', body: Buffer.of(n, 255) }));
      queues.add(`${queue.brokerName}${queue.queueId}`);
    }
    expect([...queues].sort()).toEqual(['a0', 'a1', 'b0', 'b1']);
    expect([...cluster.sends[0]!.body]).toEqual([0, 255]);
    expect(findProperty(cluster.sends[0]!.header.properties!, '__ct')).toBe('application/octet-stream');
  });

  it('keeps a sharding key on the queue that Java takes for it', async () => {
    const { cluster, producer } = await setUp();
    for (const shardingKey of ['customer-7', 'customer-7', 'polygenelubricants', 'x']) {
      const { queue } = await cluster.run(producer.send('orders', 1, { shardingKey }));
      const index = Math.abs(javaStringHash(shardingKey) % 4);
      expect(`${queue.brokerName}${queue.queueId}`).toBe(['a0', 'a1', 'b0', 'b1'][index]);
    }
    expect(findProperty(cluster.sends[0]!.header.properties!, '__SHARDINGKEY')).toBe('customer-7');
  });

  it('lets the caller name or choose the queue', async () => {
    const { cluster, producer } = await setUp();
    const named = await cluster.run(
      producer.send('orders', 1, { queue: { topic: 'orders', brokerName: 'b', queueId: 1 } }),
    );
    expect(named.queue).toEqual({ topic: 'orders', brokerName: 'b', queueId: 1 });
    const chosen = await cluster.run(producer.send('orders', 1, { queue: (queues) => queues[0]! }));
    expect(chosen.queue).toEqual({ topic: 'orders', brokerName: 'a', queueId: 0 });
    await expect(
      cluster.run(producer.send('orders', 1, { queue: { topic: 'orders', brokerName: 'b', queueId: 9 } })),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('compresses from the threshold on and marks it', async () => {
    const { cluster, producer } = await setUp();
    await cluster.run(producer.send('orders', 'x'.repeat(4094)));
    await cluster.run(producer.send('orders', 'x'.repeat(4093)));
    expect(cluster.sends[0]!.header.sysFlag).toBe(SysFlag.COMPRESSED | SysFlag.COMPRESSION_ZLIB);
    expect(cluster.sends[0]!.header.sysFlag).toBe(0x301);
    expect(cluster.sends[0]!.body.length).toBeLessThan(100);
    expect(cluster.sends[1]!.header.sysFlag).toBe(0);
  });

  it('puts delays into the properties brokers read them from', async () => {
    const { cluster, producer } = await setUp();
    await cluster.run(producer.send('orders', 1, { delay: { level: 3 } }));
    await cluster.run(producer.send('orders', 1, { delay: { afterMs: 1500 } }));
    await cluster.run(producer.send('orders', 1, { delay: { at: new Date(1_800_000_000_000) } }));
    const read = (at: number, name: string) => findProperty(cluster.sends[at]!.header.properties!, name);
    expect([read(0, 'DELAY'), read(1, 'TIMER_DELAY_MS'), read(2, 'TIMER_DELIVER_MS')]).toEqual([
      '3',
      '1500',
      '1800000000000',
    ]);
  });

  it.each([
    ['a reserved property', { properties: { KEYS: 'x' } }],
    ['an empty property', { properties: { a: '' } }],
    ['a separator in a property', { properties: { a: 'b\u0002c' } }],
    ['a separator in a tag', { tags: 'a\u0001b' }],
    ['a level beyond the last', { delay: { level: 19 } }],
    ['a delay that is no time', { delay: { afterMs: Number.NaN } }],
    ['properties over 32767 bytes', { properties: { a: 'ä'.repeat(16_400) } }],
  ])('refuses %s before anything is sent', async (_name, options) => {
    const { cluster, producer } = await setUp();
    await expect(cluster.run(producer.send('orders', 1, options))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      retryable: false,
    });
    expect(cluster.sends).toEqual([]);
  });

  it('refuses empty and too large bodies, bodies the codec cannot encode, and names that are no topics', async () => {
    const { cluster, producer } = await setUp({}, { maxMessageSize: 100 });
    await expect(cluster.run(producer.send('orders', Buffer.alloc(0)))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(cluster.run(producer.send('orders', Buffer.alloc(101)))).rejects.toThrow(/maxMessageSize/);
    await expect(cluster.run(producer.send('orders', undefined))).rejects.toMatchObject({ code: 'CODEC' });
    await expect(cluster.run(producer.send('or ders', 1))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const texts = new DefaultProducer({ instance: (await setUp()).instance }, { codec: stringCodec });
    await expect(texts.send('orders', 1)).rejects.toMatchObject({ code: 'CODEC' });
  });

  it('says what to do about a topic nobody has, and creates one where the broker allows it', async () => {
    const { cluster, producer } = await setUp();
    await expect(cluster.run(producer.send('new', 1))).rejects.toMatchObject({ code: 'NO_ROUTE', retryable: true });
    cluster.topic('TBW102', [{ name: 'a', queues: 8, perm: 7 }]);
    const { queue } = await cluster.run(producer.send('new', 1));
    expect(queue.queueId).toBeLessThan(4);
    expect(cluster.sends[0]!.header.topic).toBe('new');
  });

  it('wraps topics and groups into the namespace and unwraps the result', async () => {
    const { cluster, producer } = await setUp({ namespace: 'prod' }, { group: 'g' });
    cluster.topic('prod%orders', [{ name: 'a', queues: 1 }]);
    const { queue } = await cluster.run(producer.send('orders', 1));
    expect(cluster.sends[0]!.header).toMatchObject({ topic: 'prod%orders', producerGroup: 'prod%g' });
    expect(queue.topic).toBe('orders');
  });

  it('reports weak store results without another try, unless it is told to', async () => {
    const { cluster, instance, producer } = await setUp();
    cluster.onSend = (request, address) => cluster.stored(request, address, ResponseCode.FLUSH_SLAVE_TIMEOUT);
    expect((await cluster.run(producer.send('orders', 1))).status).toBe('FLUSH_SLAVE_TIMEOUT');
    expect(cluster.sends).toHaveLength(1);
    const eager = new DefaultProducer({ instance }, { retryOtherBroker: true });
    expect((await cluster.run(eager.send('orders', 1))).status).toBe('FLUSH_SLAVE_TIMEOUT');
    expect(cluster.sends).toHaveLength(4);
  });
});

describe('tries', () => {
  it.each([1, 2, 14, 16, 17, 204, 205, 1500])(
    'goes to another broker after code %i and keeps the message id',
    async (code) => {
      const { cluster, producer } = await setUp();
      let failed: string | undefined;
      cluster.onSend = (request, address) => {
        failed ??= address;
        return address === failed ? { code, remark: 'no' } : cluster.stored(request, address);
      };
      const { msgId } = await cluster.run(producer.send('orders', 1));
      const addresses = cluster.sends.map(({ address }) => address);
      expect(new Set(addresses).size).toBe(2);
      for (const { header } of cluster.sends) expect(findProperty(header.properties!, 'UNIQ_KEY')).toBe(msgId);
    },
  );

  it.each([13, 29, 215, 501])('throws code %i at once', async (code) => {
    const { cluster, producer } = await setUp();
    cluster.onSend = () => ({ code, remark: 'because' });
    await expect(cluster.run(producer.send('orders', 1))).rejects.toMatchObject({
      code: 'BROKER',
      responseCode: code,
      message: expect.stringContaining('because'),
    });
    expect(cluster.sends).toHaveLength(1);
  });

  it('gives up after one try and two retries and says so', async () => {
    const { cluster, producer } = await setUp();
    cluster.onSend = () => ({ code: ResponseCode.SYSTEM_BUSY, remark: '[OVERLOAD]' });
    const error = await cluster.run(producer.send('orders', 1)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'BROKER',
      responseCode: 2,
      retryable: true,
      message: expect.stringMatching(/OVERLOAD.*overloaded.*try 3 of 3/),
    });
    expect(cluster.sends).toHaveLength(3);
  });

  it('tries a sharding key or fixed queue once', async () => {
    const { cluster, producer } = await setUp();
    cluster.onSend = () => ({ code: ResponseCode.SYSTEM_BUSY, remark: '' });
    await expect(cluster.run(producer.send('orders', 1, { shardingKey: 'x' }))).rejects.toMatchObject({
      responseCode: 2,
    });
    await expect(cluster.run(producer.send('orders', 1, { queue: (queues) => queues[0]! }))).rejects.toMatchObject({
      responseCode: 2,
    });
    expect(cluster.sends).toHaveLength(2);
  });

  it('passes over a broker that cannot be reached', async () => {
    const { cluster, producer } = await setUp();
    await cluster.kill('a:10911');
    for (let n = 0; n < 4; n++) expect((await cluster.run(producer.send('orders', n))).queue.brokerName).toBe('b');
  });

  it('ends all tries at the deadline', async () => {
    const { cluster, producer } = await setUp();
    cluster.onSend = () => new Promise(() => {});
    const startedAt = cluster.clock.monotonic();
    await expect(cluster.run(producer.send('orders', 1, { timeoutMs: 500 }))).rejects.toMatchObject({
      code: 'TIMEOUT',
      retryable: true,
    });
    expect(cluster.clock.monotonic() - startedAt).toBeGreaterThanOrEqual(500);
    expect(cluster.clock.monotonic() - startedAt).toBeLessThan(600);
  });

  it('can be given up by its caller, before and after it was sent', async () => {
    const { cluster, producer } = await setUp();
    await expect(cluster.run(producer.send('orders', 1, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
    cluster.onSend = () => new Promise(() => {});
    const controller = new AbortController();
    const sent = producer.send('orders', 1, { signal: controller.signal });
    sent.catch(() => {});
    await cluster.clock.advance(10);
    controller.abort();
    await expect(cluster.run(sent)).rejects.toMatchObject({ code: 'ABORTED', retryable: false });
  });

  it('avoids a broker that failed when it is told to', async () => {
    const { cluster, producer } = await setUp({}, { latencyFault: true });
    cluster.onSend = (request, address) => cluster.stored(request, address);
    await cluster.kill('a:10911');
    await cluster.run(producer.send('orders', 0));
    await cluster.run(producer.send('orders', 0));
    cluster.down.clear();
    for (let n = 0; n < 6; n++) expect((await cluster.run(producer.send('orders', n))).queue.brokerName).toBe('b');
    await cluster.clock.advance(31_000);
    const brokers = new Set<string>();
    for (let n = 0; n < 4; n++) brokers.add((await cluster.run(producer.send('orders', n))).queue.brokerName);
    expect([...brokers].sort()).toEqual(['a', 'b']);
  });
});

describe('batches', () => {
  it('sends one request and gives each message its own result', async () => {
    const { cluster, producer } = await setUp();
    const results = await cluster.run(
      producer.sendBatch([1, 2, 3].map((n) => ({ topic: 'orders', body: { n }, tags: `t${n}` }))),
    );
    expect(cluster.sends).toHaveLength(1);
    const { code, header, body } = cluster.sends[0]!;
    expect([code, header.batch, header.properties]).toEqual([320, true, 'WAIT\u0001true\u0002']);
    const entries = decodeBatch(body);
    expect(entries.map((entry) => JSON.parse(Buffer.from(entry.body).toString()) as unknown)).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    expect(entries.map(({ properties }) => findProperty(properties, 'UNIQ_KEY'))).toEqual(
      results.map(({ msgId }) => msgId),
    );
    expect(results.map(({ queueOffset }) => queueOffset)).toEqual([0, 1, 2]);
    expect(new Set(results.map(({ offsetMsgId }) => offsetMsgId)).size).toBe(3);
  });

  it('splits by size when it may and refuses when not', async () => {
    const { cluster, producer } = await setUp({}, { maxMessageSize: 1000 });
    const messages = Array.from({ length: 10 }, () => ({ topic: 'orders', body: Buffer.alloc(300, 1) }));
    await expect(cluster.run(producer.sendBatch(messages))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const results = await cluster.run(producer.sendBatch(messages, { split: true }));
    expect(results).toHaveLength(10);
    expect(cluster.sends.length).toBeGreaterThan(3);
    for (const { body } of cluster.sends) expect(body.length).toBeLessThanOrEqual(1000);
  });

  it('refuses what cannot be one batch', async () => {
    const { cluster, producer } = await setUp();
    const refused = (messages: Parameters<typeof producer.sendBatch>[0]) =>
      expect(cluster.run(producer.sendBatch(messages))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await refused([
      { topic: 'a', body: 1 },
      { topic: 'b', body: 1 },
    ]);
    await refused([
      { topic: 'a', body: 1 },
      { topic: 'a', body: 1, waitStoreOk: false },
    ]);
    await refused([{ topic: 'a', body: 1, delay: { level: 1 } }]);
    await refused([{ topic: '%RETRY%g', body: 1 }]);
    expect(await producer.sendBatch([])).toEqual([]);
  });
});

describe('life', () => {
  it('registers with its first message, tells the brokers, and takes itself off at the end', async () => {
    const { cluster, producer } = await setUp({}, { group: 'g1' });
    expect(cluster.heartbeats).toEqual([]);
    await cluster.run(producer.send('orders', 1));
    await cluster.clock.advance(10);
    expect(cluster.heartbeats[0]!.data.producerDataSet).toEqual([{ groupName: 'g1' }]);
    await cluster.run(producer.close());
    expect(cluster.unregistered.map(({ producerGroup }) => producerGroup)).toContain('g1');
    await expect(producer.send('orders', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    await producer.close();
  });

  it('waits at close for the answers under way', async () => {
    const { cluster, producer } = await setUp();
    let answer: ((reply: ReturnType<typeof cluster.stored>) => void) | undefined;
    cluster.onSend = () => new Promise((resolve) => (answer = resolve));
    const sent = producer.send('orders', 1);
    await cluster.clock.advance(50);
    let closed = false;
    const closing = producer.close().then(() => (closed = true));
    await cluster.clock.advance(100);
    expect(closed).toBe(false);
    answer!({ code: 0, header: { msgId: '0'.repeat(32), queueId: 0, queueOffset: 5 } });
    expect((await cluster.run(sent)).queueOffset).toBe(5);
    await cluster.run(closing);
  });

  it('rejects what is no message', async () => {
    const { producer } = await setUp();
    await expect(producer.send(undefined as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(producer.send(null as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(producer.send({} as never)).rejects.toMatchObject({ name: 'RocketMQError' });
  });

  it('needs a client that was started', async () => {
    const cluster = new FakeCluster();
    clusters.push(cluster);
    const instance = new ClientInstance({ namesrv: 'memory://ns:9876' }, cluster.ports);
    await expect(new DefaultProducer({ instance }).send('orders', 1)).rejects.toMatchObject({ code: 'NOT_STARTED' });
  });

  it('sends one way', async () => {
    const { cluster, producer } = await setUp();
    cluster.onSend = () => undefined;
    await cluster.run(producer.sendOneway({ topic: 'orders', body: { a: 1 } }));
    await cluster.clock.advance(5);
    expect(cluster.sends).toHaveLength(1);
  });

  it('recalls by handle at the broker that the handle names', async () => {
    const { cluster, producer } = await setUp();
    const handle = Buffer.from('v1 orders b 1700000000000 KEY').toString('base64url');
    expect(await cluster.run(producer.recall('orders', handle))).toBe(handle.slice(0, 4));
    await expect(producer.recall('orders', 'nonsense')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(producer.request({ topic: 'orders', body: 1 })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
