import { Inject, Injectable, Module } from '@nestjs/common';
import { Consumer, type MessageView, OnMessage, Producer, RocketMQ, Send, type Sender } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from './test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

@Injectable()
class Ledger {
  readonly entries: string[] = [];
}

@Producer({ group: 'shop', topic: 'inj-orders' })
class OrderEvents {
  @Send<{ id: string }>({ tags: 'created' }) readonly created!: Sender<{ id: string }>;
}

// No @Injectable(): @Consumer makes the compiler write down what the constructor takes.
@Consumer({ group: 'inj', topic: 'inj-orders', ...IMPATIENT })
class Billing {
  constructor(
    private readonly ledger: Ledger,
    private readonly producer: Producer,
    private readonly mq: RocketMQ,
    private readonly events: OrderEvents,
  ) {}
  @OnMessage() async created(order: { id: string }, message: MessageView) {
    this.ledger.entries.push(
      `${order.id} ${message.tags} ${this.mq instanceof RocketMQ} ${typeof this.events.created}`,
    );
    await this.producer.send('inj-invoices', { order: order.id });
  }
}

describe('a decorated class', () => {
  it('gets what its constructor names, consumes, and sends', async () => {
    await cluster.createTopic('inj-orders', 'inj-invoices');
    await using started = await startApp(cluster, { providers: [Ledger, Billing, OrderEvents] });
    const { app } = started;
    await app.get(OrderEvents).created({ id: '1' });
    expect((await cluster.stored('inj-invoices')).map(({ body }) => body)).toEqual([{ order: '1' }]);
    expect(app.get(Ledger).entries).toEqual(['1 created true function']);
  });
});
