import type { MessageView, Producer, RocketMQ } from '@cometmq/sdk';
import { reject } from '@cometmq/sdk';

export interface Order {
  readonly id: string;
  readonly total: number;
}

export interface Invoice {
  readonly order: string;
  readonly amount: number;
}

/** Whoever moves the money; in tests a stand-in. */
export interface Bank {
  charge(order: string, amount: number): Promise<void>;
}

/** The service under test: bills orders, sends invoices, and reminds the customer half an hour later. */
export class Billing {
  readonly #producer: Producer;

  constructor(
    private readonly mq: RocketMQ,
    private readonly bank: Bank,
  ) {
    this.#producer = mq.producer({ group: 'billing-producer' });
  }

  async start(): Promise<void> {
    const consumer = this.mq.pushConsumer({ group: 'billing', maxReconsumeTimes: 16 });
    consumer.subscribe<Order>({ topic: 'orders', filter: { tags: ['created'] } }, (message) => this.#bill(message));
    await consumer.start();
  }

  async #bill({ body: order }: MessageView<Order>) {
    if (order.total < 0) return reject('negative total');
    // Throws when the bank is away: the message comes again, after 10 s, 30 s, 1 min, …
    await this.bank.charge(order.id, order.total);
    const invoice: Invoice = { order: order.id, amount: order.total };
    await this.#producer.send<Invoice>('invoices', invoice, { keys: order.id });
    // Delay level 16 is half an hour.
    await this.#producer.send<Invoice>('reminders', invoice, { keys: order.id, delay: { level: 16 } });
    return undefined;
  }
}
