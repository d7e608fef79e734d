import { EmbeddedRocketMQ, type FaultHit } from '@cometmq/standalone/testing';
import type { Ledger, Payment } from './ledgers.js';

const PAYMENTS = 40;
const ACCOUNTS = ['ada', 'bob', 'cyd'];

export interface Outcome {
  /** Accounts whose balance is wrong, with what they should have; empty: all is well. */
  readonly wrong: readonly string[];
  readonly hits: readonly (FaultHit & { readonly kind: string })[];
}

/**
 * Sends payments to a ledger while things go wrong that go wrong in every cluster. Which ones follows from the seed, so a seed
 * that finds something finds it again.
 */
export async function experiment(ledger: Ledger, seed: number): Promise<Outcome> {
  await using server = await EmbeddedRocketMQ.start({ seed });
  const faults = [
    server.fault({ kind: 'duplicate', chance: 0.02 }),
    server.fault({ kind: 'drop', chance: 0.05 }),
    server.fault({ kind: 'reorder', chance: 0.1 }),
    server.fault({ kind: 'resend', chance: 0.01 }),
    server.fault({ kind: 'kill-broker', every: '40s', downFor: '5s' }),
  ];
  const mq = await server.connect();
  const consumer = mq.pushConsumer({ group: 'ledger' });
  consumer.subscribe<Payment>('payments', (message) => ledger.handle(message));
  await consumer.start();

  const producer = mq.producer();
  const owed = new Map<string, number>(ACCOUNTS.map((account) => [account, 0]));
  for (let index = 0; index < PAYMENTS; index += 1) {
    const account = ACCOUNTS[index % ACCOUNTS.length]!;
    const payment: Payment = { id: `p-${index}`, account, amount: 1 + (index % 7) };
    // A payment that cannot be sent is sent again, as a shop would: better twice than never.
    for (let sent = false; !sent;) {
      try {
        await server.fastForward(producer.send<Payment>('payments', payment, { keys: payment.id }));
        sent = true;
      } catch {
        await server.advance('1s');
      }
    }
    owed.set(account, owed.get(account)! + payment.amount);
    await server.advance('2s');
  }
  await faults.at(-1)!.stop();
  await server.advance('1m');
  await server.idle({ delayed: true });

  const wrong = [...owed].flatMap(([account, amount]) => {
    const has = ledger.balance(account);
    return has === amount ? [] : [`${account} has ${has}, not ${amount}`];
  });
  const hits = faults.flatMap(({ kind, hits: all }) => all.map((hit) => ({ ...hit, kind })));
  return { wrong, hits: hits.toSorted((a, b) => a.at.getTime() - b.at.getTime()) };
}
