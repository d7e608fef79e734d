import { RocketMQ } from '@cometmq/sdk';
import type { LoadClient } from './load-client.js';

export async function openComet(namesrv: string): Promise<LoadClient> {
  const mq = await RocketMQ.connect({ namesrv });
  const producer = mq.producer({ group: 'benchmark-producer', sendTimeoutMs: 10_000, retries: 0 });
  const known = new Set<string>();
  return {
    async prepare(topic) {
      if (known.has(topic)) return;
      known.add(topic);
      await producer.send(topic, Buffer.from('seed'));
    },
    send: (topic, body) => producer.send(topic, body),
    sendBatch: (topic, bodies) => producer.sendBatch(bodies.map((body) => ({ topic, body }))),
    discard: () => Promise.resolve(),
    async consume(topic, group, count, onMessage) {
      let seen = 0;
      const consumer = mq.pushConsumer({ group, consumeFrom: 'first' });
      await new Promise<void>((resolve, reject) => {
        consumer.subscribe<Buffer>(topic, (message) => {
          if (message.raw.length > 0 && ++seen <= count) onMessage();
          if (seen === count) resolve();
        });
        consumer.start().catch(reject);
      });
      // Closing commits the offsets.
      await consumer.close();
    },
  };
}
