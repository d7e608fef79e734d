import {
  lockBatchMq,
  lockBatchRequestBody,
  lockBatchResponseBody,
  queryConsumerOffset,
  unlockBatchMq,
  unlockBatchRequestBody,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { type Random, randomInt, seededRandom } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import type { PushConsumerOptions } from '../../../src/consumer/consumer-options.js';
import type { PushConsumer } from '../../../src/consumer/push-consumer.js';
import type { MessageView } from '../../../src/message/message-view.js';
import { consume, type Handler, pause, queue } from '../orderly-members.js';
import { BROKER, range, type VirtualClient, virtualClusters, type VirtualCluster } from '../virtual-cluster.js';

const start = virtualClusters();

async function setUp(queues = 1, seed = 1) {
  const cluster = await start({ seed });
  const client = await cluster.client();
  await cluster.createTopic(client, 'orders', queues);
  return { cluster, client };
}

describe('the lock', () => {
  /** Another program takes our lock away. */
  async function steal(cluster: VirtualCluster, client: VirtualClient): Promise<boolean> {
    const body = (clientId: string) => ({ consumerGroup: 'g', clientId, mqSet: [queue], onlyThisBroker: false });
    const { instance } = client.mq;
    const unlock = { body: unlockBatchRequestBody.encode(body(instance.clientId)) };
    await cluster.run(instance.invokeBroker(BROKER, unlockBatchMq, {}, unlock));
    const lock = { body: lockBatchRequestBody.encode(body('thief')) };
    const answer = await cluster.run(instance.invokeBroker(BROKER, lockBatchMq, {}, lock));
    return lockBatchResponseBody.decode(answer.body).lockOKMQSet.length === 1;
  }

  it('once refused stops the queue until it is ours again, and then from where the other owner was', async () => {
    const { cluster, client } = await setUp();
    const thief = await cluster.client();
    await cluster.run(thief.mq.instance.routes.forSubscribe('orders'));
    const seen: unknown[] = [];
    const consumer = await consume(cluster, client, ({ body }) => void seen.push(body));
    await cluster.send(client, 'orders', [0]);
    await cluster.until(() => seen.length === 1, 1000);
    expect(await steal(cluster, client)).toBe(true);
    await cluster.until(() => !ownsQueue(consumer), 21_000);
    await cluster.send(client, 'orders', range(4, 1));
    await cluster.clock.advance(20_000);
    expect(seen).toEqual([0]);
    // The thief has consumed two messages and is gone.
    const offset = { consumerGroup: 'g', topic: 'orders', queueId: 0, commitOffset: 3 };
    await cluster.run(thief.mq.instance.invokeBroker(BROKER, updateConsumerOffset, offset));
    await cluster.until(() => seen.length === 3, 60_000);
    expect(seen).toEqual([0, 3, 4]);
  });

  it('is kept as long as a handler runs, although the queue has been given to another', async () => {
    const { cluster, client } = await setUp(2);
    const other = await cluster.client();
    for (const queueId of range(2)) await cluster.send(client, 'orders', range(2), { queue: { ...queue, queueId } });
    const log: string[] = [];
    const handler =
      (name: string, of: VirtualClient): Handler =>
      async (message) => {
        const what = `${message.queue.queueId}:${message.body as number}`;
        log.push(`${name} ${what}`);
        if (name === 'a') await pause(of, 100_000);
        log.push(`${name} ${what} done`);
      };
    const a = await consume(cluster, client, handler('a', client));
    await cluster.until(() => log.length === 2, 1000);
    await consume(cluster, other, handler('b', other));
    await cluster.clock.advance(99_000);
    expect(log).toEqual(['a 0:0', 'a 1:0']);
    await cluster.clock.advance(3000);
    // One queue was handed over where the handler had come to, the other one goes on.
    const handed = log.filter((line) => line.startsWith('b'));
    expect(handed).toHaveLength(2);
    expect(handed[0]).toMatch(/^b \d:1$/);
    expect(a.group).toBe('g');
  });

  it('is taken again after the connection broke, without a message twice', async () => {
    const { cluster, client } = await setUp(2);
    const seen: unknown[] = [];
    await consume(cluster, client, async ({ body }) => {
      await pause(client, 100);
      seen.push(body);
    });
    await cluster.send(client, 'orders', range(10));
    for (let round = 0; round < 5; round += 1) {
      await cluster.clock.advance(130);
      cluster.network.reset(client.host.name, '10.0.0.1');
    }
    await cluster.until(() => seen.length === 10, 20_000);
    await cluster.clock.advance(5000);
    expect(seen.toSorted((one, two) => Number(one) - Number(two))).toEqual(range(10));
  });

  it('is not believed in when the broker has restarted, until the broker confirms it', async () => {
    const { cluster, client } = await setUp(1);
    const other = await cluster.client();
    const log: string[] = [];
    const busy = new Set<string>();
    const handler =
      (name: string, of: VirtualClient): Handler =>
      async (message) => {
        if (busy.size > 0) log.push(`${name} beside ${[...busy].join()}`);
        busy.add(name);
        await pause(of, 300);
        busy.delete(name);
        log.push(`${name} ${message.body as number}`);
      };
    const { clientId } = client.mq;
    const allocate: PushConsumerOptions['allocate'] = (_group, id, queues, ids) =>
      id === (ids.includes(clientId) ? clientId : ids[0]) ? [...queues] : [];
    await consume(cluster, client, handler('a', client), { allocate });
    await consume(cluster, other, handler('b', other), { allocate });
    await cluster.send(client, 'orders', range(60));
    await cluster.until(() => log.includes('a 9'), 10_000);
    // The owner of the queue comes back later than the other member, to whom the new broker gives the lock.
    await cluster.stopServer();
    cluster.network.cut(client.host.name, '10.0.0.1');
    await cluster.startServer();
    await cluster.until(() => log.some((line) => line.startsWith('b')), 20_000);
    await cluster.clock.advance(2000);
    cluster.network.healAll();
    await cluster.until(() => log.includes('a 59'), 60_000);
    expect(log.filter((line) => line.includes('beside'))).toEqual([]);
    // Going back is allowed once, to what the broker knew.
    const order = log.map((line) => Number(line.slice(2)));
    expect(order.filter((body, n) => n > 0 && body !== order[n - 1]! + 1).length).toBeLessThanOrEqual(1);
    expect(new Set(order)).toEqual(new Set(range(60)));
  });

  it('is in doubt with a new connection: the broker may have restarted behind one that only fell silent', async () => {
    const { cluster, client } = await setUp(1);
    const other = await cluster.client();
    const log: string[] = [];
    const handler =
      (name: string): Handler =>
      ({ body }) =>
        void log.push(`${name}${body as number}`);
    await consume(cluster, client, handler('a'));
    await cluster.send(other, 'orders', range(3));
    await cluster.until(() => log.length === 3, 5000);
    const stored = async () => {
      const header = { consumerGroup: 'g', topic: 'orders', queueId: 0, setZeroIfNotFound: false };
      const answer = await cluster.run(other.mq.instance.invokeBroker(BROKER, queryConsumerOffset, header));
      return answer.header?.offset ?? -1;
    };
    await cluster.until(() => cluster.clock.monotonic() >= 19_000, 19_000);
    // The next renewal gets no answer; then the server loses its power, so that nothing ends the connection.
    cluster.network.cut('10.0.0.1', client.host.name);
    await cluster.clock.advance(3000);
    cluster.crashServer('power');
    await cluster.startServer();
    cluster.network.reset(other.host.name, '10.0.0.1');
    await cluster.clock.advance(100);
    const second = await consume(cluster, other, handler('b'), { allocate: (_group, _id, queues) => [...queues] });
    await cluster.send(other, 'orders', range(3, 3));
    await cluster.until(() => log.includes('b5'), 5000);
    await cluster.run(second.close());
    expect(await stored()).toBe(6);
    cluster.network.healAll();
    await cluster.clock.advance(2000);
    await cluster.send(other, 'orders', [6]);
    await cluster.until(() => log.includes('a6'), 60_000);
    expect(log.filter((line) => line.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a6']);
    for (let round = 0; round < 10; round += 1) {
      await cluster.clock.advance(1000);
      expect(await stored()).toBeGreaterThanOrEqual(6);
    }
  });

  it.each(range(6))(
    'that nobody could confirm for long may have been another’s meanwhile: the queue goes on where that one was (%i)',
    async (n) => {
      const { cluster, client } = await setUp(1);
      const other = await cluster.client();
      const log: string[] = [];
      const handler =
        (name: string, of: VirtualClient, ms: number): Handler =>
        async ({ body }) => {
          await pause(of, ms);
          log.push(`${name}${body as number}`);
        };
      let owner = client.mq.clientId;
      const allocate: PushConsumerOptions['allocate'] = (_group, id, queues) => (id === owner ? [...queues] : []);
      await consume(cluster, client, handler('a', client, 7000), { allocate });
      await consume(cluster, other, handler('b', other, 10), { allocate });
      await cluster.send(other, 'orders', range(10));
      await cluster.until(() => log.includes('a0'), 20_000);
      cluster.network.refuse('10.0.0.1');
      cluster.network.reset(client.host.name, '10.0.0.1');
      owner = other.mq.clientId;
      await cluster.until(() => log.includes('b9'), 100_000, 50);
      owner = client.mq.clientId;
      await cluster.clock.advance(25_000 + n * 700);
      await cluster.send(other, 'orders', [10]);
      cluster.network.refuse('10.0.0.1', false);
      await cluster.until(() => log.includes('a10'), 60_000);
      expect(log.filter((line) => line.startsWith('a'))).toEqual(['a0', 'a1', 'a10']);
    },
  );
});

const ownsQueue = (consumer: PushConsumer): boolean => {
  let owned = false;
  consumer.assignment$.subscribe((queues) => (owned = queues.some(({ topic }) => topic === 'orders'))).unsubscribe();
  return owned;
};

describe('membership changes', () => {
  /** Who works on a queue, and how far it is. */
  class Checker {
    readonly faults: string[] = [];
    readonly seen = new Set<string>();
    readonly #running = new Map<number, { readonly client: VirtualClient; readonly offset: number }>();
    readonly #done = new Map<number, { readonly client: VirtualClient; readonly offset: number }>();
    readonly dead = new Set<VirtualClient>();

    begin(client: VirtualClient, { queue: { queueId }, queueOffset }: MessageView): void {
      const running = this.#running.get(queueId);
      if (running !== undefined && !this.dead.has(running.client))
        this.faults.push(
          `${queueId}@${queueOffset} of ${client.host.name} beside ${running.offset} of ${running.client.host.name}`,
        );
      const done = this.#done.get(queueId);
      const expected = done === undefined ? 0 : done.offset + 1;
      // Only a member that died may leave progress behind that nobody knows of.
      const back = queueOffset < expected && done !== undefined && this.dead.has(done.client);
      if (queueOffset !== expected && !back) this.faults.push(`${queueId}@${queueOffset} instead of ${expected}`);
      this.#running.set(queueId, { client, offset: queueOffset });
    }

    end(client: VirtualClient, { queue: { queueId }, queueOffset }: MessageView): void {
      this.#running.delete(queueId);
      this.#done.set(queueId, { client, offset: queueOffset });
      this.seen.add(`${queueId}@${queueOffset}`);
    }
  }

  async function change(
    cluster: VirtualCluster,
    random: Random,
    members: { client: VirtualClient; consumer: PushConsumer }[],
    checker: Checker,
    joinOne: () => Promise<void>,
  ) {
    const what = members.length < 2 ? 0 : randomInt(random, 5);
    if (what <= 1 && members.length < 6) return joinOne();
    const [member] = members.splice(randomInt(random, members.length), 1);
    if (member === undefined) return;
    if (what === 2) {
      checker.dead.add(member.client);
      cluster.kill(member.client);
    } else if (what === 3) {
      members.push(member);
      cluster.network.reset(member.client.host.name, '10.0.0.1');
    } else await cluster.run(member.consumer.close());
  }

  it.each([1, 2, 3])(
    'keep the order of each queue and one owner at a time (seed %i)',
    async (seed) => {
      const { cluster, client: sender } = await setUp(6, seed);
      const random = seededRandom(seed);
      const checker = new Checker();
      const members: { client: VirtualClient; consumer: PushConsumer }[] = [];
      const joinOne = async () => {
        const client = await cluster.client();
        const consumer = await consume(cluster, client, async (message) => {
          checker.begin(client, message);
          await pause(client, randomInt(random, 40) === 0 ? 25_000 : randomInt(random, 200));
          checker.end(client, message);
        });
        members.push({ client, consumer });
      };
      await joinOne();
      let sent = 0;
      for (let round = 0; round < 30; round += 1) {
        for (const queueId of range(6))
          await cluster.send(sender, 'orders', range(2), { queue: { ...queue, queueId } });
        sent += 12;
        await change(cluster, random, members, checker, joinOne);
        await cluster.clock.advance(randomInt(random, 3000));
      }
      await cluster.until(() => checker.seen.size === sent, 600_000, 50);
      expect(checker.faults).toEqual([]);
    },
    120_000,
  );
});
