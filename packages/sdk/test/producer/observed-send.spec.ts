import { findProperty } from '@cometmq/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import type { RocketMQOptions } from '../../src/client/options.js';
import { DefaultProducer } from '../../src/producer/default-producer.js';
import { FakeCluster } from '../fake-cluster.js';

const clusters: FakeCluster[] = [];

async function setUp(options: Partial<RocketMQOptions>) {
  const cluster = new FakeCluster().broker('a', 'a:10911').topic('orders', [{ name: 'a', queues: 2 }]);
  clusters.push(cluster);
  const instance = new ClientInstance({ namesrv: 'memory://ns:9876', ...options }, cluster.ports);
  await cluster.run(instance.start());
  return { cluster, producer: new DefaultProducer({ instance }) };
}

afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

const nowhere = {
  status: 'SEND_OK',
  offsetMsgId: '',
  queue: { topic: '', brokerName: '', queueId: -1 },
  queueOffset: -1,
} as const;

describe('a client with hooks and metrics', () => {
  it('shows them sends', async () => {
    const counted: string[] = [];
    const { cluster, producer } = await setUp({
      hooks: { send: (message, next) => next({ ...message, properties: { ...message.properties, trace: 't1' } }) },
      metrics: { count: (name, by, labels) => void counted.push(`${name} ${by} ${labels['outcome']}`), time() {} },
    });
    await cluster.run(producer.send('orders', 1, { tags: 'x' }));
    expect(findProperty(cluster.sends[0]!.header.properties!, 'trace')).toBe('t1');
    expect(findProperty(cluster.sends[0]!.header.properties!, 'TAGS')).toBe('x');
    expect(counted).toEqual(['rocketmq_client_sends_total 1 SEND_OK']);
  });

  it('shows them the messages of a batch, and those without an answer', async () => {
    const counted: string[] = [];
    const places: number[] = [];
    const { cluster, producer } = await setUp({
      hooks: {
        send: async (message, next) => {
          if (message.body === 'held back') return { ...nowhere, msgId: 'held' };
          if (message.body === 'refused') throw new Error('no');
          const result = await next({ ...message, properties: { trace: `t-${String(message.body)}` } });
          places.push(result.queueOffset);
          return result;
        },
      },
      metrics: { count: (name, by, labels) => void counted.push(`${name} ${by} ${labels['outcome']}`), time() {} },
    });
    const of = (...bodies: string[]) => bodies.map((body) => ({ topic: 'orders', body }));
    const results = await cluster.run(producer.sendBatch(of('a', 'held back', 'b')));
    expect(results[1]!.msgId).toBe('held');
    expect(results[2]!.queueOffset).toBe(results[0]!.queueOffset + 1);
    expect(places).toEqual([results[0]!.queueOffset, results[2]!.queueOffset]);
    const sent = Buffer.from(cluster.sends[0]!.body).toString();
    expect(sent).toContain('t-a');
    expect(sent).toContain('t-b');
    expect(counted).toEqual(Array(2).fill('rocketmq_client_sends_total 1 SEND_OK'));
    // One hook that throws fails the call, when the others are through.
    await expect(cluster.run(producer.sendBatch(of('c', 'refused')))).rejects.toThrow('no');
    expect(Buffer.from(cluster.sends[1]!.body).toString()).toContain('t-c');
    await cluster.run(producer.sendOneway({ topic: 'orders', body: 'd' }));
    expect(findProperty(cluster.sends[2]!.header.properties!, 'trace')).toBe('t-d');
    expect(counted).toHaveLength(4);
    expect(places.at(-1)).toBe(-1);
    expect(await producer.sendBatch([])).toEqual([]);
  });
});
