import { decodeProperties, ResponseCode } from '@cometmq/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import type { RocketMQOptions } from '../../src/client/options.js';
import type { OutgoingMessage } from '../../src/message/outgoing-message.js';
import { DefaultProducer } from '../../src/producer/default-producer.js';
import { FakeCluster } from '../fake-cluster.js';

const clusters: FakeCluster[] = [];

async function setUp(options: Partial<RocketMQOptions> = {}) {
  const cluster = new FakeCluster().broker('a', 'a:10911').topic('t', [{ name: 'a', queues: 2 }]);
  clusters.push(cluster);
  const instance = new ClientInstance({ namesrv: 'memory://ns:9876', ...options }, cluster.ports);
  await cluster.run(instance.start());
  const producer = new DefaultProducer({ instance }, { retries: 0 });
  // The first one dials; all others go the plain way.
  await cluster.run(producer.send('t', 0));
  cluster.sends.splice(0);
  return { cluster, producer };
}

afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

const kinds: readonly OutgoingMessage[] = [
  { topic: 't', body: 1 },
  { topic: 't', body: Buffer.from('1') },
  { topic: 't', body: 1, waitStoreOk: false },
  { topic: 't', body: Buffer.from('1'), properties: { __ct: 'application/json' } },
  { topic: 't', body: 'x'.repeat(10_000), tags: 'Übung "1"\\' },
  { topic: 't', body: 1, keys: ['a', '钥匙'], properties: { p: 'q' } },
];

describe('a message that goes the plain way', () => {
  it('carries what it is, whatever went to the same queue before', async () => {
    const { cluster, producer } = await setUp();
    for (let round = 0; round < 3; round++) {
      for (const queueId of [0, 1])
        for (const message of kinds) {
          const queue = { topic: 't', brokerName: 'a', queueId };
          const result = await cluster.run(producer.send(message, { ...message, queue }));
          const { header, fields } = cluster.sends.at(-1)!;
          const { UNIQ_KEY, WAIT, TAGS, KEYS, __ct, ...rest } = Object.fromEntries(
            decodeProperties(header.properties!),
          );
          const { __ct: own, ...properties } = message.properties ?? {};
          expect({ UNIQ_KEY, WAIT, TAGS, KEYS, __ct, rest }).toEqual({
            UNIQ_KEY: result.msgId,
            WAIT: String(message.waitStoreOk ?? true),
            TAGS: message.tags,
            KEYS: (message.keys as string[] | undefined)?.join(' '),
            __ct: own ?? (Buffer.isBuffer(message.body) ? 'application/octet-stream' : 'application/json'),
            rest: properties,
          });
          expect([header.queueId, header.bname, header.sysFlag !== 0]).toEqual([
            queueId,
            'a',
            message.tags !== undefined,
          ]);
          expect(Object.keys(fields).sort().join('')).toBe('abcdefghijkmn');
          expect(result.queue).toEqual(queue);
        }
    }
    expect(new Set(cluster.sends.map(({ header }) => header.properties)).size).toBe(cluster.sends.length);
  });

  it('is signed where the servers want it', async () => {
    const { cluster, producer } = await setUp({ credentials: { accessKey: 'me', secretKey: 'secret' } });
    await cluster.run(producer.send('t', 1));
    const { fields, header } = cluster.sends[0]!;
    expect(fields['AccessKey']).toBe('me');
    expect(fields['Signature']).toMatch(/^[\w+/]{27}=$/);
    expect(header.topic).toBe('t');
  });

  it('goes once more over a new connection when the broker is going away', async () => {
    const { cluster, producer } = await setUp();
    let refused = 0;
    cluster.onSend = (request, address) =>
      refused++ === 0 ? { code: ResponseCode.GO_AWAY } : cluster.stored(request, address);
    const dialed = cluster.dialed.length;
    const result = await cluster.run(producer.send('t', 1));
    expect(result.status).toBe('SEND_OK');
    expect(cluster.dialed.length).toBe(dialed + 1);
    expect(cluster.sends.length).toBe(2);
    expect(cluster.sends[0]!.header.properties).toBe(cluster.sends[1]!.header.properties);
  });

  it('fails with words when the broker says "stored" and not where', async () => {
    const { cluster, producer } = await setUp();
    cluster.onSend = () => ({ code: 0, extFields: { queueId: 'x' } }) as never;
    await expect(cluster.run(producer.send('t', 1))).rejects.toMatchObject({ code: 'PROTOCOL' });
    cluster.onSend = (request, address) => cluster.stored(request, address);
    await cluster.run(producer.send('t', 1));
  });

  it('tells of an early end of its connection, and the next one goes on', async () => {
    const { cluster, producer } = await setUp();
    cluster.onSend = (_request, address) => {
      for (const connection of cluster.connections(address)) connection.destroy(new Error('killed'));
      return new Promise(() => {});
    };
    await expect(cluster.run(producer.send('t', 1))).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    cluster.onSend = (request, address) => cluster.stored(request, address);
    expect((await cluster.run(producer.send('t', 1))).status).toBe('SEND_OK');
    // Nothing is left to wait for.
    await cluster.run(producer.close());
  });
});
