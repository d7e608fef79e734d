import { randomInt, seededRandom } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import type { PushConsumerOptions } from '../../../src/consumer/consumer-options.js';
import type { PushConsumer } from '../../../src/consumer/push-consumer.js';
import { retry } from '../../../src/message/consume-result.js';
import { queueKey } from '../../../src/message/message-queue.js';
import { range, virtualClusters, type VirtualClient, type VirtualCluster } from '../virtual-cluster.js';

const start = virtualClusters();

interface Member {
  readonly client: VirtualClient;
  readonly consumer: PushConsumer;
  owned: string[];
}

async function join(
  cluster: VirtualCluster,
  options: Partial<PushConsumerOptions> = {},
  handler: (body: unknown) => unknown = () => {},
): Promise<Member> {
  const client = await cluster.client();
  const consumer = client.mq.pushConsumer({ group: 'g', consumeFrom: 'first', ...options });
  const member: Member = { client, consumer, owned: [] };
  consumer.subscribe('orders', ({ body }) => handler(body) as undefined);
  consumer.assignment$.subscribe((queues) => {
    member.owned = queues.filter(({ topic }) => topic === 'orders').map(queueKey);
  });
  await cluster.run(consumer.start());
  return member;
}

/** Moves time until each queue has one owner and the members own as many as told. */
function shared(cluster: VirtualCluster, members: readonly Member[], sizes: readonly number[], limitMs = 5000) {
  return cluster.until(() => {
    const all = members.flatMap(({ owned }) => owned);
    return (
      new Set(all).size === all.length &&
      JSON.stringify(members.map(({ owned }) => owned.length).sort()) === JSON.stringify([...sizes].sort())
    );
  }, limitMs);
}

async function setUp(queues = 8) {
  const cluster = await start();
  await cluster.createTopic(await cluster.client(), 'orders', queues);
  return cluster;
}

describe.each(['concurrent', 'orderly'] as const)('the members of a group (%s)', (mode) => {
  it('share the queues anew within a second when one joins or leaves', async () => {
    const cluster = await setUp();
    const members = [await join(cluster, { mode })];
    expect(await shared(cluster, members, [8])).toBeLessThan(50);
    members.push(await join(cluster, { mode }));
    expect(await shared(cluster, members, [4, 4])).toBeLessThan(1000);
    members.push(await join(cluster, { mode }));
    expect(await shared(cluster, members, [3, 3, 2])).toBeLessThan(1000);
    const [gone] = members.splice(0, 1);
    await cluster.run(gone!.consumer.close());
    expect(await shared(cluster, members, [4, 4])).toBeLessThan(1000);
  });

  it('lose nothing while members come and go, each message once when nobody dies', async () => {
    const cluster = await setUp();
    const sender = await cluster.client();
    const seen: unknown[] = [];
    const take = (body: unknown) => void seen.push(body);
    const members = [await join(cluster, { mode }, take)];
    let sent = 0;
    for (let round = 0; round < 12; round += 1) {
      await cluster.send(sender, 'orders', range(6, sent));
      sent += 6;
      if (round % 3 === 2) await cluster.run(members.shift()!.consumer.close());
      else members.push(await join(cluster, { mode }, take));
      await cluster.clock.advance(40);
    }
    await cluster.until(() => new Set(seen).size === sent, 10_000);
    expect(new Set(seen)).toEqual(new Set(range(sent)));
    // A queue that changes hands under a concurrent consumer may repeat what is not stored yet; an orderly one does not.
    if (mode === 'orderly') expect(seen).toHaveLength(sent);
  });
});

describe('a group whose members die, lose connections and brokers', () => {
  it.each([1, 2, 3])(
    'loses nothing (seed %i)',
    async (seed) => {
      const cluster = await start({ seed });
      const sender = await cluster.client();
      await cluster.createTopic(sender, 'orders', 8);
      const random = seededRandom(seed);
      const seen = new Set<unknown>();
      const handled = (body: unknown) => {
        if (randomInt(random, 10) === 0) return retry({ level: 1 });
        seen.add(body);
        return undefined;
      };
      const members = [await join(cluster, {}, handled)];
      let sent = 0;
      for (let round = 0; round < 20; round += 1) {
        await cluster.send(sender, 'orders', range(10, sent));
        sent += 10;
        const what = randomInt(random, 4);
        const victim = members[randomInt(random, members.length)]!;
        if (what === 0 && members.length > 1) {
          members.splice(members.indexOf(victim), 1);
          cluster.kill(victim.client);
        } else if (what === 1) cluster.network.reset(victim.client.host.name, '10.0.0.1');
        else if (what === 2 && round % 4 === 0) {
          await cluster.stopServer();
          await cluster.clock.advance(randomInt(random, 3000));
          await cluster.startServer();
          // The sender finds the broker again.
          await cluster.clock.advance(3000);
        } else members.push(await join(cluster, {}, handled));
        await cluster.clock.advance(randomInt(random, 1000));
      }
      await cluster.until(() => seen.size === sent, 300_000, 50);
    },
    60_000,
  );
});

