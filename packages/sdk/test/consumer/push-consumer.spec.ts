import { updateConsumerOffset } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import type { Tracing } from '../../src/client/tracing.js';
import { RocketMQ } from '../../src/client/rocketmq.js';
import { retry } from '../../src/message/consume-result.js';
import {
  BROKER,
  committed,
  range,
  virtualClusters,
  type VirtualClient,
  type VirtualCluster,
} from './virtual-cluster.js';

const start = virtualClusters();

async function setUp(topic = 'orders', queues = 1): Promise<{ cluster: VirtualCluster; client: VirtualClient }> {
  const cluster = await start();
  const client = await cluster.client();
  await cluster.createTopic(client, topic, queues);
  return { cluster, client };
}

const sleepOf = (cluster: VirtualCluster, ms: number) =>
  new Promise<void>((resolve) => void cluster.clock.schedule(ms, resolve));

describe('start', () => {
  it('needs a subscription, happens once, and may follow a failure', async () => {
    const { cluster, client } = await setUp();
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    await expect(cluster.run(consumer.start())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const got: unknown[] = [];
    consumer.subscribe('orders', (message) => void got.push(message.body));
    await cluster.run(Promise.all([consumer.start(), consumer.start()]));
    await cluster.send(client, 'orders', ['x']);
    await cluster.until(() => got.length === 1, 1000);
  });

  it('is refused for a second consumer of the group in one client', async () => {
    const { cluster, client } = await setUp();
    const [one, two] = ['g', 'g'].map((group) => client.mq.pushConsumer({ group }).subscribe('orders', () => {}));
    await cluster.run(one!.start());
    await expect(cluster.run(two!.start())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await cluster.run(one!.close());
    await cluster.run(two!.start());
  });

  it('is given up at once by a close, and nothing of it stays', async () => {
    const { cluster, client } = await setUp();
    cluster.network.cut(client.host.name, '10.0.0.1');
    const consumer = client.mq.pushConsumer({ group: 'g' }).subscribe('orders', () => {});
    const starting = consumer.start();
    starting.catch(() => {});
    await cluster.clock.advance(10);
    const closing = consumer.close();
    await cluster.clock.advance(10);
    await expect(starting).rejects.toMatchObject({ code: 'CLOSED' });
    await cluster.run(closing);
    cluster.network.healAll();
    await cluster.clock.advance(60_000);
    expect((await cluster.run(client.mq.health())).consumers).toEqual([]);
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => consumer.subscribe('more', () => {})).toThrow(/closed/);
  });

  it.each([
    [{ concurrency: 0 }, /concurrency.*between 1/],
    [{ concurrency: 1.5 }, /concurrency.*whole number/],
    [{ mode: 'ordered' as 'orderly' }, /mode.*concurrent, orderly/],
    [{ allocate: 'fair' as 'circle' }, /allocate.*averagely/],
    [{ consumeFrom: { timestamp: new Date(Number.NaN) } }, /consumeFrom.timestamp/],
    [{ consumeFrom: 'begin' as 'first' }, /consumeFrom.*last, first/],
    [{ group: 'a b' }, /group/],
    [{ suspendMs: 1 }, /suspendMs/],
  ])('refuses options that make no sense: %j', async (options, problem) => {
    const { mq } = await (await start()).client();
    expect(() => mq.pushConsumer({ group: 'g', ...options })).toThrow(problem);
  });

  it('refuses subscriptions that make no sense', async () => {
    const { client } = await setUp();
    const consumer = client.mq.pushConsumer({ group: 'g' });
    const subscribe = (subscription: Parameters<typeof consumer.subscribe>[0]) => () =>
      consumer.subscribe(subscription, () => {});
    expect(subscribe('')).toThrow(/topic has no name/);
    expect(subscribe({ topic: 't', filter: ' || ' })).toThrow(/names no tag/);
    expect(subscribe({ topic: 't', filter: { tags: [] } })).toThrow(/empty list of tags/);
    expect(subscribe({ topic: 't', filter: { sql: ' ' } })).toThrow(/empty SQL/);
    subscribe({ topic: 't', filter: 'a || b' })();
    expect(subscribe({ topic: 't', filter: 'b || c' })).toThrow(/tag b/);
    expect(subscribe({ topic: 't', filter: { sql: 'x > 1' } })).toThrow(/SQL/);
    subscribe('t')();
    expect(subscribe('t')).toThrow(/all messages/);
    expect(() => consumer.subscribeBatch('u', () => {}, { size: 0 })).toThrow(/size/);
    expect(() => consumer.messages('u', { maxInFlight: 0 })).toThrow(/maxInFlight/);
  });
});

describe('subscriptions', () => {
  it('find their handlers by tag, and messages nobody wants are passed over', async () => {
    const { cluster, client } = await setUp();
    // The broker filters by hash: Aa and BB have the same.
    for (const tags of ['Aa', 'BB', 'other', 'c']) await cluster.send(client, 'orders', [tags], { tags });
    await cluster.send(client, 'orders', ['none']);
    const seen: string[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe(
      { topic: 'orders', filter: { tags: 'Aa' } },
      ({ body }) => void seen.push(`a ${body as string}`),
    );
    consumer.subscribe({ topic: 'orders', filter: 'c || d' }, ({ body }) => void seen.push(`c ${body as string}`));
    await cluster.run(consumer.start());
    await cluster.until(() => seen.length === 2, 1000);
    await cluster.clock.advance(1000);
    expect(seen.toSorted()).toEqual(['a Aa', 'c c']);
    consumer.subscribe('orders', ({ body }) => void seen.push(`rest ${body as string}`));
    await cluster.clock.advance(100);
    await cluster.send(client, 'orders', ['later'], { tags: 'other' });
    await cluster.until(() => seen.length === 3, 1000);
    expect(seen[2]).toBe('rest later');
    await cluster.run(consumer.close());
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([6]);
  });

  it('may be added while the consumer starts and while it runs', async () => {
    const { cluster, client } = await setUp('one');
    for (const topic of ['two', 'three']) await cluster.createTopic(client, topic, 2);
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('one', ({ topic }) => void seen.push(topic));
    const starting = consumer.start();
    consumer.subscribe('two', ({ topic }) => void seen.push(topic));
    await cluster.run(starting);
    consumer.subscribe('three', ({ topic }) => void seen.push(topic));
    await cluster.clock.advance(200);
    for (const topic of ['one', 'two', 'three']) await cluster.send(client, topic, ['x']);
    await cluster.until(() => seen.length === 3, 500);
    expect(seen).toEqual(['one', 'two', 'three']);
  });

  it('are followed within a second when their topic is created later, without asking for other topics meanwhile', async () => {
    const { cluster, client } = await setUp('there');
    const other = await cluster.client();
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('there', () => {}).subscribe('not-yet', ({ body }) => void seen.push(body));
    await cluster.run(consumer.start());
    let asked = 0;
    const { instance } = client.mq;
    const invoke = instance.invokeBroker.bind(instance);
    instance.invokeBroker = ((...args: Parameters<typeof invoke>) => {
      if (args[1].name === 'GET_CONSUMER_LIST_BY_GROUP') asked += 1;
      return invoke(...args);
    }) as typeof invoke;
    await cluster.clock.advance(9_500);
    expect(asked).toBe(0);
    await cluster.send(other, 'not-yet', ['first of all']);
    expect(await cluster.until(() => seen.length === 1, 5000)).toBeLessThan(1300);
  });

  it('see all of a topic they are the first to learn a broker from', async () => {
    const cluster = await start();
    const client = await cluster.client();
    const other = await cluster.client();
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('not-yet', ({ body }) => void seen.push(body));
    await cluster.run(consumer.start());
    await cluster.clock.advance(5000);
    await cluster.send(other, 'not-yet', ['x']);
    expect(await cluster.until(() => seen.length === 1, 5000)).toBeLessThan(1300);
  });
});

describe('suspend', () => {
  it('brings nothing more, not even from a pull under way, until resume', async () => {
    const { cluster, client } = await setUp();
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', ({ body }) => void seen.push(body));
    await cluster.run(consumer.start());
    await cluster.clock.advance(1000);
    consumer.suspend();
    await cluster.send(client, 'orders', [1]);
    await cluster.clock.advance(60_000);
    expect(seen).toEqual([]);
    consumer.resume();
    await cluster.until(() => seen.length === 1, 100);
    consumer.suspend();
    consumer.resume();
    await cluster.send(client, 'orders', [2]);
    await cluster.until(() => seen.length === 2, 100);
  });

  it('holds from the start when it was asked for before', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', [1]);
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', ({ body }) => void seen.push(body));
    consumer.suspend();
    await cluster.run(consumer.start());
    await cluster.clock.advance(5000);
    expect(seen).toEqual([]);
    consumer.resume();
    await cluster.until(() => seen.length === 1, 100);
  });
});

describe('close', () => {
  it('waits for running handlers, starts no other, commits and leaves', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(5));
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first', concurrency: 2 });
    consumer.subscribe('orders', async ({ body }) => {
      await sleepOf(cluster, 3000);
      seen.push(body);
    });
    await cluster.run(consumer.start());
    await cluster.clock.advance(500);
    const before = cluster.clock.monotonic();
    await cluster.run(consumer.close());
    expect(cluster.clock.monotonic() - before).toBeLessThan(2700);
    expect(seen).toEqual([0, 1]);
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([2]);
    expect((await cluster.run(client.mq.health())).consumers).toEqual([]);
  });

  it('gives up on handlers after timeoutMs: their signal fires and their messages come again', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', ['x']);
    let signal: AbortSignal | undefined;
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', (_message, context) => {
      signal = context.signal;
      return new Promise<void>(() => {});
    });
    await cluster.run(consumer.start());
    await cluster.until(() => signal !== undefined, 1000);
    const before = cluster.clock.monotonic();
    await cluster.run(consumer.close({ timeoutMs: 1000 }));
    expect(cluster.clock.monotonic() - before).toBeLessThan(1100);
    expect(signal!.aborted).toBe(true);
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([0]);
  });

  it('is not held up by pulls under way, and does not leave timers behind', async () => {
    const { cluster, client } = await setUp('orders', 8);
    await cluster.run(client.mq.health());
    const timers = cluster.clock.pendingTimers;
    const consumer = client.mq.pushConsumer({ group: 'g' }).subscribe('orders', () => {});
    await cluster.run(consumer.start());
    await cluster.clock.advance(2000);
    const before = cluster.clock.monotonic();
    await cluster.run(consumer.close());
    expect(cluster.clock.monotonic() - before).toBeLessThan(50);
    // Those of the broker that holds pulls end by themselves.
    await cluster.clock.advance(40_000);
    expect(cluster.clock.pendingTimers).toBeLessThanOrEqual(timers + 1);
  });

  it('of the client closes its consumers', async () => {
    const { cluster, client } = await setUp();
    const consumer = client.mq.pushConsumer({ group: 'g' }).subscribe('orders', () => {});
    await cluster.run(consumer.start());
    await cluster.run(client.mq.close());
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CLOSED' });
    await cluster.run(consumer.close());
  });
});

