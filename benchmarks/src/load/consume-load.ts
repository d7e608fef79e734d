import type { LoadClient } from '../clients/load-client.js';
import type { LoadResult, Order } from './order.js';

/** A new group reads `count` messages of the topic and acknowledges them; the time runs from the first to the last. */
export async function runConsume(client: LoadClient, order: Order): Promise<LoadResult> {
  const count = order.count ?? 0;
  let seen = 0;
  let first = 0;
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`consumed only ${seen} of ${count}`)), order.ms);
  });
  const work = client.consume(order.topic, order.group ?? '', count, () => {
    if (seen === 0) first = performance.now();
    if (++seen === count) last = performance.now();
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
  return { messages: count, errors: 0, seconds: (last - first) / 1000, p50Us: 0, p99Us: 0 };
}
