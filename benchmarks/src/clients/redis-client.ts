import { Redis } from 'ioredis';
import type { LoadClient } from './load-client.js';

const readCount = 100;
type Entries = [key: Buffer, entries: [id: Buffer, fields: Buffer[]][]][];

/** Streams. Its automatic pipelining is off: with it this load is slower. */
export async function openRedis(address: string): Promise<LoadClient> {
  const { hostname, port } = new URL(`redis://${address}`);
  const redis = new Redis({ host: hostname, port: Number(port) });
  return {
    prepare: () => Promise.resolve(),
    send: (topic, body) => redis.xadd(topic, '*', 'body', body),
    async sendBatch(topic, bodies) {
      const pipeline = redis.pipeline();
      for (const body of bodies) pipeline.xadd(topic, '*', 'body', body);
      const failed = (await pipeline.exec())?.find(([error]) => error !== null);
      if (failed?.[0]) throw failed[0];
    },
    discard: (topic) => redis.unlink(topic),
    async consume(topic, group, count, onMessage) {
      await redis.xgroup('CREATE', topic, group, '0');
      let acknowledged: Promise<unknown> = Promise.resolve();
      for (let seen = 0; seen < count;) {
        const read = redis.callBuffer('XREADGROUP', 'GROUP', group, 'one', 'COUNT', readCount, 'STREAMS', topic, '>');
        const entries = ((await read) as Entries | null)?.[0]?.[1] ?? [];
        if (entries.length === 0) throw new Error(`the stream ended after ${seen} of ${count}`);
        for (const [, fields] of entries) if (fields[1]!.length > 0 && ++seen <= count) onMessage();
        // Not awaited here: it travels together with the next read.
        acknowledged = redis.xack(topic, group, ...entries.map(([id]) => id));
      }
      await acknowledged;
    },
  };
}
