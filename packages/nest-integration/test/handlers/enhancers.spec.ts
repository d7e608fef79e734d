import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  ParseIntPipe,
  type PipeTransform,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { ack, Consumer, OnBatch, OnDeadLetter, OnMessage, reject } from '@cometmq/sdk';
import { map, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRocketMQContext, Payload, RocketMQExecutionContext } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

const Roles = (...roles: string[]) => SetMetadata('roles', roles);

@Injectable()
class TenantGuard implements CanActivate {
  readonly asked: unknown[] = [];
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    const rocketmq = RocketMQExecutionContext.from(context);
    this.asked.push({
      type: context.getType(),
      roles: this.reflector.get<string[]>('roles', context.getHandler()),
      own: context.getHandler() === Guarded.prototype.on,
      cls: context.getClass(),
      group: rocketmq.getGroup(),
      payload: rocketmq.getPayload(),
      attempt: rocketmq.getHandlerContext().attempt,
      messages: rocketmq.getMessages().length,
    });
    return rocketmq.getMessage().properties['tenant'] !== undefined;
  }
}

@Injectable()
class Times implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => (value === 'refuse' ? reject('the interceptor says so') : ack())));
  }
}

@Consumer({ group: 'guarded', topic: 'e-guarded', ...IMPATIENT })
@UseGuards(TenantGuard)
class Guarded {
  readonly seen: unknown[] = [];
  readonly dead: unknown[] = [];
  @OnMessage()
  @Roles('billing')
  @UseInterceptors(Times)
  on(body: string): string {
    this.seen.push(body);
    return body;
  }
}

@Consumer({ group: 'guarded' })
class DeadLetters {
  readonly dead: unknown[] = [];
  @OnDeadLetter() on(body: unknown) {
    this.dead.push(body);
  }
}

describe('guards and interceptors', () => {
  it('see the handler itself with its metadata, and the message', async () => {
    await cluster.createTopic('e-guarded');
    await using started = await startApp(cluster, { providers: [TenantGuard, Times, Guarded, DeadLetters] });
    const [guarded, dead] = [started.app.get(Guarded), started.app.get(DeadLetters)];
    await cluster.send('e-guarded', 'ok', { properties: { tenant: 't' } });
    await cluster.send('e-guarded', 'no tenant');
    await cluster.send('e-guarded', 'refuse', { properties: { tenant: 't' } });
    await until(() => dead.dead.length === 2);
    expect(guarded.seen).toEqual(['ok', 'refuse']);
    expect(dead.dead).toEqual(['no tenant', 'refuse']);
    const asked = started.app.get(TenantGuard).asked[0];
    const common = { type: 'rocketmq', roles: ['billing'], own: true, cls: Guarded, group: 'guarded' };
    expect(asked).toEqual({ ...common, payload: 'ok', attempt: 1, messages: 1 });
    expect(started.log.find('a handler refused a message')).toMatch(/403 Forbidden resource/);
  });

  it('of a controller are asked, too', async () => {
    await cluster.createTopic('e-controller');
    const asked: string[] = [];
    @Injectable()
    class Tenants {
      readonly known = ['t'];
    }
    @Injectable()
    class KnownTenant implements CanActivate {
      constructor(readonly tenants: Tenants) {}
      canActivate(context: ExecutionContext): boolean {
        const { tenant = 'none' } = RocketMQExecutionContext.from(context).getMessage().properties;
        asked.push(tenant);
        return this.tenants.known.includes(tenant);
      }
    }
    @Controller('orders')
    @Consumer({ group: 'e-controller', topic: 'e-controller', ...IMPATIENT })
    class Orders {
      readonly seen: unknown[] = [];
      @OnMessage() @UseGuards(KnownTenant) on(body: unknown) {
        this.seen.push(body);
      }
    }
    await using started = await startApp(cluster, { providers: [Tenants], controllers: [Orders] });
    await cluster.send('e-controller', 1);
    await cluster.send('e-controller', 2, { properties: { tenant: 't' } });
    const { seen } = started.app.get(Orders);
    await until(() => seen.length === 1);
    expect(asked).toEqual(['none', 't']);
    expect(seen).toEqual([2]);
  });

  it('see all messages of a batch', async () => {
    await cluster.createTopic('e-batch');
    const asked: unknown[] = [];
    const guard: CanActivate = {
      canActivate(context) {
        const rocketmq = RocketMQExecutionContext.from(context);
        asked.push([rocketmq.getPayload(), rocketmq.getMessages().map(({ body }) => body)]);
        return true;
      },
    };
    @Consumer({ group: 'e-batch', topic: 'e-batch', consumeFrom: 'first' })
    class Batches {
      readonly seen: unknown[] = [];
      @OnBatch(undefined, { size: 2, lingerMs: 60_000 })
      @UseGuards(guard)
      on(bodies: readonly unknown[]) {
        this.seen.push(bodies);
      }
    }
    await using started = await startApp(cluster, { providers: [Batches] });
    await cluster.send('e-batch', 1);
    await cluster.send('e-batch', 2);
    await until(() => started.app.get(Batches).seen.length === 1);
    expect(asked).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
    ]);
  });
});

class Trace {
  readonly steps: string[] = [];
}

