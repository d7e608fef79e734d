import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RocketMQ } from '@cometmq/sdk';
import { describe, expect, it } from 'vitest';
import { consume, embeddedServers, ids, type Order, sendOrders } from './servers.js';

const start = embeddedServers();

describe('a server in the test process', () => {
  it('takes messages, hands them to a consumer, and shows what is stored', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: number[] = [];
    await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id));
    await mq.producer().send<Order>('orders', { id: 7 }, { tags: 'created', keys: 'order-7' });
    await server.idle();
    expect(seen).toEqual([7]);
    const [stored, ...others] = await server.stored<Order>('orders');
    expect(others).toEqual([]);
    expect(stored).toMatchObject({ body: { id: 7 }, tags: 'created', keys: ['order-7'], topic: 'orders' });
    expect(await server.deadLetters('billing')).toEqual([]);
  });

  it('serves clients that are made with its options, on its time', async () => {
    const server = await start();
    const mq = new RocketMQ(server.clientOptions({ instanceName: 'mine' }));
    expect(mq.clientId).toMatch(/@mine$/);
    await mq.start();
    await sendOrders(mq, 1);
    const [message] = await server.stored('orders');
    expect(message!.bornAt).toEqual(message!.storedAt);
    expect(server.now().getTime()).toBeGreaterThanOrEqual(message!.storedAt.getTime());
    await mq.close();
  });

  it('makes a topic when somebody subscribes to it: the consumer has its queues at once', async () => {
    const server = await start({ queues: 3 });
    const mq = await server.connect();
    const consumer = mq.pushConsumer({ group: 'billing' });
    const owned: number[] = [];
    consumer.assignment$.subscribe((queues) => owned.push(queues.filter(({ topic }) => topic === 'orders').length));
    consumer.subscribe('orders', () => {});
    await consumer.start();
    expect(owned.at(-1)).toBe(3);
  });

  it('refuses unknown topics when that is wanted, until they are created', async () => {
    const server = await start({ autoCreateTopics: false });
    const mq = await server.connect();
    await expect(mq.producer().send('orders', {})).rejects.toMatchObject({ code: 'NO_ROUTE' });
    await server.createTopic('orders', { queues: 2, type: 'fifo' });
    await mq.producer().send('orders', {});
    expect(await server.stored('orders')).toHaveLength(1);
    const pull = mq.pullConsumer({ group: 'probe' });
    expect(await pull.queues('orders')).toHaveLength(2);
  });

  it('says why a topic cannot be created', async () => {
    const server = await start();
    await expect(server.createTopic('no blanks')).rejects.toThrow(/broker-a: .*topic/i);
    await expect(server.createTopic('orders', { queues: 70_000 })).rejects.toThrow(/readQueueNums/);
  });

  it('has as many brokers as wanted behind one name server', async () => {
    const server = await start({ brokers: 3, queues: 2 });
    const mq = await server.connect();
    const seen: number[] = [];
    await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id));
    await sendOrders(mq, 12);
    await server.idle();
    expect(seen.toSorted((a, b) => a - b)).toEqual(ids(12));
    const brokers = (await server.stored('orders')).map(({ queue }) => queue.brokerName);
    expect([...new Set(brokers)].sort()).toEqual(['broker-a', 'broker-b', 'broker-c']);
    expect((await server.stored<Order>('orders')).map(({ body }) => body.id).toSorted((a, b) => a - b)).toEqual(
      ids(12),
    );
  });

  it('knows nothing of others in the same process', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await sendOrders(await one.connect(), 2);
    await sendOrders(await two.connect(), 3);
    await one.advance('1h');
    expect(await one.stored('orders')).toHaveLength(2);
    expect(await two.stored('orders')).toHaveLength(3);
    expect(one.now().getTime() - two.now().getTime()).toBeGreaterThan(3_500_000);
  });

  it('lives beside dozens of others', async () => {
    const servers = await Promise.all(Array.from({ length: 24 }, () => start()));
    const dead = await Promise.all(
      servers.map(async (server, index) => {
        const mq = await server.connect();
        await consume<Order>(mq, 'orders', () => {
          throw new Error('never');
        });
        await sendOrders(mq, (index % 3) + 1);
        await server.advance('5h');
        return (await server.deadLetters('billing')).length;
      }),
    );
    expect(dead).toEqual(servers.map((_, index) => (index % 3) + 1));
  });

  it('gives the same run for the same seed', async () => {
    const run = async (seed: number) => {
      const server = await start({ seed, queues: 8 });
      await sendOrders(await server.connect(), 5);
      return (await server.stored('orders')).map(({ queue, queueOffset }) => `${queue.queueId}@${queueOffset}`);
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    const others = await Promise.all([run(6), run(7), run(8), run(9)]);
    expect(others.some((other) => other.join() !== first.join())).toBe(true);
  });

  it('closes the clients it made, stops once, and says so afterwards', async () => {
    const server = await start();
    const mq = await server.connect();
    await sendOrders(mq, 1);
    await Promise.all([server.stop(), server.stop()]);
    expect(mq.instance.state).toBe('closed');
    await expect(server.advance(1)).rejects.toThrow(/stopped/);
    await expect(server.idle()).rejects.toThrow(/stopped/);
    expect(() => server.fault({ kind: 'kill-broker' })).toThrow(/stopped/);
  });

  it('names the option that cannot be', async () => {
    await expect(start({ brokers: 0 })).rejects.toThrow(/brokers.*1 to 16/);
    await expect(start({ retryDelaysMs: [1500] })).rejects.toThrow(/retryDelaysMs.*1500/);
    await expect(start({ brokerProperties: { brokerId: 'x' } })).rejects.toThrow(/brokerId/);
    await expect(start({ brokers: 2, store: { dir: '/nowhere' } })).rejects.toThrow(/several need the memory store/);
  });
});