describe('offsets', () => {
  it('go on where the group was, and start where consumeFrom says', async () => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(3));
    const consume = async (group: string, consumeFrom: 'first' | { timestamp: Date }) => {
      const seen: unknown[] = [];
      const consumer = client.mq.pushConsumer({ group, consumeFrom });
      consumer.subscribe('orders', ({ body }) => void seen.push(body));
      await cluster.run(consumer.start());
      await cluster.clock.advance(1000);
      await cluster.run(consumer.close());
      return seen;
    };
    expect(await consume('g', 'first')).toEqual([0, 1, 2]);
    expect(await consume('g', 'first')).toEqual([]);
    const then = new Date(cluster.clock.now() + 1);
    await cluster.clock.advance(1000);
    await cluster.send(client, 'orders', [3]);
    expect(await consume('h', { timestamp: then })).toEqual([3]);
    expect(await consume('g', 'first')).toEqual([3]);
  });

  it.each([1000, 5])('beyond the queue (%i) are put right, and what comes next is consumed', async (offset) => {
    const { cluster, client } = await setUp();
    await cluster.send(client, 'orders', range(3));
    const seen: unknown[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', ({ body }) => void seen.push(body));
    const first = client.mq.pushConsumer({ group: 'g' }).subscribe('orders', () => {});
    await cluster.run(first.start());
    await cluster.run(first.close());
    const header = { consumerGroup: 'g', topic: 'orders', queueId: 0, commitOffset: offset };
    await cluster.run(client.mq.instance.invokeBroker(BROKER, updateConsumerOffset, header));
    await cluster.run(consumer.start());
    await cluster.clock.advance(500);
    await cluster.send(client, 'orders', ['next']);
    await cluster.until(() => seen.includes('next'), 5000);
    expect(seen).toEqual(['next']);
    expect(client.log.some(({ message }) => message.includes('not in its queue any more'))).toBe(true);
  });
});

