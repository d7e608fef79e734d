import { it } from 'vitest';
import { ClientInstance } from '../src/client/client-instance.js';
import { DefaultProducer } from '../src/producer/producer.js';
import { FakeCluster } from './fake-cluster.js';

it('bench', { timeout: 60_000 }, async () => {
  const cluster = new FakeCluster().broker('a', 'a:1').topic('t', [{ name: 'a', queues: 8 }]);
  const { nodeClock } = await import('@cometmq/runtime/node');
  const instance = new ClientInstance({ namesrv: 'memory://ns:9876' }, { ...cluster.ports });
  await cluster.run(instance.start());
  const producer = new DefaultProducer({ instance });
  await cluster.run(producer.send('t', { a: 1 }));
  void nodeClock;
  const answer = { code: 0, remark: undefined, header: { msgId: '0'.repeat(32), queueId: 0, queueOffset: 1 }, fields: {}, body: new Uint8Array(0), version: 400 };
  let header: unknown;
  const { sendMessageV2 } = await import('@cometmq/protocol');
  (instance as unknown as { connection: unknown }).connection = () => ({ request: (_d: unknown, h: unknown) => { header = sendMessageV2.request.encode(h as never); return Promise.resolve(answer); } });
  const body = Buffer.alloc(1024, 1);
  const json = { id: '12345', customer: 'customer-7', total: 55.5, lines: [{ sku: 'abc', n: 2 }] };
  for (const [name, run] of [
    ['buffer 1KiB', () => producer.send('t', body)],
    ['json small', () => producer.send('t', json)],
    ['json tags keys sharding props', () => producer.send('t', json, { tags: 'created', keys: 'k1', shardingKey: 'customer-7', properties: { tenant: 'x' } })],
  ] as const) {
    for (let round = 0; round < 3; round++) {
      const n = 300_000;
      const t = performance.now();
      for (let i = 0; i < n; i += 1000) {
        const all = [];
        for (let k = 0; k < 1000; k++) all.push(run());
        await Promise.all(all);
      }
      const ms = performance.now() - t;
      console.log(name, Math.round(n / ms), 'k/s', (ms * 1e6 / n).toFixed(0), 'ns');
    }
  }
  void header;
});
