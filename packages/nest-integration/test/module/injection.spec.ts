import { Global, Inject, Injectable, Module } from '@nestjs/common';
import {
  Consumer,
  type MessageView,
  OnMessage,
  Producer,
  PullConsumer,
  RocketMQ,
  Send,
  type Sender,
} from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  getClientToken,
  InjectProducer,
  InjectPullConsumer,
  InjectRocketMQ,
  InjectTransactionProducer,
  RocketMQModule,
  RocketMQRegistry,
} from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

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
    readonly ledger: Ledger,
    readonly producer: Producer,
    readonly mq: RocketMQ,
    readonly events: OrderEvents,
  ) {}
  @OnMessage() async created(order: { id: string }, message: MessageView) {
    this.ledger.entries.push(`${order.id} ${message.tags}`);
    await this.producer.send('inj-invoices', { order: order.id });
  }
}

describe('a decorated class', () => {
  it('gets what its constructor names without @Injectable(), consumes, and sends', async () => {
    await cluster.createTopic('inj-orders', 'inj-invoices');
    await using started = await startApp(cluster, { providers: [Ledger, Billing, OrderEvents] });
    const { app } = started;
    await app.get(OrderEvents).created({ id: '1' });
    expect((await cluster.stored('inj-invoices')).map(({ body }) => body)).toEqual([{ order: '1' }]);
    const { ledger, mq, producer, events } = app.get(Billing);
    expect(ledger.entries).toEqual(['1 created']);
    expect(mq).toBe(app.get(RocketMQ));
    expect(producer).toBe(app.get(Producer));
    expect(events).toBe(app.get(OrderEvents));
  });

  it('is the same class with and without Nest', async () => {
    await cluster.createTopic('bound-orders');
    @Consumer({ group: 'bound', topic: 'bound-orders', ...IMPATIENT })
    class Plain {
      readonly seen: unknown[] = [];
      @OnMessage() on(body: unknown) {
        this.seen.push(body);
      }
    }
    const bound = new Plain();
    await using _binding = await cluster.client.bind(bound);
    await cluster.send('bound-orders', 1);
    await until(() => bound.seen.length === 1);
    await _binding.close();
    await using started = await startApp(cluster, { providers: [Plain] });
    await cluster.send('bound-orders', 2);
    await until(() => started.app.get(Plain).seen.length > 0);
    expect(started.app.get(Plain).seen).toEqual([2]);
  });
});

