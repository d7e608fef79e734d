import { type CanActivate, type ExecutionContext, Inject, Injectable, Module, Scope, UseGuards } from '@nestjs/common';
import {
  type ContextId,
  ContextIdFactory,
  REQUEST,
  type ContextIdStrategy,
  type HostComponentInfo,
} from '@nestjs/core';
import { Consumer, OnBatch, OnMessage, Producer, Send, type Sender, SendTo } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Payload, type RocketMQRequest } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

@Injectable()
class Log {
  readonly lines: unknown[] = [];
}

@Injectable({ scope: Scope.REQUEST })
class Tenant {
  static made = 0;
  readonly number = (Tenant.made += 1);
  constructor(@Inject(REQUEST) readonly request: RocketMQRequest) {}
  get name(): string | undefined {
    return this.request.message.properties['tenant'];
  }
}

@Injectable()
class SameTenant implements CanActivate {
  constructor(
    readonly tenant: Tenant,
    readonly log: Log,
  ) {}
  canActivate(_context: ExecutionContext): boolean {
    this.log.lines.push(`guard ${this.tenant.name} ${this.tenant.number}`);
    return true;
  }
}

@Consumer({ group: 'scoped', topic: 's-orders', ...IMPATIENT })
@UseGuards(SameTenant)
class Scoped {
  @Send({ topic: 's-sent' }) readonly out!: Sender<string>;
  @Producer({ group: 'scoped-producer' }) readonly producer!: Producer;
  constructor(
    readonly tenant: Tenant,
    readonly log: Log,
  ) {}
  @OnMessage() @SendTo('s-sent') async on(@Payload() body: string) {
    const { type, group, messages } = this.tenant.request;
    this.log.lines.push(`${body} ${this.tenant.name} ${this.tenant.number} ${type} ${group} ${messages.length}`);
    await this.out(`${body} by sender`);
    await this.producer.send('s-sent', `${body} by producer`);
    return `${body} by result`;
  }
}

@Consumer({ group: 'scoped-batch', topic: 's-batch', consumeFrom: 'first' })
class ScopedBatch {
  constructor(
    readonly tenant: Tenant,
    readonly log: Log,
  ) {}
  @OnBatch(undefined, { size: 2, lingerMs: 60_000 }) on(bodies: readonly string[]) {
    this.log.lines.push(`batch ${bodies.join()} ${this.tenant.name} ${this.tenant.request.messages.length}`);
  }
}

describe('a request-scoped consumer', () => {
  it('is made for each message, with its guards, and @Inject(REQUEST) is the message', async () => {
    await cluster.createTopic('s-orders', 's-sent', 's-batch');
    Tenant.made = 0;
    await using started = await startApp(cluster, { providers: [Log, Tenant, SameTenant, Scoped, ScopedBatch] });
    await cluster.send('s-orders', 'a', { properties: { tenant: 'x' } });
    const sent = await cluster.stored('s-sent', 3);
    expect(sent.map(({ body }) => body)).toEqual(['a by sender', 'a by producer', 'a by result']);
    await cluster.send('s-orders', 'b', { properties: { tenant: 'y' } });
    await cluster.stored('s-sent', 6);
    const { lines } = started.app.get(Log);
    expect(lines).toEqual(['guard x 1', 'a x 1 rocketmq scoped 1', 'guard y 2', 'b y 2 rocketmq scoped 1']);
    await cluster.send('s-batch', 'c', { properties: { tenant: 'z' } });
    await cluster.send('s-batch', 'd');
    await until(() => lines.length === 5);
    expect(lines[4]).toBe('batch c,d z 2');
  });

  it('that several modules provide under one token is that of its own module', async () => {
    await cluster.createTopic('s-one', 's-two');
    const seen: string[] = [];
    const moduleOf = (name: string) => {
      @Consumer({ group: `s-${name}`, topic: `s-${name}`, ...IMPATIENT })
      class OfModule {
        readonly own = name;
        constructor(readonly tenant: Tenant) {}
        @OnMessage() on(body: string) {
          seen.push(`${this.own} ${body} ${this.tenant.name}`);
        }
      }
      @Module({ providers: [Tenant, { provide: 'consumer', useClass: OfModule }] })
      class Host {}
      return Host;
    };
    await using _started = await startApp(cluster, { imports: [moduleOf('one'), moduleOf('two')] });
    await cluster.send('s-one', '1', { properties: { tenant: 'x' } });
    await cluster.send('s-two', '2', { properties: { tenant: 'y' } });
    await until(() => seen.length === 2);
    expect(seen.toSorted()).toEqual(['one 1 x', 'two 2 y']);
  });

  it('whose constructor throws has its message consumed again', async () => {
    await cluster.createTopic('s-throws');
    let failures = 2;
    @Injectable({ scope: Scope.REQUEST })
    class Connection {
      constructor() {
        if (failures-- > 0) throw new Error('no connection for this tenant');
      }
    }
    const seen: string[] = [];
    @Consumer({ group: 's-throws', topic: 's-throws', ...IMPATIENT })
    class Unlucky {
      constructor(readonly connection: Connection) {}
      @OnMessage() on(body: string) {
        seen.push(body);
      }
    }
    await using started = await startApp(cluster, { providers: [Connection, Unlucky] });
    await cluster.send('s-throws', 'a');
    await until(() => seen.length === 1);
    expect(started.log.lines.filter((line) => line.includes('no connection for this tenant'))).toHaveLength(2);
  });

  it('of transient scope is made for each message, too', async () => {
    await cluster.createTopic('s-transient');
    const seen: object[] = [];
    @Injectable({ scope: Scope.TRANSIENT })
    @Consumer({ group: 's-transient', topic: 's-transient', ...IMPATIENT })
    class Transient {
      @OnMessage() on() {
        seen.push(this);
      }
    }
    await using _started = await startApp(cluster, { providers: [Transient] });
    await cluster.send('s-transient', 1);
    await cluster.send('s-transient', 2);
    await until(() => seen.length === 2);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it('with durable providers shares them as the strategy says', async () => {
    await cluster.createTopic('s-durable');
    const trees = new Map<string, ContextId>();
    const strategy: ContextIdStrategy<RocketMQRequest> = {
      attach(contextId, request) {
        const tenant = request.message.properties['tenant']!;
        const tree = trees.get(tenant) ?? { id: trees.size + 1 };
        trees.set(tenant, tree);
        return { resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tree : contextId), payload: { tenant } };
      },
    };
    let made = 0;
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Pool {
      readonly number = (made += 1);
      constructor(@Inject(REQUEST) readonly request: { tenant: string }) {}
    }
    const seen: string[] = [];
    @Consumer({ group: 's-durable', topic: 's-durable', ...IMPATIENT })
    class Durable {
      constructor(readonly pool: Pool) {}
      @OnMessage() on() {
        seen.push(`${this.pool.request.tenant} ${this.pool.number}`);
      }
    }
    ContextIdFactory.apply(strategy);
    try {
      await using _started = await startApp(cluster, { providers: [Pool, Durable] });
      for (const tenant of ['x', 'y', 'x']) await cluster.send('s-durable', 1, { properties: { tenant } });
      await until(() => seen.length === 3);
      expect(seen).toEqual(['x 1', 'y 2', 'x 1']);
    } finally {
      ContextIdFactory.apply(undefined as never);
    }
  });
});
