import 'reflect-metadata';
import { afterEach, describe as suite, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import {
  Consumer,
  OnBatch,
  OnConsumerEvent,
  OnDeadLetter,
  OnMessage,
  OnStream,
  SendTo,
} from '../../src/decorators/consumer.js';
import { describe } from '../../src/decorators/metadata.js';
import { Producer, Send, type Sender } from '../../src/decorators/producer.js';
import { TransactionListener } from '../../src/decorators/transaction-listener.js';
import type { LocalTransactionState } from '../../src/producer/transaction-producer.js';
import { FakeCluster } from '../fake-cluster.js';

class Dependency {}

@Producer({ group: 'p', topic: 'orders' })
@Consumer({ group: 'billing', topic: 'orders', concurrency: 8 })
class Billing {
  @Send<{ id: string }>({ tags: 'created', keys: (body) => body.id }) readonly created!: Sender<{ id: string }>;
  @Producer({ retries: 0 }) readonly producer!: Producer;

  constructor(
    readonly dependency: Dependency,
    readonly injected: Producer,
  ) {}

  @OnMessage({ filter: { tags: 'paid' } }) @SendTo('receipts') paid() {}
  @OnBatch('metrics', { size: 100, lingerMs: 500 }) metrics() {}
  @OnStream({ topic: 'clicks', maxInFlight: 5 }) clicks() {}
  @OnDeadLetter() dead() {}
  @OnConsumerEvent('error') failed() {}
}

class Special extends Billing {
  @OnMessage('other') override paid() {}
  @OnMessage({ topic: 'more' }) more() {}
}

suite('the description of a class', () => {
  it('reads back what the decorators said', () => {
    const description = describe(Billing);
    expect(description.consumer).toEqual({ group: 'billing', topic: 'orders', concurrency: 8 });
    expect(description.producer).toEqual({ group: 'p', topic: 'orders' });
    expect(description.handlers).toEqual([
      { method: 'paid', kind: 'message', subscription: { filter: { tags: 'paid' } } },
      { method: 'metrics', kind: 'batch', subscription: { topic: 'metrics' }, size: 100, lingerMs: 500 },
      { method: 'clicks', kind: 'stream', subscription: { topic: 'clicks' }, maxInFlight: 5 },
      { method: 'dead', kind: 'dlq' },
      { method: 'failed', kind: 'event', event: 'error' },
    ]);
    expect(description.sends).toEqual(['created']);
    expect([...description.producers]).toEqual([['producer', { retries: 0 }]]);
    expect([...description.sendTo]).toEqual([['paid', { topic: 'receipts', options: undefined }]]);
  });

  it('adds what base classes say, the subclass winning', () => {
    const { consumer, handlers } = describe(Special);
    expect(consumer?.group).toBe('billing');
    expect(handlers.filter(({ kind }) => kind === 'message')).toEqual([
      { method: 'paid', kind: 'message', subscription: { topic: 'other' } },
      { method: 'more', kind: 'message', subscription: { topic: 'more' } },
    ]);
    expect(describe(Billing).handlers).toHaveLength(5);
  });

  it('is empty for a class without decorators', () => {
    expect(describe(Dependency)).toMatchObject({ handlers: [], sends: [] });
  });

  it('knows transaction listeners', () => {
    @TransactionListener({ group: 'tx' })
    class Listener {
      async executeLocal(_message: unknown, order: { readonly total: number }): Promise<LocalTransactionState> {
        return order.total > 0 ? 'commit' : 'rollback';
      }
      async checkLocal(): Promise<LocalTransactionState> {
        return 'unknown';
      }
    }
    expect(describe(Listener).transactionListener).toEqual({ group: 'tx' });
  });

  it('refuses decorators on what they cannot be on', () => {
    const onMessage = OnMessage('t');
    expect(() => onMessage(class {}, 'x', { value: () => {} })).toThrow(/static member x/);
    expect(() => onMessage(class {}.prototype, 'x', {})).toThrow(/not a method/);
  });
});

suite('Producer is one name for', () => {
  const clusters: FakeCluster[] = [];
  afterEach(async () => {
    for (const cluster of clusters.splice(0)) await cluster.close();
  });

  it('the token that compilers emit for constructor parameters', () => {
    expect(Reflect.getMetadata('design:paramtypes', Billing)).toEqual([Dependency, Producer]);
    expect(Producer.name).toBe('Producer');
  });

  it('a class that can be made and recognized', async () => {
    const cluster = new FakeCluster().broker('a', 'a:1').topic('t', [{ name: 'a', queues: 1 }]);
    clusters.push(cluster);
    const instance = new ClientInstance({ namesrv: 'memory://ns:9876' }, cluster.ports);
    await cluster.run(instance.start());
    const producer = new Producer({ instance }, { group: 'x' });
    expect(producer).toBeInstanceOf(Producer);
    expect((await cluster.run(producer.send('t', 1))).status).toBe('SEND_OK');
    await cluster.run(instance.close());
  });
});
