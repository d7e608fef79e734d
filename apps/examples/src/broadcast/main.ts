// Every instance gets every message: caches to clear, settings to reload. `npm run example -- broadcast`
import { RocketMQ } from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

await withServer(async (namesrv) => {
  const caches = new Map<string, string[]>();
  const clients: RocketMQ[] = [];
  for (const instance of ['web-1', 'web-2', 'web-3']) {
    const mq = await RocketMQ.connect({ namesrv, instanceName: instance });
    clients.push(mq);
    caches.set(instance, []);
    const consumer = mq.pushConsumer({ group: 'caches', model: 'broadcasting', consumeFrom: 'first' });
    consumer.subscribe<{ key: string }>('cache-clear', ({ body }) => {
      caches.get(instance)!.push(body.key);
      console.log(`${instance} forgets ${body.key}`);
    });
    await consumer.start();
  }
  const producer = clients[0]!.producer();
  await producer.send('cache-clear', { key: 'prices' });
  await producer.send('cache-clear', { key: 'stock' });
  await until('every instance has heard both', () => [...caches.values()].every((keys) => keys.length === 2));
  for (const mq of clients) await mq.close();
});