describe('with free ports', () => {
  it('serves clients on sockets, WebSocket and TCP, and leaps for them, too', async () => {
    const server = await start({ transport: 'tcp' });
    expect(server.namesrv).toMatch(/^127\.0\.0\.1:\d+$/);
    await using web = await RocketMQ.connect({ namesrv: server.namesrv });
    await using tcp = await RocketMQ.connect({ namesrv: `tcp://${server.namesrv}` });
    const attempts: number[] = [];
    await consume<Order>(tcp, 'orders', ({ reconsumeTimes }) => {
      attempts.push(reconsumeTimes);
      throw new Error('not today');
    });
    await sendOrders(web, 1);
    await server.idle();
    expect(attempts).toEqual([0]);
    await server.advance('5h');
    expect(attempts).toEqual([0, ...ids(16)]);
    expect(await server.deadLetters('billing')).toHaveLength(1);
  });

  it('lets several run side by side', async () => {
    const servers = await Promise.all([start({ transport: 'tcp' }), start({ transport: 'tcp', time: 'real' })]);
    expect(new Set(servers.map(({ namesrv }) => namesrv)).size).toBe(2);
    for (const server of servers) {
      await sendOrders(await server.connect(), 1);
      expect(await server.stored('orders')).toHaveLength(1);
    }
  });
});

describe('with real time', () => {
  it('retries after the delays it is given, and cannot be advanced', async () => {
    const server = await start({ time: 'real', retryDelaysMs: [1000] });
    const mq = await server.connect();
    let attempts = 0;
    await consume<Order>(mq, 'orders', async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('once');
      await mq.producer().send('receipts', { attempts });
    });
    await sendOrders(mq, 1);
    expect((await server.waitFor<{ attempts: number }>('receipts')).body.attempts).toBe(2);
    await expect(server.advance('1s')).rejects.toThrow(/time is real/);
  });
});

describe('with a directory', () => {
  it('finds at the next start what the last one stored', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'cometmq-embedded-'));
    try {
      const first = await start({ store: { dir } });
      await sendOrders(await first.connect(), 3);
      await first.advance('10m');
      await first.stop();
      const second = await start({ store: { dir } });
      expect((await second.stored<Order>('orders')).map(({ body }) => body.id)).toEqual([1, 2, 3]);
      await second.killBroker();
      await second.restartBroker();
      expect(await second.stored('orders')).toHaveLength(3);
      await second.stop();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
