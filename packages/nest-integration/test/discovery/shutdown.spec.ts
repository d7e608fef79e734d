import { Controller, Global, Injectable, Module, type OnModuleDestroy, Scope, type Type } from '@nestjs/common';
import { Consumer, OnBatch, OnMessage, Producer, Send, type Sender } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQModule } from '../../src/index.js';
import { startApp, type TestAppOptions } from '../test-app.js';
import { startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

/** What handlers use, until it is destroyed. */
@Injectable()
class Pool implements OnModuleDestroy {
  state: 'open' | 'closed' = 'open';
  readonly queries: string[] = [];
  readonly steps: string[] = [];
  async query(text: string): Promise<void> {
    this.queries.push(`${text} ${this.state}`);
    this.steps.push(`query ${text}`);
  }
  onModuleDestroy(): void {
    this.steps.push('pool closed');
    this.state = 'closed';
  }
}

const gate = { open: () => {}, passed: Promise.resolve(), entered: 0 };
function shutGate(): void {
  gate.entered = 0;
  gate.passed = new Promise((resolve) => (gate.open = resolve));
}

/** A consumer whose handler stands still in the middle, and is found using the pool after that. */
function slowConsumer(group: string, ...decorators: ClassDecorator[]): Type<unknown> {
  @Consumer({ group, topic: group, consumeFrom: 'first', concurrency: 1 })
  class Slow {
    @Send({ topic: 'z-sent' }) readonly out!: Sender<string>;
    constructor(readonly pool: Pool) {}
    @OnMessage() async on(body: string): Promise<void> {
      gate.entered += 1;
      await gate.passed;
      await this.pool.query(body);
      await this.out(body);
    }
    onModuleDestroy(): void {
      this.pool.steps.push('consumer destroyed');
    }
  }
  for (const decorator of decorators) decorator(Slow);
  return Slow;
}

/** Closes an application while a handler runs; the pool's log, and how many messages the handler's group has left. */
async function closeWhileHandling(group: string, metadata: TestAppOptions): Promise<Pool> {
  shutGate();
  await cluster.createTopic(group, 'z-sent');
  const { app } = await startApp(cluster, metadata);
  const pool = app.get(Pool, { strict: false });
  await cluster.send(group, group);
  await until(() => gate.entered === 1);
  let closed = false;
  const closing = app.close().then(() => (closed = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(closed).toBe(false);
  expect(pool.state).toBe('open');
  gate.open();
  await closing;
  expect(pool.state).toBe('closed');
  return pool;
}

@Module({ providers: [Pool], exports: [Pool] })
class PoolModule {}

@Global()
@Module({ providers: [Pool], exports: [Pool] })
class GlobalPoolModule {}

describe('closing waits for running handlers before what they use is destroyed', () => {
  const expected = (group: string) => [`query ${group}`, 'consumer destroyed', 'pool closed'];

  it('in another module that the consumer imports', async () => {
    @Module({ imports: [PoolModule], providers: [slowConsumer('z-import')] })
    class Consumers {}
    // The pool's module comes first here: the order of imports does not matter.
    const pool = await closeWhileHandling('z-import', { imports: [PoolModule, Consumers] });
    expect(pool.queries).toEqual(['z-import open']);
    expect(pool.steps).toEqual(expected('z-import'));
  });

  it('in a global module', async () => {
    const pool = await closeWhileHandling('z-global', {
      imports: [GlobalPoolModule],
      providers: [slowConsumer('z-global')],
    });
    expect(pool.queries).toEqual(['z-global open']);
    expect(pool.steps).toEqual(expected('z-global'));
  });

  it('in the module of the consumer itself', async () => {
    const pool = await closeWhileHandling('z-same', { providers: [Pool, slowConsumer('z-same')] });
    expect(pool.queries).toEqual(['z-same open']);
    expect(pool.steps[0]).toBe('query z-same');
  });

  it('when the consumer is a controller', async () => {
    const controller = slowConsumer('z-controller', Controller('z'));
    const pool = await closeWhileHandling('z-controller', { imports: [PoolModule], controllers: [controller] });
    expect(pool.queries).toEqual(['z-controller open']);
    expect(pool.steps).toEqual(expected('z-controller'));
  });

  it('when the consumer is made per message', async () => {
    const consumer = slowConsumer('z-scoped', Injectable({ scope: Scope.REQUEST }));
    @Module({ imports: [PoolModule], providers: [consumer] })
    class Consumers {}
    const pool = await closeWhileHandling('z-scoped', { imports: [Consumers] });
    expect(pool.queries).toEqual(['z-scoped open']);
    expect(pool.steps).toEqual(['query z-scoped', 'pool closed']);
  });

  it('and what the handler sends is sent', async () => {
    const all = await cluster.stored<string>('z-sent', 5);
    expect(all.map(({ body }) => body).toSorted()).toEqual([
      'z-controller',
      'z-global',
      'z-import',
      'z-same',
      'z-scoped',
    ]);
  });

  it('commits what was handled: the next start goes on behind it', async () => {
    await cluster.send('z-same', 'next');
    @Consumer({ group: 'z-same', topic: 'z-same', consumeFrom: 'first' })
    class Next {
      readonly seen: unknown[] = [];
      @OnMessage() on(body: unknown) {
        this.seen.push(body);
      }
    }
    await using started = await startApp(cluster, { providers: [Next] });
    await until(() => started.app.get(Next).seen.length > 0);
    expect(started.app.get(Next).seen).toEqual(['next']);
  });
});

describe('closing', () => {
  it('gives up after shutdownTimeoutMs: the signal fires, and the message comes again', async () => {
    await cluster.createTopic('z-stuck');
    let signal: AbortSignal | undefined;
    @Consumer({ group: 'z-stuck', topic: 'z-stuck', consumeFrom: 'first' })
    class Stuck {
      @OnBatch() async on(_bodies: unknown, _messages: unknown, context: { signal: AbortSignal }) {
        ({ signal } = context);
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      }
    }
    const { app } = await startApp(cluster, { providers: [Stuck], rocketmq: { shutdownTimeoutMs: 50 } });
    await cluster.send('z-stuck', 1);
    await until(() => signal !== undefined);
    await app.close();
    expect(signal!.aborted).toBe(true);
    @Consumer({ group: 'z-stuck', topic: 'z-stuck', consumeFrom: 'first' })
    class Next {
      readonly seen: unknown[] = [];
      @OnMessage() on(body: unknown) {
        this.seen.push(body);
      }
    }
    await using started = await startApp(cluster, { providers: [Next] });
    await until(() => started.app.get(Next).seen.length > 0);
  });

  it('leaves producers open until everybody has been told of the end', async () => {
    await cluster.createTopic('z-last');
    @Producer({ topic: 'z-last' })
    class Events {
      @Send() readonly said!: Sender<string>;
    }
    @Injectable()
    class LastWords {
      constructor(
        readonly events: Events,
        readonly producer: Producer,
      ) {}
      async onModuleDestroy() {
        await this.events.said('destroy');
      }
      async beforeApplicationShutdown() {
        await this.producer.send('z-last', 'before shutdown');
      }
      async onApplicationShutdown() {
        await this.events.said('shutdown');
      }
    }
    const { app, log } = await startApp(cluster, { providers: [Events, LastWords] });
    const events = app.get(Events);
    await app.close();
    const said = await cluster.stored('z-last', 3);
    expect(said.map(({ body }) => body)).toEqual(['destroy', 'before shutdown', 'shutdown']);
    await expect(events.said('too late')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('happens once, also when it is asked for twice', async () => {
    const { app } = await startApp(cluster, {
      imports: [RocketMQModule.forRoot({ name: 'b', namesrv: cluster.namesrv })],
    });
    await Promise.all([app.close(), app.close()]);
    await app.close();
  });
});
