import { pullMessage, records } from '@cometmq/protocol';
import type { MessageView, RocketMQ } from '@cometmq/sdk';
import { describe, expect, it } from 'vitest';
import type { EmbeddedRocketMQ } from '../../src/testing/embedded-rocketmq.js';
import type { Fault } from '../../src/testing/faults/fault.js';
import { consume, embeddedServers, ids, type Order, sendOrders } from './servers.js';

const start = embeddedServers();
const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

/** What one group sees of ten orders while a fault goes on. */
async function seenWith(fault: Fault, options: { readonly seed?: number } = {}) {
  const server = await start({ seed: 1, ...options });
  const mq = await server.connect();
  const seen: number[] = [];
  const messages: MessageView<Order>[] = [];
  await consume<Order>(
    mq,
    'orders',
    (message) => {
      seen.push(message.body.id);
      messages.push(message);
    },
    { concurrency: 1 },
  );
  const active = server.fault(fault);
  const producer = mq.producer();
  for (const id of ids(10)) await producer.send<Order>('orders', { id }, { shardingKey: 'one', keys: String(id) });
  return { server, mq, seen, messages, active };
}

describe('faults of deliveries', () => {
  it('duplicate: the same message comes a second time, to one group', async () => {
    const { active, messages, seen, server } = await seenWith({ kind: 'duplicate', group: 'billing' });
    await server.idle();
    expect(sorted(seen)).toEqual(sorted([...ids(10), ...ids(10)]));
    const twice = messages.filter(({ body }) => body.id === 4);
    expect(twice.map(({ msgId }) => msgId)).toEqual([twice[0]!.msgId, twice[0]!.msgId]);
    expect(twice.map(({ topic }) => topic)).toEqual(['orders', 'orders']);
    expect(twice.map(({ reconsumeTimes }) => reconsumeTimes)).toEqual([0, 0]);
    expect(active.hits.map(({ message }) => message?.keys[0])).toEqual(ids(10).map(String));
    expect(await server.stored('orders')).toHaveLength(10);
  });

  it('reorder: later messages come first, and none is lost', async () => {
    const { seen, server } = await seenWith({ kind: 'reorder', times: 1 });
    await server.idle();
    expect(sorted(seen)).toEqual(ids(10));
    expect(seen[0]).not.toBe(1);
    expect(seen.indexOf(1)).toBeGreaterThanOrEqual(3);
  });

  it('delay and drop: the message comes when time has passed, once', async () => {
    for (const kind of ['delay', 'drop'] as const) {
      const { seen, server } = await seenWith({ kind, match: ({ keys }) => keys[0] === '5', after: '1h' });
      await server.advance('59m');
      expect(seen).toEqual(ids(10).filter((id) => id !== 5));
      await server.advance('1m');
      expect(seen.at(-1)).toBe(5);
      await server.idle();
      expect(sorted(seen)).toEqual(ids(10));
    }
  });

  it('resend: the message stands twice in its queue', async () => {
    const { active, seen, server } = await seenWith({ kind: 'resend', chance: 0.5 });
    await server.idle();
    const stored = await server.stored<Order>('orders');
    expect(stored).toHaveLength(10 + active.hits.length);
    expect(active.hits.length).toBeGreaterThan(0);
    expect(seen).toEqual(stored.map(({ body }) => body.id));
    const resent = active.hits.map(({ message }) => message?.msgId);
    for (const id of resent) expect(stored.filter(({ msgId }) => msgId === id)).toHaveLength(2);
  });

  it('idle waits for what is held back, and the error of one that gives up names it', async () => {
    const { seen, server } = await seenWith({ kind: 'delay', after: '2h' });
    await server.idle();
    expect(sorted(seen)).toEqual(ids(10));
    await server.stop();
  });

  it('meets those that the seed chooses, whatever happens around them', async () => {
    const hits = async (seed: number) => {
      const { active, server } = await seenWith({ kind: 'duplicate', chance: 0.4, seed });
      await server.idle();
      return active.hits.map(({ message }) => message?.keys[0]).join();
    };
    const first = await hits(7);
    expect(await hits(7)).toBe(first);
    const others = [await hits(8), await hits(9), await hits(10)];
    expect(others.some((other) => other !== first)).toBe(true);
    expect(first).not.toBe(ids(10).join());
  });

  it('leaves other groups, other topics and orderly groups alone', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: Record<string, number[]> = { billing: [], mailing: [], ordered: [] };
    const note = (group: string) => (message: MessageView<Order>) => void seen[group]!.push(message.body.id);
    await consume(mq, 'orders', note('billing'), { group: 'billing' });
    await consume(mq, 'orders', note('mailing'), { group: 'mailing' });
    await consume(mq, 'orders', note('ordered'), { group: 'ordered', mode: 'orderly' });
    server.fault({ kind: 'duplicate', group: 'billing' });
    const others = [server.fault({ kind: 'delay', group: 'ordered' }), server.fault({ kind: 'drop', topic: 'others' })];
    await sendOrders(mq, 2);
    await server.idle();
    expect(sorted(seen['billing']!)).toEqual([1, 1, 2, 2]);
    expect(sorted(seen['mailing']!)).toEqual([1, 2]);
    expect(sorted(seen['ordered']!)).toEqual([1, 2]);
    expect(others.flatMap(({ hits }) => hits)).toEqual([]);
  });

  it('holds a message back once, however often it is pulled', async () => {
    const { active, mq, seen, server } = await seenWith({ kind: 'delay', times: 2, after: '1h' });
    await server.advance('1s');
    const [{ queue } = { queue: undefined }] = await server.stored('orders');
    const header = {
      consumerGroup: 'billing',
      topic: 'orders',
      queueId: queue!.queueId,
      queueOffset: 0,
      maxMsgNums: 32,
      sysFlag: 0,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
    };
    for (let pull = 0; pull < 3; pull += 1) {
      const { body } = await mq.instance.invokeBroker('broker-a', pullMessage, header);
      expect([...records(body)].map(({ queueOffset }) => queueOffset)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(active.hits).toHaveLength(2);
    await server.advance('1h');
    expect(sorted(seen)).toEqual(ids(10));
  });

  it('ends with stop, and loses nothing that is held back when the broker dies', async () => {
    const { active, mq, seen, server } = await seenWith({ kind: 'drop', after: '20m' });
    await active.stop();
    await active.stop();
    await sendOrders(mq, 1, 'orders');
    await server.advance('1s');
    expect(seen).toEqual([1]);
    await server.killBroker();
    await server.advance('30m');
    await server.restartBroker();
    await server.advance('1m');
    expect(new Set(seen)).toEqual(new Set(ids(10)));
  });

  it('refuses what cannot be, by name', async () => {
    const server = await start();
    expect(() => server.fault({ kind: 'duplicate', chance: 2 })).toThrow(/chance.*2/);
    expect(() => server.fault({ kind: 'delay', after: 'later' })).toThrow(/"later" is no duration/);
    expect(() => server.fault({ kind: 'drop', times: 0 })).toThrow(/times/);
    expect(() => server.fault({ kind: 'kill-broker', broker: 'broker-z' })).toThrow(/broker-z; there is broker-a/);
    expect(() => server.fault({ kind: 'flood' } as unknown as Fault)).toThrow(/flood/);
  });
});

async function shop(
  options?: Parameters<typeof start>[0],
): Promise<{ server: EmbeddedRocketMQ; mq: RocketMQ; seen: number[] }> {
  const server = await start(options);
  const mq = await server.connect();
  const seen: number[] = [];
  await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id));
  return { server, mq, seen };
}

