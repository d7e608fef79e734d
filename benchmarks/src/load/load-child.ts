import { createInterface } from 'node:readline';
import type { LoadClient } from '../clients/load-client.js';
import { openClient } from '../clients/open-client.js';
import { runConsume } from './consume-load.js';
import { type LoadResult, type Order, parseOrder } from './order.js';
import { runSends } from './send-load.js';

async function run(client: LoadClient, order: Order): Promise<LoadResult> {
  await client.prepare(order.topic);
  switch (order.kind) {
    case 'consume':
      return runConsume(client, order);
    case 'discard':
      await client.discard(order.topic);
      return { messages: 0, errors: 0, seconds: 0, p50Us: 0, p99Us: 0 };
    default:
      return runSends(client, order);
  }
}

const client = await openClient(process.argv[2] ?? '', process.argv[3] ?? '');
const answer = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
answer({ ready: true });

// `--cpu-prof` writes its file only at an orderly end.
process.on('SIGTERM', () => process.exit(0));

for await (const line of createInterface({ input: process.stdin })) {
  const order = parseOrder(line);
  try {
    answer(await run(client, order));
  } catch (error) {
    answer({ error: String(error) });
  }
}
