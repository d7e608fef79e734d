import type { LoadClient } from '../clients/load-client.js';
import { LatencyRecorder } from './latency-recorder.js';
import { batchSize, type LoadResult, type Order } from './order.js';

/** `width` senders, each waits for its acknowledgement before it goes on. */
export async function runSends(client: LoadClient, order: Order): Promise<LoadResult> {
  const body = Buffer.alloc(order.size, 'x');
  const bodies = Array.from({ length: batchSize }, () => body);
  const isBatch = order.kind === 'batch';
  const step = isBatch ? batchSize : 1;
  const count = order.count ?? Number.POSITIVE_INFINITY;
  const latencies = new LatencyRecorder();
  let started = 0;
  let messages = 0;
  let errors = 0;
  const start = performance.now();
  const end = start + order.ms;
  const sender = async (): Promise<void> => {
    for (let before = performance.now(); before < end && started < count;) {
      started += step;
      try {
        await (isBatch ? client.sendBatch(order.topic, bodies) : client.send(order.topic, body));
        messages += step;
      } catch {
        errors += step;
      }
      const now = performance.now();
      latencies.add(now - before);
      before = now;
    }
  };
  await Promise.all(Array.from({ length: order.width }, sender));
  return { messages, errors, seconds: (performance.now() - start) / 1000, ...latencies.summary() };
}
