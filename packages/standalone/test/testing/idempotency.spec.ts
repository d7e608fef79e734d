import { describe, expect, it } from 'vitest';
import { consume, embeddedServers, ids } from './servers.js';

const start = embeddedServers();

interface Payment {
  readonly id: string;
}

/** The example of docs/testing.md: forty payments of one euro each while things go wrong. Returns the balance. */
async function balanceWith(seed: number, handler: (payment: Payment, add: () => void) => void): Promise<number> {
  const server = await start({ seed });
  server.fault({ kind: 'duplicate', chance: 0.05 });
  server.fault({ kind: 'drop', chance: 0.05 });
  server.fault({ kind: 'resend', chance: 0.02 });
  const mq = await server.connect();
  let balance = 0;
  await consume<Payment>(mq, 'payments', ({ body }) => handler(body, () => (balance += 1)));
  const producer = mq.producer();
  for (const id of ids(40)) await producer.send<Payment>('payments', { id: String(id) });
  await server.idle({ delayed: true });
  await server.stop();
  return balance;
}

describe('a handler that is not idempotent', () => {
  it('is found by a seed, and found again by it', async () => {
    const careless = (seed: number) => balanceWith(seed, (_, add) => add());
    // As docs/testing.md says.
    expect(await careless(1)).toBe(44);
    expect(await careless(1)).toBe(44);
  });

  it('is right with every seed when it remembers what it has done', async () => {
    for (const seed of ids(8)) {
      const done = new Set<string>();
      const balance = await balanceWith(seed, ({ id }, add) => {
        if (!done.has(id)) add();
        done.add(id);
      });
      expect(balance).toBe(40);
    }
  });
});