describe('faults of brokers', () => {
  it('kill-broker: what was acknowledged is there after the restart, and consumers go on', async () => {
    const { mq, seen, server } = await shop();
    await sendOrders(mq, 3);
    const fault = server.fault({ kind: 'kill-broker' });
    await expect(mq.producer({ retries: 0, sendTimeoutMs: 50 }).send('orders', { id: 99 })).rejects.toMatchObject({
      retryable: true,
    });
    await fault.stop();
    await mq.producer().send<Order>('orders', { id: 4 });
    await server.idle();
    expect(new Set(seen)).toEqual(new Set([1, 2, 3, 4]));
    expect((await server.stored<Order>('orders')).map(({ body }) => body.id)).toEqual([1, 2, 3, 4]);
  });

  it('kill-broker on sockets: their connections end with it, and the same port is there again', async () => {
    const { mq, seen, server } = await shop({ transport: 'tcp' });
    await sendOrders(mq, 1);
    await server.idle();
    await server.killBroker();
    await server.restartBroker();
    const send = mq.producer({ retries: 2, sendTimeoutMs: 1000 }).send<Order>('orders', { id: 2 });
    expect(await send).toMatchObject({ status: 'SEND_OK' });
    await server.idle();
    expect(new Set(seen)).toEqual(new Set([1, 2]));
  });

  it('kill-broker with downFor: it comes back by itself; a producer with another broker does not notice', async () => {
    const { mq, server } = await shop({ brokers: 2 });
    server.fault({ kind: 'kill-broker', broker: 'broker-a', downFor: '1m' });
    await sendOrders(mq, 4);
    expect(new Set((await server.stored('orders')).map(({ queue }) => queue.brokerName))).toEqual(
      new Set(['broker-b']),
    );
    await server.advance('61s');
    await server.createTopic('again');
    await sendOrders(mq, 8, 'again');
    expect(new Set((await server.stored('again')).map(({ queue }) => queue.brokerName))).toEqual(
      new Set(['broker-a', 'broker-b']),
    );
  });

  it('kill-broker with every: again and again, when the seed wants it', async () => {
    const { seen, server, mq } = await shop();
    const fault = server.fault({ kind: 'kill-broker', every: '5m', downFor: '10s', seed: 3 });
    for (const id of ids(20)) {
      await server.advance('1m');
      await server.restartBroker();
      await mq.producer().send<Order>('orders', { id });
    }
    await fault.stop();
    await server.advance('2m');
    expect(fault.hits.length).toBeGreaterThanOrEqual(2);
    expect(new Set(seen)).toEqual(new Set(ids(20)));
  });

  it('cut-connection: clients come back by themselves, and nothing is lost', async () => {
    for (const transport of ['memory', 'tcp'] as const) {
      const { mq, seen, server } = await shop({ transport });
      await sendOrders(mq, 2);
      await server.idle();
      server.fault({ kind: 'cut-connection' });
      await mq.producer().send<Order>('orders', { id: 3 });
      await server.idle();
      expect(new Set(seen)).toEqual(new Set([1, 2, 3]));
    }
  });

  it('cut-connection with downFor: nobody gets in until it is over', async () => {
    const { mq, server } = await shop();
    const fault = server.fault({ kind: 'cut-connection', downFor: '1h' });
    const producer = mq.producer({ retries: 0, sendTimeoutMs: 50 });
    await expect(producer.send('orders', {})).rejects.toMatchObject({ retryable: true });
    await fault.stop();
    await server.advance('5s');
    await producer.send('orders', {});
  });

  it('full-disk: no message is taken, those that are there are given out, and space ends it', async () => {
    const { mq, seen, server } = await shop();
    await sendOrders(mq, 2);
    const fault = server.fault({ kind: 'full-disk' });
    await expect(mq.producer({ retries: 0 }).send('orders', { id: 3 })).rejects.toThrow(/disk full|no space/i);
    await server.idle();
    expect(sorted(seen)).toEqual([1, 2]);
    await fault.stop();
    await server.advance('5s');
    await mq.producer().send<Order>('orders', { id: 4 });
    await server.idle();
    expect(sorted(seen)).toEqual([1, 2, 4]);
  });
});
