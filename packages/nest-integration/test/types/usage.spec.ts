import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Global,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
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
  Send,
  type Sender,
  type SendResult,
  SendTo,
} from '@cometmq/sdk';
import { bufferTime, filter, map, type Observable } from 'rxjs';
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import {
  isRocketMQContext,
  Message,
  MessageProperty,
  Payload,
  PayloadValidationError,
  RocketMQExecutionContext,
  RocketMQModule,
} from '../../src/index.js';
import { RocketMQHealthIndicator } from '../../src/terminus/index.js';
import { LogLines } from '../test-app.js';
import { startCluster, type TestCluster, until } from '../test-cluster.js';

// The service of the design, as a user would write it.

const Order = z.object({ id: z.string(), customer: z.string(), total: z.number() });
type Order = z.infer<typeof Order>;

@Producer({ group: 'order-producer', topic: 'u-orders' })
class OrderEvents {
  @Send<Order>({ tags: 'created', keys: (order) => order.id, shardingKey: (order) => order.customer })
  readonly created!: Sender<Order>;
  @Send<Order>({ tags: 'paid' }) readonly paid!: Sender<Order>;
}

@Injectable()
class TenantGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    if (!isRocketMQContext(context)) return true;
    return RocketMQExecutionContext.from(context).getMessage().properties['tenant'] !== 'nobody';
  }
}
@Catch(PayloadValidationError)
class BadPayload implements ExceptionFilter {
  catch(error: PayloadValidationError, _host: ArgumentsHost) {
    return reject(error.message);
  }
}
@Injectable()
class LogInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const seen = { metrics: 0, clicks: 0, dead: [] as unknown[] };

@Consumer({ group: 'u-billing', topic: 'u-orders', consumeFrom: 'first', concurrency: 32, maxReconsumeTimes: 5 })
@UseGuards(TenantGuard)
@UseInterceptors(LogInterceptor)
@UseFilters(BadPayload)
class BillingConsumer {
  constructor(private readonly producer: Producer) {}

  @OnMessage({ filter: { tags: 'created' } })
  async created(
    @Payload({ schema: Order }) order: Order,
    @Message() message: MessageView,
    @MessageProperty('tenant') tenant: string,
  ) {
    await this.producer.send('u-invoices', { order: order.id, tenant }, { keys: message.msgId });
  }
  @OnMessage({ filter: { tags: 'paid' } })
  @SendTo('u-receipts')
  async paid(@Payload() order: Order) {
    return { receipt: order.id };
  }
  @OnBatch('u-metrics', { size: 100, lingerMs: 10 })
  async metrics(all: readonly unknown[]) {
    seen.metrics += all.length;
  }
  @OnStream({ topic: 'u-clicks', maxInFlight: 500 })
  clicks(deliveries: Observable<Delivery<{ page: string }>>) {
    return deliveries.pipe(
      filter((delivery) => delivery.message.body.page !== ''),
      bufferTime(10, null, 100),
      map((some) => {
        for (const delivery of some) delivery.ack();
        seen.clicks += some.length;
      }),
    );
  }
  @OnDeadLetter() async dead(@Message() message: MessageView) {
    seen.dead.push([message.originTopic, message.body]);
  }
}

@Controller('orders')
class OrdersController {
  constructor(
    private readonly events: OrderEvents,
    private readonly health: HealthCheckService,
    private readonly rocketmq: RocketMQHealthIndicator,
  ) {}
  @Post() create(@Body() order: Order): Promise<SendResult> {
    return this.events.created(order);
  }
  @Get('health') @HealthCheck() check() {
    return this.health.check([() => this.rocketmq.isHealthy('rocketmq', { degradedLag: 10_000 })]);
  }
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('u-orders', 'u-invoices', 'u-receipts', 'u-metrics', 'u-clicks');
});
afterAll(() => cluster.close());

@Injectable()
class Settings {
  get(name: string): string | undefined {
    return name === 'ROCKETMQ_NAMESRV' ? cluster.namesrv : undefined;
  }
}
@Global()
@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

it('the service of the design runs', async () => {
  @Module({
    imports: [
      SettingsModule,
      RocketMQModule.forRootAsync({
        inject: [Settings],
        useFactory: (settings: Settings) => ({
          namesrv: settings.get('ROCKETMQ_NAMESRV')!,
          pollRouteIntervalMs: 50,
          consumers: { 'u-billing': { concurrency: Number(settings.get('BILLING_CONCURRENCY') ?? 32) } },
        }),
      }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [OrdersController],
    providers: [OrderEvents, BillingConsumer, RocketMQHealthIndicator],
  })
  class AppModule {}
  const log = new LogLines();
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .setLogger(log)
    .compile();
  const app = await module.createNestApplication({ logger: log }).init();
  const controller = app.get(OrdersController);
  const order = { id: '1', customer: 'c', total: 5 };
  await controller.create(order);
  await controller.create({ ...order, total: 'much' } as unknown as Order);
  const events = app.get(OrderEvents);
  await events.paid(order);
  await events.paid({ ...order, id: '2' }, { properties: { tenant: 'nobody' } });
  const producer = app.get(Producer);
  await producer.send('u-metrics', 1);
  await producer.send('u-clicks', { page: '/' });
  expect((await cluster.stored('u-invoices'))[0]!.body).toEqual({ order: '1' });
  expect((await cluster.stored('u-receipts'))[0]!.body).toEqual({ receipt: '1' });
  await until(() => seen.metrics === 1 && seen.clicks === 1 && seen.dead.length === 1);
  expect(seen.dead).toEqual([['u-orders', { ...order, total: 'much' }]]);
  expect((await controller.check()).status).toBe('ok');
  await app.close();
});

it('a sender takes what its type says, a context gives what is asked for', () => {
  expectTypeOf<OrderEvents['created']>().parameter(0).toEqualTypeOf<Order>();
  expectTypeOf<OrderEvents['created']>().returns.resolves.toEqualTypeOf<SendResult>();
  expectTypeOf<RocketMQExecutionContext['getPayload']>().returns.toBeUnknown();
  expectTypeOf<RocketMQExecutionContext['getMessage']>().returns.toEqualTypeOf<MessageView>();
  expectTypeOf<RocketMQExecutionContext['getDelivery']>().returns.toEqualTypeOf<Delivery>();
  expectTypeOf(RocketMQModule.forRootAsync).parameter(0).toHaveProperty('useFactory');
});
