import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RocketMQ } from '@cometmq/sdk';
import { EmbeddedRocketMQ } from '@cometmq/standalone/testing';
import { type Bank, Billing, type Invoice, type Order } from '../billing.js';

/** A bank that is away for the first calls. */
class StubBank implements Bank {
  readonly charged: string[] = [];
  calls = 0;

  constructor(private readonly failures = 0) {}

  async charge(order: string): Promise<void> {
    this.calls += 1;
    if (this.calls <= this.failures) throw new Error('the bank is away');
    this.charged.push(order);
  }
}

describe('billing', () => {
  let server: EmbeddedRocketMQ;
  let mq: RocketMQ;

  beforeEach(async () => {
    server = await EmbeddedRocketMQ.start();
    mq = await server.connect();
  });
  afterEach(() => server.stop());

  const order = (id: string, total = 5) =>
    mq.producer().send<Order>('orders', { id, total }, { tags: 'created', keys: id });

  it('bills an order and sends the invoice', async () => {
    const bank = new StubBank();
    await new Billing(mq, bank).start();
    await order('1');
    await server.idle();
    expect(bank.charged).toEqual(['1']);
    expect((await server.stored<Invoice>('invoices')).map(({ body }) => body)).toEqual([{ order: '1', amount: 5 }]);
  });

  it('tries again while the bank is away: two hours pass in milliseconds', async () => {
    const bank = new StubBank(5);
    await new Billing(mq, bank).start();
    await order('1');
    await server.idle();
    expect(bank.calls).toBe(1);
    await server.advance('2h');
    expect(bank.charged).toEqual(['1']);
    expect(bank.calls).toBe(6);
  });

  it('gives up after sixteen retries: the order is a dead letter', async () => {
    await new Billing(mq, new StubBank(Infinity)).start();
    await order('1');
    await server.advance('5h');
    const [dead, ...others] = await server.deadLetters<Order>('billing');
    expect(others).toEqual([]);
    expect(dead?.body).toEqual({ id: '1', total: 5 });
    expect(dead?.originTopic).toBe('orders');
  });

  it('refuses an order without sense at once', async () => {
    await new Billing(mq, new StubBank()).start();
    await order('1', -5);
    await server.idle();
    expect(await server.deadLetters('billing')).toHaveLength(1);
  });

  it('reminds half an hour later, not before', async () => {
    await new Billing(mq, new StubBank()).start();
    await order('1');
    await server.advance('29m');
    expect(await server.stored('reminders')).toEqual([]);
    await server.advance('1m');
    expect(await server.waitFor<Invoice>('reminders', ({ keys }) => keys.includes('1'))).toBeDefined();
  });

  it('loses no order when the broker dies', async () => {
    const bank = new StubBank();
    await new Billing(mq, bank).start();
    await order('1');
    await server.killBroker();
    await server.restartBroker();
    await order('2');
    await server.idle();
    expect(new Set(bank.charged)).toEqual(new Set(['1', '2']));
  });

  it('does not care for fake timers', async () => {
    jest.useFakeTimers();
    try {
      const bank = new StubBank(1);
      await new Billing(mq, bank).start();
      await order('1');
      await server.advance('1m');
      expect(bank.charged).toEqual(['1']);
    } finally {
      jest.useRealTimers();
    }
  });
});
