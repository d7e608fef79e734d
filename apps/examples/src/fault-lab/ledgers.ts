import type { MessageView } from '@cometmq/sdk';

export interface Payment {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
}

/** Something that consumes payments and knows what is on the accounts. */
export interface Ledger {
  handle(message: MessageView<Payment>): void;
  balance(account: string): number;
}

/** Adds up whatever comes. Right as long as everything comes once, which nobody promises. */
export class CarelessLedger implements Ledger {
  readonly #balances = new Map<string, number>();

  handle({ body: { account, amount } }: MessageView<Payment>): void {
    this.#balances.set(account, this.balance(account) + amount);
  }

  balance(account: string): number {
    return this.#balances.get(account) ?? 0;
  }
}

/**
 * The fix: what a payment has done is remembered together with what it has done (in a database: in one transaction, the id
 * as a unique key), so the second time changes nothing. The id is the payment's own: a message id would not tell that the
 * shop has sent the same payment twice.
 */
export class CarefulLedger implements Ledger {
  readonly #booked = new Map<string, Payment>();

  handle({ body: payment }: MessageView<Payment>): void {
    if (!this.#booked.has(payment.id)) this.#booked.set(payment.id, payment);
  }

  balance(account: string): number {
    let sum = 0;
    for (const payment of this.#booked.values()) if (payment.account === account) sum += payment.amount;
    return sum;
  }
}
