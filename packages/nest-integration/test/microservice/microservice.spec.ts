import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  type INestMicroservice,
  UseFilters,
} from '@nestjs/common';
import { ClientProxy, Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { ack, reject, RejectMessageError, type RocketMQ, type SendResult } from '@cometmq/sdk';
import { EMPTY, firstValueFrom, mergeMap, of, throwError, timer } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ClientRocketMQ,
  ROCKETMQ_TRANSPORT,
  RocketMQContext,
  RocketMQRecordBuilder,
  ServerRocketMQ,
} from '../../src/microservice/index.js';
import { LogLines } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
let client: ClientRocketMQ;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('ms-events', 'ms-tagged', 'ms-objects', 'ms-fail');
  client = new ClientRocketMQ({ namesrv: cluster.namesrv });
});
afterAll(async () => {
  await client.close();
  await cluster.close();
});

interface Running extends AsyncDisposable {
  readonly app: INestMicroservice;
  readonly log: LogLines;
}

async function serve(strategy: ServerRocketMQ, ...controllers: (new () => unknown)[]): Promise<Running> {
  const log = new LogLines();
  const module = await Test.createTestingModule({ controllers }).setLogger(log).compile();
  const app = module.createNestMicroservice({ strategy, logger: log });
  try {
    await app.listen();
  } catch (error) {
    await app.close();
    throw error;
  }
  return { app, log, [Symbol.asyncDispose]: () => app.close() };
}

const strategy = (group: string) => new ServerRocketMQ({ namesrv: cluster.namesrv, group, consumer: IMPATIENT });

const seen: string[] = [];

@Controller()
class Events {
  @EventPattern('ms-events')
  plain(@Payload() body: string, @Ctx() context: unknown) {
    const rocketmq = context as RocketMQContext;
    seen.push(`plain ${body} ${rocketmq.getTopic()} ${rocketmq.getProperties()['tenant']}`);
  }
  @EventPattern<unknown>({ topic: 'ms-tagged', tags: 'a || b' })
  tagged(@Payload() body: string, @Ctx() context: RocketMQContext) {
    seen.push(`tagged ${body} ${context.getMessage().tags}`);
  }
  // A decorator for one transport among several.
  @EventPattern('ms-objects', ROCKETMQ_TRANSPORT)
  objects(@Payload() body: { id: string }) {
    seen.push(`object ${body.id}`);
  }
}

describe('events', () => {
  it('are emitted, and come to the patterns that name their topic and tags', async () => {
    await using _served = await serve(strategy('ms'), Events);
    const record = new RocketMQRecordBuilder('1')
      .setTags('t')
      .setKeys('k1', 'k2')
      .setShardingKey('s')
      .setProperties({ tenant: 'x' })
      .build();
    const sent = await firstValueFrom(client.emit<SendResult>('ms-events', record));
    expect(sent).toMatchObject({ status: 'SEND_OK' });
    await firstValueFrom(client.emit({ topic: 'ms-tagged', tags: 'a' }, '2'));
    await firstValueFrom(client.emit({ topic: 'ms-tagged', tags: 'nobody' }, '3'));
    await firstValueFrom(client.emit('ms-objects', { id: '4' }));
    await until(() => seen.length === 3);
    expect(seen.toSorted()).toEqual(['object 4', 'plain 1 ms-events x', 'tagged 2 a']);
    const [message] = await cluster.stored('ms-events');
    expect(message).toMatchObject({ tags: 't', keys: ['k1', 'k2'], shardingKey: 's' });
  });

  it('that fail come again, those that are rejected go to the dead letters; streams are awaited', async () => {
    const attempts: string[] = [];
    @Catch(TypeError)
    class Filter implements ExceptionFilter {
      catch(error: TypeError, _host: ArgumentsHost) {
        return of(reject(error.message));
      }
    }
    const once = (body: string) => {
      attempts.push(body);
      return attempts.filter((each) => each === body).length === 1;
    };
    @Controller()
    class Failing {
      @EventPattern('ms-fail') @UseFilters(Filter) on(@Payload() body: string): unknown {
        const first = once(body);
        if (body === 'throws' && first) throw new Error('thrown');
        if (body === 'stream fails later' && first)
          return timer(20).pipe(mergeMap(() => throwError(() => new Error('late'))));
        if (body === 'rejects') return reject('no');
        if (body === 'rejects in a stream') return of(ack(), reject('no'));
        if (body === 'filter rejects') throw new TypeError('no');
        if (body === 'rejects by exception') throw new RpcException(new RejectMessageError('no'));
        return EMPTY;
      }
    }
    const bodies = ['throws', 'stream fails later', 'rejects', 'rejects in a stream', 'filter rejects'];
    bodies.push('rejects by exception', 'empty');
    await using served = await serve(strategy('ms-fail'), Failing);
    for (const body of bodies) await firstValueFrom(client.emit('ms-fail', body));
    await until(() => attempts.includes('empty'));
    expect(attempts).toEqual([
      'throws',
      'throws',
      'stream fails later',
      'stream fails later',
      'rejects',
      'rejects in a stream',
      'filter rejects',
      'rejects by exception',
      'empty',
    ]);
    const dead = await cluster.deadLetters('ms-fail', 4);
    expect(dead.map(({ body }) => body)).toEqual(bodies.slice(2, 6));
    // Nest logs what it knows nothing about; of an RpcException nothing is lost, as its transport hears of it.
    const logged = served.log.lines.filter((line) => line.startsWith('error'));
    expect(logged).toEqual(['error Error: thrown', 'error Error: late']);
  });

  it('of several handlers of one pattern are done when all are: a failure counts, then a verdict', async () => {
    await cluster.createTopic('ms-two');
    let failures = 1;
    const got: string[] = [];
    @Controller()
    class One {
      @EventPattern('ms-two') on(@Payload() body: string) {
        got.push(`one ${body}`);
        return EMPTY;
      }
    }
    @Controller()
    class Two {
      @EventPattern('ms-two') async on(@Payload() body: string) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        got.push(`two ${body}`);
        if (failures-- > 0) throw new Error('once');
        return body === 'b' ? reject('not this one') : ack();
      }
    }
    await using _served = await serve(strategy('ms-two'), One, Two);
    await firstValueFrom(client.emit('ms-two', 'a'));
    await firstValueFrom(client.emit('ms-two', 'b'));
    expect((await cluster.deadLetters('ms-two'))[0]!.body).toBe('b');
    expect(got).toEqual(['one a', 'two a', 'one a', 'two a', 'one b', 'two b']);
  });
});

