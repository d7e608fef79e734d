import { getConsumerRunningInfo, notifyConsumerIdsChanged } from '@cometmq/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import type { ConsumerMember } from '../../src/client/members.js';
import type { RocketMQOptions } from '../../src/client/options.js';
import { DefaultProducer } from '../../src/producer/default-producer.js';
import { FakeCluster } from '../fake-cluster.js';

const open: (() => Promise<void>)[] = [];

async function setUp(options: Partial<RocketMQOptions> = {}, namesrv = ['ns:9876']) {
  const cluster = new FakeCluster(namesrv).broker('a', 'a:10911', 'a:10921').broker('b', 'b:10911');
  cluster.topic('orders', [
    { name: 'a', queues: 2 },
    { name: 'b', queues: 2 },
  ]);
  const instance = new ClientInstance(
    { namesrv: namesrv.map((address) => `memory://${address}`), ...options },
    cluster.ports,
  );
  open.push(async () => {
    await cluster.run(instance.close());
    await cluster.close();
  });
  return { cluster, instance };
}

function consumer(group: string): ConsumerMember {
  return {
    group,
    consumerData: () => ({
      groupName: group,
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      subscriptionDataSet: [],
      unitMode: false,
    }),
    health: async () => ({ group, running: true, queues: 0, inFlight: 0, lag: -1 }),
    close: async () => {},
  };
}

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

