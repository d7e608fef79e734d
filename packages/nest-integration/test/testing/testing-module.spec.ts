import { type CanActivate, type ExecutionContext, Inject, Injectable, Module, Scope, UseGuards } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  Consumer,
  type Delivery,
  type MessageView,
  OnBatch,
  OnDeadLetter,
  OnMessage,
  OnStream,
  Producer,
  reject,
  retry,
  RocketMQ,
  Send,
  type Sender,
  SendTo,
} from '@cometmq/sdk';
import { type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  getOptionsToken,
  ManualAck,
  Message,
  MessageProperty,
  Payload,
  RocketMQExecutionContext,
  RocketMQModule,
  type RocketMQRequest,
} from '../../src/index.js';
import { EmbeddedRocketMQ, invokeHandler, RocketMQTestingModule } from '../../src/testing/index.js';
import { LogLines } from '../test-app.js';

const Order = z.object({ id: z.string(), total: z.number() });
type Order = z.infer<typeof Order>;

@Producer({ group: 'order-producer', topic: 'orders' })
class OrderEvents {
  @Send<Order>({ tags: 'created' }) readonly created!: Sender<Order>;
  @Send<Order>({ tags: 'created', delay: { level: 18 } }) readonly later!: Sender<Order>;
}

@Injectable()
class Shop {
  open = true;
  attempts = 0;
}

@Injectable()
class TenantGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return RocketMQExecutionContext.from(context).getMessage().properties['tenant'] !== 'nobody';
  }
}

@Consumer({ group: 'billing', topic: 'orders' })
@UseGuards(TenantGuard)
class Billing {
  constructor(
    private readonly producer: Producer,
    private readonly shop: Shop,
  ) {}
  @OnMessage({ filter: { tags: 'created' } })
  async created(@Payload({ schema: Order }) order: Order) {
    this.shop.attempts += 1;
    if (!this.shop.open) throw new Error('the shop is closed');
    await this.producer.send('invoices', { order: order.id });
  }
}

const quiet = new LogLines();
const metadata = { providers: [OrderEvents, Billing, Shop] };

async function start(options?: Parameters<typeof RocketMQTestingModule.forRoot>[0]) {
  const module = await Test.createTestingModule({ imports: [RocketMQTestingModule.forRoot(options)], ...metadata })
    .setLogger(quiet)
    .compile();
  return module.init();
}

describe('RocketMQTestingModule', () => {
  it('is a server in the process, from the start of the application to its end', async () => {
    const app = await start();
    const server = app.get(EmbeddedRocketMQ);
    await app.get(OrderEvents).created({ id: '1', total: 5 });
    await server.idle({ groups: ['billing'] });
    expect((await server.stored('invoices')).map(({ body }) => body)).toEqual([{ order: '1' }]);
    await app.close();
    expect(app.get(RocketMQ).instance.state).toBe('closed');
    await expect(server.idle()).rejects.toThrow(/has been stopped/);
  });

  it('lets time pass: delays of hours, and sixteen retries to the dead letters', async () => {
    const app = await start();
    const [server, shop, events] = [app.get(EmbeddedRocketMQ), app.get(Shop), app.get(OrderEvents)];
    await events.later({ id: 'later', total: 1 });
    await server.idle();
    expect(await server.stored('invoices')).toEqual([]);
    await server.advance('2h');
    expect(await server.stored('invoices')).toHaveLength(1);
    shop.open = false;
    shop.attempts = 0;
    await events.created({ id: 'never', total: 1 });
    await server.idle({ delayed: true });
    expect(shop.attempts).toBe(17);
    expect((await server.deadLetters<Order>('billing')).map(({ body }) => body.id)).toEqual(['never']);
    await app.close();
  });

  it('takes options of the server and of the client', async () => {
    const app = await start({
      autoCreateTopics: false,
      retryDelaysMs: [1000],
      consumers: { billing: { maxReconsumeTimes: 2 } },
    });
    const [server, shop] = [app.get(EmbeddedRocketMQ), app.get(Shop)];
    await server.createTopic('orders', { queues: 1 });
    shop.open = false;
    await app.get(OrderEvents).created({ id: '1', total: 1 });
    await server.idle({ delayed: true });
    expect(shop.attempts).toBe(3);
    await app.close();
  });

  it('several applications share a server of the test', async () => {
    await using server = await EmbeddedRocketMQ.start();
    const [one, two] = [await start({ server }), await start({ server })];
    expect(one.get(EmbeddedRocketMQ)).toBe(server);
    await Promise.all([1, 2, 3, 4].map((n) => one.get(OrderEvents).created({ id: String(n), total: n })));
    await server.idle();
    expect(await server.stored('invoices')).toHaveLength(4);
    await Promise.all([one.close(), two.close()]);
    await server.idle();
  });

  it('several clients of one application have a server each, or share one', async () => {
    @Consumer({ group: 'audit', topic: 'log', client: 'audit' })
    class Audit {
      readonly seen: unknown[] = [];
      @OnMessage() on(body: unknown) {
        this.seen.push(body);
      }
    }
    await using server = await EmbeddedRocketMQ.start();
    const module = await Test.createTestingModule({
      imports: [RocketMQTestingModule.forRoot(), RocketMQTestingModule.forRoot({ name: 'audit', server })],
      providers: [Audit],
    })
      .setLogger(quiet)
      .compile();
    const app = await module.init();
    const client = await server.connect();
    await client.producer().send('log', 1);
    await app.get(Producer).send('log', 'at the other server');
    await server.idle();
    expect(app.get(Audit).seen).toEqual([1]);
    await app.close();
  });
});

