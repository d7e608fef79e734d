// Many messages in one request, many messages in one call. `npm run example -- batch`
import { RocketMQ } from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

await withServer(async (namesrv) => {
  await using mq = await RocketMQ.connect({ namesrv });
  const producer = mq.producer();
  const readings = Array.from({ length: 1000 }, (_, sensor) => ({
    topic: 'readings',
    body: { sensor, celsius: 15 + (sensor % 20) },
  }));
  const results = await producer.sendBatch(readings, { split: true });
  console.log(
    `${readings.length} readings sent in batches, ${new Set(results.map(({ queue }) => queue.queueId)).size} queues used`,
  );

  let calls = 0;
  let sum = 0;
  const seen = new Set<number>();
  const consumer = mq.pushConsumer({ group: 'averages', consumeFrom: 'first', batch: { size: 64 } });
  consumer.subscribeBatch<{ sensor: number; celsius: number }>('readings', (messages) => {
    calls += 1;
    for (const { body } of messages) {
      if (!seen.has(body.sensor)) sum += body.celsius;
      seen.add(body.sensor);
    }
  });
  await consumer.start();
  await until('all readings are in', () => seen.size === readings.length);
  console.log(`average ${(sum / readings.length).toFixed(2)} °C from ${calls} calls`);
});