describe('start', () => {
  it('does no IO before it', async () => {
    const { cluster, instance } = await setUp();
    await cluster.clock.advance(1000);
    expect([cluster.dialed, instance.status.value.state]).toEqual([[], 'starting']);
  });

  it('needs a name server that answers and says which were asked', async () => {
    const { cluster, instance } = await setUp({}, ['n1:1', 'n2:2']);
    await cluster.kill('n1:1');
    await cluster.kill('n2:2');
    await expect(cluster.run(instance.start())).rejects.toMatchObject({
      code: 'NO_NAMESRV',
      retryable: true,
      message: expect.stringMatching(/n1:1.*n2:2/),
    });
    expect(instance.status.value.state).toBe('disconnected');
    cluster.down.clear();
    await cluster.clock.advance(10_000);
    await cluster.run(instance.start());
    expect(instance.status.value.state).toBe('connected');
  });

  it('refuses options that cannot be', () => {
    const { ports } = new FakeCluster();
    const made = (options: Partial<RocketMQOptions>) => () =>
      new ClientInstance({ namesrv: 'memory://a:1', ...options }, ports);
    expect(made({ namesrv: '' })).toThrow(/namesrv is empty/);
    expect(made({ heartbeatIntervalMs: 0 })).toThrow(/heartbeatIntervalMs/);
    expect(made({ requestTimeoutMs: Number.NaN })).toThrow(/requestTimeoutMs/);
    expect(made({ credentials: { accessKey: 'a', secretKey: '' } })).toThrow(/credentials/);
    expect(made({ trace: true })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('asks a resolver, at the start and every two minutes', async () => {
    const cluster = new FakeCluster(['n1:1', 'n2:2']);
    let addresses = ['memory://n1:1'];
    const instance = new ClientInstance({ namesrv: async () => addresses }, cluster.ports);
    open.push(() => cluster.run(instance.close()));
    await cluster.run(instance.start());
    addresses = ['memory://n2:2'];
    await cluster.kill('n1:1');
    await cluster.clock.advance(121_000);
    await cluster.run(instance.routes.forSubscribe('x'));
    expect(instance.nameServers.current).toBe('memory://n2:2');
  });

  it('says so when the resolver fails', async () => {
    const instance = new ClientInstance({ namesrv: () => Promise.reject(new Error('dns')) }, new FakeCluster().ports);
    await expect(instance.start()).rejects.toMatchObject({ code: 'NO_NAMESRV' });
  });
});

describe('name servers', () => {
  it('stays with one until it fails, then moves on', async () => {
    const { cluster, instance } = await setUp({}, ['n1:1', 'n2:2', 'n3:3']);
    await cluster.run(instance.start());
    const first = instance.nameServers.current!;
    for (let n = 0; n < 5; n++) await cluster.run(instance.routes.forSubscribe(`t${n}`));
    expect(instance.nameServers.current).toBe(first);
    await cluster.kill(first.slice('memory://'.length));
    await cluster.run(instance.routes.forSubscribe('u'));
    expect(instance.nameServers.current).not.toBe(first);
  });
});

describe('a route that is none', () => {
  it.each(['', 'null', '[]', '{"queueDatas":5}', '{', '\u0000\u0001'])(
    '%j is an error for who asks and leaves the known one',
    async (text) => {
      const { cluster, instance } = await setUp();
      await cluster.run(instance.start());
      const known = await cluster.run(instance.routes.forPublish('orders'));
      cluster.garbledRoute = Buffer.from(text);
      expect(await cluster.run(instance.routes.refresh('orders'))).toMatchObject({ topic: 'orders' });
      expect(await cluster.run(instance.routes.forPublish('orders'))).toBe(known);
      await expect(cluster.run(instance.routes.forPublish('other'))).rejects.toMatchObject({
        name: 'RocketMQError',
        code: expect.stringMatching(/PROTOCOL|NO_QUEUE/),
      });
    },
  );

  it('with an address that is none costs the queue, not the client', async () => {
    const { cluster, instance } = await setUp();
    cluster.brokers.set('x', { name: 'x', addresses: new Map([[0, 'no address']]) });
    cluster.topic('odd', [{ name: 'x', queues: 1 }]);
    await cluster.run(instance.start());
    instance.addConsumer(consumer('c'));
    expect((await cluster.run(instance.routes.forPublish('odd'))).queues).toHaveLength(1);
    await cluster.run(instance.heartbeat());
    await expect(cluster.run(new DefaultProducer({ instance }).send('odd', 1))).rejects.toMatchObject({
      name: 'RocketMQError',
      retryable: false,
    });
    await cluster.run(new DefaultProducer({ instance }).send('orders', 1));
  });
});

describe('heartbeats', () => {
  it('go to masters for producers and to every replica for consumers, again every 30 s', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    await cluster.run(instance.routes.forPublish('orders'));
    instance.addProducer({ group: 'p', close: async () => {} });
    await cluster.run(instance.heartbeat());
    expect(new Set(cluster.heartbeats.map(({ address }) => address))).toEqual(new Set(['a:10911', 'b:10911']));
    instance.addConsumer(consumer('c'));
    cluster.heartbeats.length = 0;
    await cluster.run(instance.heartbeat());
    expect(new Set(cluster.heartbeats.map(({ address }) => address))).toEqual(
      new Set(['a:10911', 'a:10921', 'b:10911']),
    );
    const { data } = cluster.heartbeats[0]!;
    expect([data.clientID, data.consumerDataSet[0]!.groupName, data.producerDataSet]).toEqual([
      instance.clientId,
      'c',
      [{ groupName: 'p' }],
    ]);
    expect(instance.brokers.version('memory://a:10911')).toBeGreaterThan(233);
    cluster.heartbeats.length = 0;
    await cluster.clock.advance(31_000);
    expect(cluster.heartbeats.length).toBeGreaterThanOrEqual(3);
  });

  it('tell a broker at once that is learned of, and over each new connection to it', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    instance.addConsumer(consumer('c'));
    await cluster.run(instance.routes.forSubscribe('orders'));
    await cluster.clock.advance(50);
    expect(new Set(cluster.heartbeats.map(({ address }) => address))).toEqual(
      new Set(['a:10911', 'a:10921', 'b:10911']),
    );
    cluster.heartbeats.length = 0;
    instance.remoting.disconnect('memory://b:10911');
    await cluster.clock.advance(10);
    await cluster.run(instance.remoting.connect('memory://b:10911'));
    await cluster.clock.advance(5);
    expect(cluster.heartbeats.map(({ address }) => address)).toEqual(['b:10911']);
  });

  it('are shared by those who ask while one is under way, and a later change is still told', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    await cluster.run(instance.routes.forSubscribe('orders'));
    instance.addConsumer(consumer('c1'));
    const first = instance.heartbeat();
    instance.addConsumer(consumer('c2'));
    await cluster.run(Promise.all([first, instance.heartbeat(), instance.heartbeat()]));
    const toB = cluster.heartbeats
      .filter(({ address }) => address === 'b:10911')
      .map(({ data }) => data.consumerDataSet.map(({ groupName }) => groupName));
    expect(toB.at(-1)).toEqual(['c1', 'c2']);
    expect(toB.length).toBeLessThanOrEqual(3);
  });

  it('say goodbye for the last of a group', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    await cluster.run(instance.routes.forSubscribe('orders'));
    const [one, two] = [
      { group: 'p', close: async () => {} },
      { group: 'p', close: async () => {} },
    ];
    instance.addProducer(one);
    instance.addProducer(two);
    await cluster.run(instance.removeProducer(one));
    expect(cluster.unregistered).toEqual([]);
    await cluster.run(instance.removeProducer(two));
    expect(cluster.unregistered).toHaveLength(3);
    expect(cluster.unregistered[0]).toMatchObject({ clientID: instance.clientId, producerGroup: 'p' });
  });

  it('a group has one consumer in a client', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    const first = consumer('c');
    instance.addConsumer(first);
    expect(() => instance.addConsumer(consumer('c'))).toThrow(/running consumer of group c already/);
    await cluster.run(instance.removeConsumer(consumer('c')));
    expect(() => instance.addConsumer(consumer('c'))).toThrow(/already/);
    await cluster.run(instance.removeConsumer(first));
    instance.addConsumer(consumer('c'));
  });
});