describe('requests', () => {
  it('are refused with the version that has them', async () => {
    @Controller()
    class Rpc {
      @MessagePattern('sum') sum() {
        return 0;
      }
    }
    await expect(serve(strategy('ms-rpc'), Rpc)).rejects.toThrow(
      /@MessagePattern \(sum\) needs request-reply, which comes with version 0\.2: until then take @EventPattern/,
    );
    await expect(firstValueFrom(client.send('sum', [1]))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('the strategy', () => {
  it('refuses patterns without a topic', async () => {
    @Controller()
    class Wrong {
      @EventPattern<unknown>({ cmd: 'x' }) on() {}
    }
    await expect(serve(strategy('ms-wrong'), Wrong)).rejects.toThrow(/pattern \{"cmd":"x"\} names no topic: take/);
    await expect(firstValueFrom(client.emit({ cmd: 'x' }, 1))).rejects.toThrow(/names no topic/);
  });

  it('tells its status, unwraps its client, and leaves one that was handed in open', async () => {
    const statuses: string[] = [];
    const own = new ServerRocketMQ({ client: cluster.client, group: 'ms-own', consumer: IMPATIENT });
    own.on('status', (status) => statuses.push(status));
    own.on('status', (status) => statuses.push(`again ${status}`));
    expect(() => own.on('error' as 'status', () => {})).toThrow(/there is no event 'error'/);
    const served = await serve(own, Events);
    expect(own.unwrap<RocketMQ>()).toBe(cluster.client);
    expect(await firstValueFrom(served.app.status)).toBe('connected');
    await served.app.close();
    expect(cluster.client.instance.state).toBe('started');
    expect(statuses).toEqual(['connected', 'again connected']);
  });

  it('runs handlers also where Nest has no processing hooks, as in its first versions 11', async () => {
    await cluster.createTopic('ms-hooks');
    const got: string[] = [];
    @Controller()
    class Plain {
      @EventPattern('ms-hooks') on(@Payload() body: string) {
        got.push(body);
      }
    }
    const own = strategy('ms-hooks');
    Object.defineProperty(own, 'onProcessingStartHook', { value: undefined });
    await using _served = await serve(own, Plain);
    await firstValueFrom(client.emit('ms-hooks', 'x'));
    await until(() => got.length === 1);
  });

  it('waits for running handlers when it closes', async () => {
    await cluster.createTopic('ms-slow');
    let open = () => {};
    const passed = new Promise<void>((resolve) => (open = resolve));
    const steps: string[] = [];
    @Controller()
    class Slow {
      @EventPattern('ms-slow') async on(@Payload() _body: unknown) {
        steps.push('begins');
        await passed;
        steps.push('ends');
      }
      onModuleDestroy() {
        steps.push('destroyed');
      }
    }
    const served = await serve(strategy('ms-slow'), Slow);
    await firstValueFrom(client.emit('ms-slow', 1));
    await until(() => steps.length === 1);
    const closing = served.app.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    open();
    await closing;
    expect(steps).toEqual(['begins', 'ends', 'destroyed']);
  });

  it('that cannot connect says so and leaves nothing open', async () => {
    const unreachable = new ServerRocketMQ({ namesrv: '127.0.0.1:1', requestTimeoutMs: 300, group: 'ms' });
    await expect(serve(unreachable, Events)).rejects.toMatchObject({ code: 'NO_NAMESRV' });
  });
});

describe('the client', () => {
  it('is a provider that closes with the application', async () => {
    const module = await Test.createTestingModule({
      providers: [{ provide: ClientProxy, useFactory: () => new ClientRocketMQ({ namesrv: cluster.namesrv }) }],
    }).compile();
    const app = module.createNestApplication();
    app.useLogger(new LogLines());
    await app.init();
    const proxy = app.get(ClientProxy);
    const statuses: string[] = [];
    proxy.status.subscribe((status) => statuses.push(status));
    await firstValueFrom(proxy.emit('ms-events', 'from a provider'));
    await app.close();
    expect(proxy.unwrap<RocketMQ>().instance.state).toBe('closed');
    expect(statuses).toEqual(['connected', 'closed']);
  });

  it('that got its client leaves it open', async () => {
    const other = new ClientRocketMQ({ client: cluster.client });
    await firstValueFrom(other.emit('ms-events', 'x'));
    await other.close();
    expect(cluster.client.instance.state).toBe('started');
  });
});
