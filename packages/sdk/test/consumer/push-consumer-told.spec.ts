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