describe('tokens', () => {
  it('give named clients, their producers and features', async () => {
    await cluster.createTopic('audit-log');
    @Global()
    @Module({ providers: [Ledger], exports: [Ledger] })
    class LedgerModule {}
    @Injectable()
    class Uses {
      constructor(
        @InjectRocketMQ() readonly first: RocketMQ,
        @InjectRocketMQ('audit') readonly audit: RocketMQ,
        @InjectProducer(undefined, 'audit') readonly auditProducer: Producer,
        @InjectProducer('bulk') readonly bulk: Producer,
        @InjectProducer('late', 'audit') readonly late: Producer,
        @InjectPullConsumer('replay', 'audit') readonly replay: PullConsumer,
        @Inject(getClientToken('audit')) readonly byToken: RocketMQ,
        readonly registry: RocketMQRegistry,
      ) {}
    }
    @Module({
      imports: [
        RocketMQModule.forFeature(
          { kind: 'producer', name: 'bulk', group: 'bulk-producers', sendTimeoutMs: 9000 },
          {
            kind: 'pull',
            name: 'replay',
            client: 'audit',
            group: 'replay',
            subscriptions: ['audit-log'],
            consumeFrom: 'first',
          },
        ),
        RocketMQModule.forFeatureAsync({
          kind: 'producer',
          name: 'late',
          client: 'audit',
          inject: [Ledger],
          imports: [LedgerModule],
          useFactory: (ledger: Ledger) => ({ group: `late-${ledger.entries.length}` }),
        }),
      ],
      providers: [Uses],
      exports: [Uses],
    })
    class Feature {}
    await using started = await startApp(cluster, {
      imports: [
        LedgerModule,
        Feature,
        RocketMQModule.forRootAsync({
          name: 'audit',
          inject: [Ledger],
          useFactory: async (_ledger: Ledger) => ({ namesrv: cluster.namesrv, instanceName: 'audit' }),
        }),
      ],
    });
    const uses = started.app.get(Uses);
    expect(uses.first).not.toBe(uses.audit);
    expect(uses.byToken).toBe(uses.audit);
    expect(uses.registry.client('audit')).toBe(uses.audit);
    expect(uses.registry.client()).toBe(uses.first);
    expect(uses.audit.clientId).toMatch(/@audit/);
    await Promise.all([uses.auditProducer, uses.bulk, uses.late].map((each, n) => each.send('audit-log', n)));
    const found: unknown[] = [];
    while (found.length < 3) found.push(...(await uses.replay.poll()).map(({ body }) => body));
    expect(found.toSorted()).toEqual([0, 1, 2]);
  });

  it('of a class or an existing provider that makes the options', async () => {
    class Settings {
      createRocketMQOptions() {
        return { namesrv: cluster.namesrv };
      }
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    await using started = await startApp(cluster, {
      imports: [
        RocketMQModule.forRootAsync({ name: 'by-class', useClass: Settings }),
        RocketMQModule.forRootAsync({ name: 'existing', useExisting: Settings, imports: [SettingsModule] }),
      ],
    });
    const registry = started.app.get(RocketMQRegistry);
    expect(registry.client('by-class').instance.status.value.state).toBe('connected');
    expect(registry.client('existing').instance.status.value.state).toBe('connected');
  });

  it('say what is missing', async () => {
    @Injectable()
    class Wants {
      constructor(@InjectRocketMQ('nobody') readonly mq: RocketMQ) {}
    }
    await expect(startApp(cluster, { providers: [Wants] })).rejects.toThrow(/RocketMQ client 'nobody'/);
    await expect(
      startApp(cluster, {
        imports: [RocketMQModule.forFeature({ kind: 'producer', name: 'x', client: 'nobody' })],
      }),
    ).rejects.toThrow(/RocketMQModule\.forRoot\(\{ name: 'nobody' \}\)/);
    @Consumer({ group: 'lost', topic: 'lost', client: 'nobody' })
    class Lost {
      @OnMessage() on() {}
    }
    await expect(startApp(cluster, { providers: [Lost] })).rejects.toThrow(
      /Lost wants RocketMQ client 'nobody', which is not configured \(there is 'default'\): import RocketMQModule\.forRoot/,
    );
  });

  it('of two clients with one name, of a name in the wrong place, of several factories: the start fails and says so', async () => {
    await expect(
      startApp(cluster, { imports: [RocketMQModule.forRoot({ namesrv: cluster.namesrv })] }),
    ).rejects.toThrow(/called twice for client 'default'/);
    const useFactory = () => ({ namesrv: cluster.namesrv, name: 'b' });
    await expect(
      startApp(cluster, { imports: [RocketMQModule.forRootAsync({ name: 'a', useFactory })] }),
    ).rejects.toThrow(/put the name beside the factory/);
    expect(() => RocketMQModule.forRootAsync({ name: 'c' })).toThrow(/exactly one of useFactory, useClass/);
  });

  it('of a transaction producer: refused with the version that has it, and with what is missing', async () => {
    class Listener {}
    const feature = { kind: 'transaction', name: 'tx', group: 'tx', listener: Listener } as const;
    @Injectable()
    class Uses {
      constructor(@InjectTransactionProducer('tx') readonly tx: unknown) {}
    }
    await expect(startApp(cluster, { imports: [RocketMQModule.forFeature(feature)] })).rejects.toThrow(
      /listener Listener of transaction producer 'tx' is no provider/,
    );
    await expect(
      startApp(cluster, { imports: [RocketMQModule.forFeature(feature)], providers: [Listener, Uses] }),
    ).rejects.toThrow(/the transaction producer comes with version 0\.2/);
  });
});