describe('a member that dies', () => {
  it('is followed at once by the others', async () => {
    const cluster = await setUp();
    const members = [await join(cluster), await join(cluster), await join(cluster)];
    await shared(cluster, members, [3, 3, 2]);
    const [dead] = members.splice(1, 1);
    cluster.kill(dead!.client);
    expect(await shared(cluster, members, [4, 4])).toBeLessThan(1000);
  });

  it('without a word (power loss) is followed when the broker has given it up', async () => {
    const cluster = await setUp();
    const members = [await join(cluster), await join(cluster)];
    await shared(cluster, members, [4, 4]);
    const [dead] = members.splice(0, 1);
    cluster.kill(dead!.client, 'power');
    expect(await shared(cluster, members, [8], 200_000)).toBeGreaterThan(60_000);
  });

  it('leaves the locks of its queues behind until they expire', async () => {
    const cluster = await setUp(4);
    const sender = await cluster.client();
    const seen: unknown[] = [];
    const first = await join(cluster, { mode: 'orderly' });
    await shared(cluster, [first], [4]);
    const second = await join(cluster, { mode: 'orderly' }, (body) => void seen.push(body));
    await shared(cluster, [first, second], [2, 2]);
    cluster.kill(first.client);
    await cluster.send(sender, 'orders', range(12));
    const tookMs = await shared(cluster, [second], [4], 70_000);
    expect(tookMs).toBeGreaterThan(20_000);
    await cluster.until(() => seen.length === 12, 2000);
  });
});

describe('a member without a queue', () => {
  it('is back at a broker that restarted as soon as the others', async () => {
    const cluster = await setUp(1);
    const members = [await join(cluster), await join(cluster)];
    await shared(cluster, members, [1, 0]);
    await cluster.stopServer();
    await cluster.clock.advance(3000);
    await cluster.startServer();
    await cluster.clock.advance(3000);
    const owner = members.findIndex(({ owned }) => owned.length === 1);
    const [dead] = members.splice(owner, 1);
    cluster.kill(dead!.client);
    expect(await shared(cluster, members, [1])).toBeLessThan(1000);
  });
});

describe('the share', () => {
  it('stays when no broker can tell the members', async () => {
    const cluster = await setUp();
    const member = await join(cluster);
    await shared(cluster, [member], [8]);
    cluster.crashServer();
    await cluster.clock.advance(60_000);
    expect(member.owned).toHaveLength(8);
    await cluster.startServer();
    await cluster.clock.advance(5000);
    expect(member.owned).toHaveLength(8);
  });

  it('is what a strategy of the user says; what it should not say is passed over', async () => {
    const cluster = await setUp(4);
    const stranger = { topic: 'orders', brokerName: 'elsewhere', queueId: 7 };
    const member = await join(cluster, {
      allocate: (_group, _id, queues) => [
        ...queues.filter(({ queueId }) => queueId > 1).map((queue) => ({ ...queue })),
        stranger,
      ],
    });
    await cluster.clock.advance(100);
    expect(member.owned).toEqual(['orders@broker-a@2', 'orders@broker-a@3']);
    const broken = await join(cluster, {
      group: 'h',
      allocate: () => {
        throw new Error('mine');
      },
    });
    await cluster.clock.advance(5000);
    expect(broken.owned).toEqual([]);
    expect(broken.client.log.some(({ message }) => message.includes('assigning the queues of a topic failed'))).toBe(
      true,
    );
  });

  it('follows a topic that gets more queues', async () => {
    const cluster = await setUp(2);
    const member = await join(cluster);
    await shared(cluster, [member], [2]);
    await cluster.createTopic(member.client, 'orders', 6);
    await shared(cluster, [member], [6], 40_000);
  });

  it.each(['circle', 'consistent-hash', 'machine-room-nearby'] as const)('is complete with %s', async (allocate) => {
    const cluster = await setUp(16);
    const members = [await join(cluster, { allocate }), await join(cluster, { allocate })];
    await cluster.until(() => {
      const all = members.flatMap(({ owned }) => owned);
      return all.length === 16 && new Set(all).size === 16;
    }, 5000);
  });
});