describe('a broker that restarts', () => {
  it('is found again within seconds, and nothing is lost', async () => {
    const { cluster, client } = await setUp('orders', 4);
    const seen = new Set<unknown>();
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', ({ body }) => void seen.add(body));
    await cluster.run(consumer.start());
    await cluster.send(client, 'orders', range(8));
    await cluster.until(() => seen.size === 8, 1000);
    await cluster.stopServer();
    await cluster.clock.advance(5000);
    await cluster.startServer();
    const other = await cluster.client();
    await cluster.send(other, 'orders', range(8, 8));
    expect(await cluster.until(() => seen.size === 16, 30_000)).toBeLessThan(6000);
    await cluster.run(consumer.close());
    const offsets = await committed(cluster, client, 'g', 'orders');
    expect(offsets.reduce<number>((sum, offset) => sum + offset!, 0)).toBe(16);
  });
});

describe('broadcasting', () => {
  it('gives every instance every message; one that fails is skipped', async () => {
    const { cluster, client } = await setUp('news', 2);
    const other = await cluster.client();
    const seen: string[] = [];
    for (const [name, { mq }] of Object.entries({ a: client, b: other })) {
      const consumer = mq.pushConsumer({ group: 'g', model: 'broadcasting', consumeFrom: 'first' });
      consumer.subscribe('news', ({ body }) => {
        seen.push(`${name}${body as number}`);
        if (body === 1) return retry();
        return undefined;
      });
      consumer.on('deadLetter', ({ message }) => void seen.push(`${name} skips ${message.body as number}`));
      await cluster.run(consumer.start());
    }
    await cluster.send(client, 'news', range(3));
    await cluster.clock.advance(60_000);
    expect(seen.toSorted()).toEqual(['a skips 1', 'a0', 'a1', 'a2', 'b skips 1', 'b0', 'b1', 'b2']);
  });

  it('keeps the offsets of an instance that has a name, in a file', async () => {
    const cluster = await start();
    const client = await cluster.client({ instanceName: 'display-1' });
    await cluster.createTopic(client, 'news', 2);
    const consume = async () => {
      const seen: unknown[] = [];
      const consumer = client.mq.pushConsumer({
        group: 'g',
        model: 'broadcasting',
        consumeFrom: 'first',
        offsetsDir: '/off',
      });
      consumer.subscribe('news', ({ body }) => void seen.push(body));
      await cluster.run(consumer.start());
      await cluster.clock.advance(1000);
      await cluster.run(consumer.close());
      return seen.toSorted();
    };
    await cluster.send(client, 'news', range(3));
    expect(await consume()).toEqual([0, 1, 2]);
    await cluster.send(client, 'news', [3]);
    expect(await consume()).toEqual([3]);
    const file = client.host.disk.readFileSync(`/off/${client.mq.clientId}/g/offsets.json`);
    expect(String(Buffer.from(file!))).toMatch(
      /^\{"offsetTable":\{\{"brokerName":"broker-a","queueId":\d,"topic":"news"\}:/,
    );
  });
});

describe('what is told of a consumer', () => {
  it('health: queues, what runs, how far it is behind', async () => {
    const { cluster, client } = await setUp('orders', 2);
    await cluster.send(client, 'orders', range(10));
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first', concurrency: 3 });
    consumer.subscribe('orders', () => new Promise<void>(() => {}));
    await cluster.run(consumer.start());
    await cluster.clock.advance(2500);
    const [health] = (await cluster.run(client.mq.health({ lag: true }))).consumers;
    expect(health).toEqual({ group: 'g', running: true, queues: 3, inFlight: 3, lag: 10 });
    expect((await cluster.run(client.mq.health())).consumers[0]!.lag).toBe(-1);
    cluster.crashServer();
    expect((await cluster.run(client.mq.health({ lag: true }))).consumers[0]!.lag).toBe(-1);
    await cluster.run(consumer.close({ timeoutMs: 10 }));
    await cluster.startServer();
  });

  it('assignments, as a stream and as events; a listener that throws harms nobody', async () => {
    const { cluster, client } = await setUp('orders', 2);
    const events: string[] = [];
    const sizes: number[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g' }).subscribe('orders', () => {});
    consumer.assignment$.subscribe((queues) => sizes.push(queues.filter(({ topic }) => topic === 'orders').length));
    consumer.on('assigned', () => {
      throw new Error('mine');
    });
    consumer.on(
      'assigned',
      ({ queues }) =>
        void events.push(
          `+${queues
            .map(({ topic }) => topic)
            .sort()
            .join(' ')}`,
        ),
    );
    consumer.on('revoked', ({ queues }) => void events.push(`-${queues.length}`));
    await cluster.run(consumer.start());
    await cluster.clock.advance(2000);
    await cluster.run(consumer.close());
    expect(events).toEqual(['+%RETRY%g orders orders', '-3']);
    expect(sizes).toEqual([0, 2, 0]);
  });

  it('hooks, tracing and metrics see each message and what became of it', async () => {
    const told: string[] = [];
    const cluster = await start();
    const tracing: Tracing = {
      send: { heard: false, trace: (operation) => operation() },
      consume: {
        heard: true,
        async trace(operation, { group, message }) {
          told.push(`trace ${group} ${message.body as string}`);
          return operation().catch((error: unknown) => {
            told.push(`trace failed ${(error as Error).message}`);
            throw error;
          });
        },
      },
    };
    const plain = await cluster.client();
    const mq = new RocketMQ(
      {
        namesrv: cluster.address,
        hooks: {
          async consume(message, next) {
            told.push(`before ${message.body as string}`);
            const verdict = await next();
            told.push(`after ${JSON.stringify(verdict)}`);
            return message.body === 'veto' ? retry({ level: 5 }) : verdict;
          },
        },
        metrics: {
          count: (name, by, labels) => void told.push(`${name} ${by} ${labels['topic']} ${labels['outcome']}`),
          time: () => {},
        },
      },
      { ...plain.host, tracing },
    );
    await cluster.run(mq.start());
    await cluster.createTopic(plain, 'orders', 1);
    const consumer = mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    let again = 0;
    consumer.subscribe('orders', ({ body }) => {
      if (body === 'bad') throw new Error('no');
    });
    consumer.on('retry', () => void (again += 1));
    await cluster.run(consumer.start());
    for (const body of ['ok', 'veto', 'bad']) {
      await cluster.send(plain, 'orders', [body]);
      await cluster.clock.advance(100);
    }
    expect(told).toEqual([
      'before ok',
      'trace g ok',
      'rocketmq_client_consumes_total 1 orders ack',
      'after {"action":"ack"}',
      'before veto',
      'trace g veto',
      'rocketmq_client_consumes_total 1 orders ack',
      'after {"action":"ack"}',
      'before bad',
      'trace g bad',
      'rocketmq_client_consumes_total 1 orders error',
      'trace failed no',
    ]);
    expect(again).toBe(2);
    await cluster.run(mq.close());
  });
});

describe('in a namespace', () => {
  it('users see their own names only', async () => {
    const cluster = await start();
    const client = await cluster.client({ namespace: 'shop' });
    await cluster.send(client, 'orders', ['x']);
    const seen: string[] = [];
    const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first' });
    consumer.subscribe('orders', (message, context) => {
      seen.push(`${message.topic} ${message.originTopic} ${context.group} ${context.attempt}`);
      return context.attempt === 1 ? retry({ level: 1 }) : undefined;
    });
    await cluster.run(consumer.start());
    await cluster.until(() => seen.length === 2, 10_000);
    expect(seen).toEqual(['orders orders g 1', 'orders orders g 2']);
    expect((await cluster.run(client.mq.health())).consumers[0]!.group).toBe('g');
  });
});
