import { afterEach, describe, expect, it } from 'vitest';
import type { ClientStatus } from '../../src/client/client-status.js';
import { RocketMQ } from '../../src/client/rocketmq.js';
import { FakeCluster } from '../fake-cluster.js';

const clusters: FakeCluster[] = [];

async function setUp() {
  const cluster = new FakeCluster().broker('a', 'a:10911').topic('orders', [{ name: 'a', queues: 1 }]);
  clusters.push(cluster);
  const mq = new RocketMQ({ namesrv: 'memory://ns:9876', instanceName: 'worker-1' }, cluster.ports);
  await cluster.run(mq.start());
  return { cluster, mq };
}

const member = (group: string, closed: string[], close?: () => Promise<void>) => ({
  group,
  consumerData: () => ({
    groupName: group,
    consumeType: 'CONSUME_PASSIVELY' as const,
    messageModel: 'CLUSTERING' as const,
    consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' as const,
    subscriptionDataSet: [],
    unitMode: false,
  }),
  health: async ({ lag }: { readonly lag: boolean }) => ({
    group,
    running: true,
    queues: 1,
    inFlight: 0,
    lag: lag ? 7 : -1,
  }),
  close: async (options?: { readonly timeoutMs?: number }) => {
    closed.push(`${group} ${options?.timeoutMs ?? ''}`);
    await close?.();
  },
});

afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

it('lives on the ports of its options when it is given none', async () => {
  const { cluster } = await setUp();
  const mq = new RocketMQ({ namesrv: 'memory://ns:9876', ports: cluster.ports });
  await cluster.run(mq.start());
  expect(mq.instance.clock).toBe(cluster.clock);
  await cluster.run(mq.close());
});

describe('closing', () => {
  it('goes from consumers over producers to sockets and tells the status', async () => {
    const { cluster, mq } = await setUp();
    const closed: string[] = [];
    const states: ClientStatus['state'][] = [];
    mq.status$.subscribe({ next: ({ state }) => states.push(state), complete: () => closed.push('status$') });
    mq.instance.addProducer({
      group: 'p',
      close: async () => void closed.push(`p, connections ${mq.instance.remoting.connections.size}`),
    });
    mq.instance.addConsumer(member('c1', closed));
    mq.instance.addConsumer(member('c2', closed));
    await cluster.run(mq.close({ timeoutMs: 5 }));
    expect(closed).toEqual(['c1 5', 'c2 5', 'p, connections 1', 'status$']);
    expect([states.at(0), states.at(-1)]).toEqual(['connected', 'closed']);
    expect(mq.instance.remoting.connections.size).toBe(0);
    await mq.close();
    await expect(mq.producer().send('orders', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(mq.start()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('goes on after a failure and throws it at the end', async () => {
    const { cluster, mq } = await setUp();
    const closed: string[] = [];
    mq.instance.addConsumer(member('c1', closed, () => Promise.reject(new Error('c1 is stuck'))));
    mq.instance.addProducer({ group: 'p', close: async () => void closed.push('p') });
    await expect(cluster.run(mq.close())).rejects.toThrow('c1 is stuck');
    expect(closed).toEqual(['c1 30000', 'p']);
    expect(mq.instance.state).toBe('closed');
    expect(cluster.clock.pendingTimers).toBe(0);
  });

  it('leaves no timer and no connection, whatever was used', async () => {
    const { cluster, mq } = await setUp();
    await cluster.run(mq.producer().send('orders', 1));
    const disposed = mq[Symbol.asyncDispose]();
    await cluster.run(disposed);
    await cluster.clock.advance(200_000);
    expect([cluster.clock.pendingTimers, cluster.connections('a:10911')]).toEqual([0, []]);
  });
});

describe('a client', () => {
  it('is known by its address and name', async () => {
    const { mq } = await setUp();
    expect(mq.clientId).toMatch(/^10\.\d+\.\d+\.\d+@worker-1$/);
  });

  it('has an id of its own without a name', () => {
    const { ports } = new FakeCluster();
    const ids = new Set(
      Array.from({ length: 10 }, () => new RocketMQ({ namesrv: 'memory://ns:9876' }, ports).clientId),
    );
    expect(ids.size).toBe(10);
  });

  it('tells the health of its consumers, the lag when asked', async () => {
    const { mq } = await setUp();
    mq.instance.addConsumer(member('c1', []));
    expect((await mq.health()).consumers).toMatchObject([{ group: 'c1', lag: -1 }]);
    expect(await mq.health({ lag: true })).toMatchObject({
      state: 'connected',
      namesrv: 'ns:9876',
      consumers: [{ lag: 7 }],
    });
  });

  it('says which version has what is not there yet', async () => {
    const { mq } = await setUp();
    const unsupported = expect.objectContaining({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('0.2') as string,
    });
    expect(() => mq.transactionProducer({ group: 'g', listener: {} as never })).toThrow(unsupported);
    expect(() => mq.simpleConsumer({ group: 'g', subscriptions: [] })).toThrow(unsupported);
  });

  it('refuses producers that cannot be', async () => {
    const { mq } = await setUp();
    for (const options of [{ group: 'a b' }, { retries: -1 }, { sendTimeoutMs: 0 }, { maxMessageSize: Number.NaN }]) {
      expect(() => mq.producer(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});
