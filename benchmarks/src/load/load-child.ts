import { createInterface } from 'node:readline';
import { openClient } from '../clients/open-client.js';
import { runConsume } from './consume-load.js';
import { parseOrder } from './order.js';
import { runSends } from './send-load.js';

const client = await openClient(process.argv[2] ?? '', process.argv[3] ?? '');
const answer = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
answer({ ready: true });

// `--cpu-prof` writes its file only at an orderly end.
process.on('SIGTERM', () => process.exit(0));

for await (const line of createInterface({ input: process.stdin })) {
  const order = parseOrder(line);
  try {
    await client.prepare(order.topic);
    answer(order.kind === 'consume' ? await runConsume(client, order) : await runSends(client, order));
  } catch (error) {
    answer({ error: String(error) });
  }
}
