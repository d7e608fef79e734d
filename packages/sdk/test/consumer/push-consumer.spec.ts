import { describe, expect, it } from 'vitest';
import { committed, range, virtualClusters, type VirtualClient, type VirtualCluster } from './virtual-cluster.js';

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