@Injectable()
class Everywhere implements CanActivate, NestInterceptor, PipeTransform, ExceptionFilter {
  constructor(readonly trace: Trace) {}
  canActivate(context: ExecutionContext): boolean {
    this.trace.steps.push(`guard ${context.getType()} ${isRocketMQContext(context)}`);
    return true;
  }
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.trace.steps.push('interceptor');
    return next.handle();
  }
  transform(value: unknown, { type }: { type: string }): unknown {
    this.trace.steps.push(`pipe ${type} ${String(value)}`);
    return value;
  }
  catch(error: unknown, host: ArgumentsHost): unknown {
    this.trace.steps.push(`filter ${(error as Error).message} ${isRocketMQContext(host)}`);
    return reject('caught');
  }
}
@Catch()
class CatchAll extends Everywhere {}

describe('global enhancers', () => {
  @Consumer({ group: 'e-global', topic: 'e-global', ...IMPATIENT })
  class Failing {
    @OnMessage() on(@Payload() body: string) {
      throw new Error(`broken by ${body}`);
    }
  }
  const expected = ['guard rocketmq true', 'interceptor', 'pipe body x', 'filter broken by x true'];

  it('that modules provide apply to handlers', async () => {
    await cluster.createTopic('e-global');
    await using started = await startApp(cluster, {
      providers: [
        Trace,
        Failing,
        { provide: APP_GUARD, useClass: Everywhere },
        { provide: APP_INTERCEPTOR, useClass: Everywhere },
        { provide: APP_PIPE, useClass: Everywhere },
        { provide: APP_FILTER, useClass: CatchAll },
      ],
    });
    await cluster.send('e-global', 'x');
    await cluster.deadLetters('e-global');
    expect(started.app.get(Trace).steps).toEqual(expected);
  });

  it('that main() sets apply to handlers', async () => {
    const trace = new Trace();
    const all = new CatchAll(trace);
    await using _started = await startApp(cluster, { providers: [Failing] }, (app) => {
      app.useGlobalGuards(all);
      app.useGlobalInterceptors(all);
      app.useGlobalPipes(all);
      app.useGlobalFilters(all);
    });
    await cluster.send('e-global', 'x');
    await cluster.deadLetters('e-global', 2);
    expect(trace.steps).toEqual(expected);
  });

  it('refuse to be asked about messages in a context of HTTP', () => {
    const host = { getType: () => 'http', getArgs: () => [] } as unknown as ArgumentsHost;
    expect(isRocketMQContext(host)).toBe(false);
    expect(() => RocketMQExecutionContext.from(host)).toThrow(/context of type 'http'.*isRocketMQContext/);
  });

  it('see the filters of a method first', async () => {
    await cluster.createTopic('e-order');
    const caught: string[] = [];
    @Catch(TypeError)
    class OfMethod implements ExceptionFilter {
      catch(error: TypeError) {
        caught.push(error.message);
        return ack();
      }
    }
    @Consumer({ group: 'e-order', topic: 'e-order', ...IMPATIENT })
    class Both {
      @OnMessage() @UseFilters(OfMethod) on(body: string) {
        if (body === 'type') throw new TypeError('type');
        throw new RangeError('range');
      }
    }
    const trace = new Trace();
    await using _started = await startApp(cluster, { providers: [Both] }, (app) => {
      app.useGlobalFilters(new CatchAll(trace));
    });
    await cluster.send('e-order', 'type');
    await cluster.send('e-order', 'range');
    const [dead] = await cluster.deadLetters('e-order');
    expect(dead!.body).toBe('range');
    expect(caught).toEqual(['type']);
    expect(trace.steps).toEqual(['filter range true']);
  });
});

describe('enhancers of consumers that Nest does not make', () => {
  @Consumer({ group: 'e-factory', topic: 'e-guarded', ...IMPATIENT })
  class ByFactory {
    @OnMessage() @UseGuards(TenantGuard) on() {}
  }
  @Injectable()
  class Never implements CanActivate {
    canActivate(): boolean {
      return false;
    }
  }
  @Consumer({ group: 'e-instance', topic: 'e-instance', ...IMPATIENT })
  @UseGuards(new Never())
  class WithInstance {
    readonly seen: unknown[] = [];
    @OnMessage() on(body: unknown) {
      this.seen.push(body);
    }
  }

  it('are refused as classes, which Nest would leave out in silence', async () => {
    const providers = [TenantGuard, { provide: 'x', useFactory: () => new ByFactory() }];
    await expect(startApp(cluster, { providers })).rejects.toThrow(
      /ByFactory is provided by a value or a factory, and Nest makes TenantGuard only for classes it makes itself/,
    );
    @Consumer({ group: 'e-factory', topic: 'e-guarded', ...IMPATIENT })
    class WithPipe {
      @OnMessage() on(@Payload('id', ParseIntPipe) _id: number) {}
    }
    await expect(startApp(cluster, { providers: [{ provide: 'x', useValue: new WithPipe() }] })).rejects.toThrow(
      /Nest makes ParseIntPipe only for/,
    );
  });

  it('work as instances', async () => {
    await cluster.createTopic('e-instance');
    const consumer = new WithInstance();
    await using _started = await startApp(cluster, { providers: [{ provide: 'x', useValue: consumer }] });
    await cluster.send('e-instance', 1);
    await cluster.deadLetters('e-instance');
    expect(consumer.seen).toEqual([]);
  });
});