describe('status', () => {
  it('follows what is won and lost', async () => {
    const { cluster, instance } = await setUp();
    const states: string[] = [];
    instance.status.subscribe(({ state }) => states.push(state));
    await cluster.run(instance.start());
    await cluster.run(instance.routes.forSubscribe('orders'));
    instance.addConsumer(consumer('c'));
    await cluster.run(instance.heartbeat());
    expect(instance.status.value).toMatchObject({ state: 'connected', namesrv: 'ns:9876' });
    expect(instance.status.value.brokers).toContainEqual({ name: 'b', addr: 'b:10911', connected: true });
    await cluster.kill('b:10911');
    await cluster.clock.advance(31_000);
    expect(instance.status.value.state).toBe('degraded');
    await cluster.kill('ns:9876');
    await cluster.kill('a:10911');
    await cluster.kill('a:10921');
    await cluster.clock.advance(61_000);
    expect(instance.status.value.state).toBe('disconnected');
    cluster.down.clear();
    await cluster.clock.advance(61_000);
    expect(instance.status.value.state).toBe('connected');
    await cluster.run(instance.close());
    expect(states.at(-1)).toBe('closed');
  });
});

describe('requests of servers', () => {
  it('reach everybody who listens, and the first answer counts', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    await cluster.run(instance.remoting.connect('memory://b:10911'));
    await cluster.clock.advance(5);
    const heard: string[] = [];
    const stop = instance.serverRequests.on(
      notifyConsumerIdsChanged,
      ({ header }) => void heard.push(`1 ${header.consumerGroup}`),
    );
    instance.serverRequests.on(notifyConsumerIdsChanged, ({ header }) => void heard.push(`2 ${header.consumerGroup}`));
    const [connection] = cluster.connections('b:10911');
    connection!.oneway(notifyConsumerIdsChanged, { consumerGroup: 'g' });
    await cluster.clock.advance(5);
    expect(heard).toEqual(['1 g', '2 g']);
    stop();
    connection!.oneway(notifyConsumerIdsChanged, { consumerGroup: 'h' });
    await cluster.clock.advance(5);
    expect(heard).toEqual(['1 g', '2 g', '2 h']);

    const header = { consumerGroup: 'g', clientId: 'x', jstackEnable: false };
    expect(await cluster.run(connection!.request(getConsumerRunningInfo, header))).toMatchObject({ code: 1 });
    instance.serverRequests.on(getConsumerRunningInfo, () => undefined);
    instance.serverRequests.on(getConsumerRunningInfo, () => ({ code: 0, body: Buffer.from('{}') }));
    expect(await cluster.run(connection!.request(getConsumerRunningInfo, header))).toMatchObject({ code: 0 });
  });
});

describe('close', () => {
  it('is final', async () => {
    const { cluster, instance } = await setUp();
    await cluster.run(instance.start());
    await cluster.run(instance.close());
    await cluster.run(instance.close());
    await expect(instance.start()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(instance.invokeBroker('a', notifyConsumerIdsChanged, { consumerGroup: 'g' })).rejects.toMatchObject({
      code: 'NO_BROKER',
    });
    expect(() => instance.addConsumer(consumer('c'))).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});