describe('a whole application', () => {
  it('gets the server by its options', async () => {
    @Module({ imports: [RocketMQModule.forRoot({ namesrv: 'production:9876' })], ...metadata })
    class AppModule {}
    await using server = await EmbeddedRocketMQ.start();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(getOptionsToken())
      .useValue(server.clientOptions())
      .setLogger(quiet)
      .compile();
    const app = await module.init();
    await app.get(OrderEvents).created({ id: '1', total: 5 });
    await server.idle();
    expect(await server.stored('invoices')).toHaveLength(1);
    await app.close();
  });
});

@Consumer({ group: 'all', topic: 'all' })
@UseGuards(TenantGuard)
class AllKinds {
  readonly seen: unknown[] = [];
  @OnMessage({ filter: { tags: 'plain' } })
  plain(@Payload({ schema: Order }) order: Order, @Message() message: MessageView, @MessageProperty('x') x: string) {
    this.seen.push([order.id, message.keys, x]);
    if (order.total < 0) return reject('negative');
    if (order.total === 0) return retry();
    return of(undefined);
  }
  @OnMessage({ filter: { tags: 'iterable' } }) @SendTo('elsewhere') async *iterable() {
    yield 1;
    yield reject('in the end');
  }
  @OnMessage({ filter: { tags: 'sent' } }) @SendTo('elsewhere') sent() {
    return of(1, 2);
  }
  @OnMessage({ filter: { tags: 'manual' } }) manual(@ManualAck() delivery: Delivery) {
    delivery.retry();
  }
  @OnBatch('batch') batch(bodies: readonly number[]) {
    return bodies.includes(13) ? reject() : undefined;
  }
  @OnDeadLetter() dead(body: string, message: MessageView) {
    this.seen.push([body, message.originTopic]);
    throw new Error('no');
  }
  @OnStream('stream') stream(deliveries: Observable<Delivery>) {
    return deliveries;
  }
  other() {}
}
@Injectable({ scope: Scope.REQUEST })
class Tenant {
  constructor(@Inject(REQUEST) readonly request: RocketMQRequest) {}
}
@Consumer({ group: 'scoped', topic: 'scoped' })
class Scoped {
  constructor(private readonly tenant: Tenant) {}
  @OnMessage() on() {
    return this.tenant.request.message.properties['tenant'] === 'x' ? undefined : retry();
  }
}

describe('invokeHandler', () => {
  it('calls handlers of every kind with all that Nest puts around them, without a server', async () => {
    const app = await Test.createTestingModule({
      imports: [RocketMQModule.forRoot({ namesrv: 'nowhere:9876' })],
      providers: [AllKinds, Tenant, Scoped],
    })
      .setLogger(quiet)
      .compile();
    const body = { id: '1', total: 5 };
    expect(await invokeHandler(app, AllKinds, 'plain', { body, keys: ['k'], properties: { x: 'y' } })).toBe('ack');
    expect(app.get(AllKinds).seen).toEqual([['1', ['k'], 'y']]);
    expect(await invokeHandler(app, AllKinds, 'plain', { body: { ...body, total: -1 } })).toBe('reject');
    expect(await invokeHandler(app, AllKinds, 'plain', { body: { ...body, total: 0 } })).toBe('retry');
    expect(await invokeHandler(app, AllKinds, 'plain', { body: 'no order' })).toBe('reject');
    expect(await invokeHandler(app, AllKinds, 'plain', { body, properties: { tenant: 'nobody' } })).toBe('reject');
    expect(await invokeHandler(app, AllKinds, 'iterable', { body })).toBe('reject');
    expect(await invokeHandler(app, AllKinds, 'sent', { body })).toBe('ack');
    expect(await invokeHandler(app, AllKinds, 'manual', { body })).toBe('retry');
    expect(await invokeHandler(app, AllKinds, 'batch', [{ body: 1 }, { body: 2 }])).toBe('ack');
    expect(await invokeHandler(app, AllKinds, 'batch', [{ body: 1 }, { body: 13 }])).toBe('reject');
    expect(await invokeHandler(app, AllKinds, 'dead', { body: 'x', originTopic: 'orders' })).toBe('retry');
    expect(app.get(AllKinds).seen.at(-1)).toEqual(['x', 'orders']);
    expect(await invokeHandler(app, Scoped, 'on', { properties: { tenant: 'x' } })).toBe('ack');
    expect(await invokeHandler(app, Scoped, 'on', { properties: { tenant: 'y' } })).toBe('retry');
  });

  it('says what is no handler', async () => {
    const app = await Test.createTestingModule({
      imports: [RocketMQModule.forRoot({ namesrv: 'nowhere:9876' })],
      providers: [AllKinds],
    }).compile();
    await expect(invokeHandler(app, AllKinds, 'other', {})).rejects.toThrow(
      /AllKinds\.other is no handler: name a method/,
    );
    await expect(invokeHandler(app, AllKinds, 'stream', {})).rejects.toThrow(/is a handler of streams/);
    await expect(invokeHandler(app, Billing, 'created', {})).rejects.toThrow(
      /Billing is no decorated class of this application \(there is AllKinds\)/,
    );
    await expect(invokeHandler(app, AllKinds, 'batch', [])).rejects.toThrow(/needs a message/);
  });
});
