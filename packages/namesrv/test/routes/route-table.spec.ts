import type { TopicConfig } from '@cometmq/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BrokerRegistration } from '../../src/routes/broker-registration.js';
import { RouteTable } from '../../src/routes/route-table.js';

const config = (topicName: string, perm = 6, queues = 4): TopicConfig => ({
  topicName,
  readQueueNums: queues,
  writeQueueNums: queues,
  perm,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
  attributes: new Map(),
});

const registration = (more: Partial<BrokerRegistration> = {}): BrokerRegistration => ({
  clusterName: 'C',
  brokerName: 'a',
  brokerAddr: 'a0:1',
  brokerId: 0,
  haServerAddr: 'a0:2',
  zoneName: undefined,
  enableActingMaster: undefined,
  dataVersion: { counter: 1, stateVersion: 0, timestamp: 1 },
  topics: [config('T1'), config('T2')],
  mappings: [],
  filterServers: [],
  ...more,
});

const version = (counter: number, stateVersion = 0) => ({ counter, stateVersion, timestamp: 1 });

describe('a registration', () => {
  it('makes routes', () => {
    const table = new RouteTable();
    expect(table.register(registration())).toMatchObject({ kind: 'registered', master: undefined, change: undefined });
    expect(table.route('T1')).toMatchObject({
      queues: [{ brokerName: 'a', perm: 6, readQueueNums: 4, writeQueueNums: 4, topicSysFlag: 0 }],
      groups: [{ brokerName: 'a', cluster: 'C' }],
    });
    expect(table.route('T9')).toBeUndefined();
    expect(table.topicsOfCluster('C')).toEqual(['T1', 'T2']);
    expect(table.topicsOfCluster('D')).toEqual([]);
  });

  it('changes nothing, not even the version, when it says the same again', () => {
    const table = new RouteTable();
    table.register(registration());
    const before = table.version;
    table.register(registration({ topics: [config('T1', 4), config('T2')] }));
    expect(table.version).toBe(before);
    expect(table.route('T1')?.queues[0]?.perm).toBe(6);
  });

  it('changes topics when its version has moved in any part', () => {
    const table = new RouteTable();
    table.register(registration());
    for (const [queues, dataVersion] of [
      [5, { counter: 2, stateVersion: 0, timestamp: 1 }],
      [6, { counter: 2, stateVersion: 1, timestamp: 1 }],
      [7, { counter: 2, stateVersion: 1, timestamp: 9 }],
      [8, { counter: 0, stateVersion: 1, timestamp: 0 }],
    ] as const) {
      table.register(registration({ dataVersion, topics: [config('T1', 6, queues)] }));
      expect(table.route('T1')?.queues[0]?.readQueueNums).toBe(queues);
    }
  });

  it('adds a topic that is new for the broker even with the same version', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ topics: [config('T3')] }));
    expect(table.route('T3')?.queues).toHaveLength(1);
  });

  it('keeps topics it does not name, unless told to delete them', () => {
    for (const deleteTopicWithBrokerRegistration of [false, true]) {
      const table = new RouteTable({ deleteTopicWithBrokerRegistration });
      table.register(registration());
      table.register(registration({ dataVersion: version(2), topics: [config('T2')] }));
      expect(table.route('T1') === undefined).toBe(deleteTopicWithBrokerRegistration);
      expect(table.route('T2')).toBeDefined();
    }
  });

  it('of one topic is refused from a broker that is not known, and leaves nothing behind', () => {
    const table = new RouteTable();
    expect(table.register(registration({ topics: [config('T1')] })).kind).toBe('refused');
    expect([table.groups.size, table.clusters.size, table.topics.size, table.version]).toEqual([0, 0, 0, 0]);
    expect(table.register(registration({ topics: [] })).kind).toBe('registered');
    expect(table.register(registration({ topics: [config('T1')], dataVersion: version(2) })).kind).toBe('registered');
  });

  it('of one broker too many is refused until one has gone', () => {
    const table = new RouteTable({ maxBrokers: 2 });
    const named = (brokerName: string) => registration({ brokerName, brokerAddr: `${brokerName}:1` });
    expect([table.register(named('a')).kind, table.register(named('b')).kind]).toEqual(['registered', 'registered']);
    expect(table.register(named('c'))).toMatchObject({ kind: 'refused', remark: expect.stringContaining('2 brokers') });
    expect(table.register(named('a')).kind).toBe('registered');
    table.unregister([{ clusterName: 'C', brokerName: 'a', brokerAddr: 'a:1', brokerId: 0 }]);
    expect(table.register(named('c')).kind).toBe('registered');
  });

  it('of a slave tells it its master and does not change topics', () => {
    const table = new RouteTable();
    table.register(registration());
    const slave = registration({
      brokerId: 1,
      brokerAddr: 'a1:1',
      haServerAddr: 'a1:2',
      topics: [config('T8'), config('T9')],
    });
    expect(table.register(slave)).toMatchObject({ master: { address: 'a0:1', haServerAddr: 'a0:2' } });
    expect(table.route('T8')).toBeUndefined();
    expect([...table.route('T1')!.groups[0]!.addresses]).toEqual([
      [0, 'a0:1'],
      [1, 'a1:1'],
    ]);
  });

  it('of a slave that became master takes its old id away', () => {
    const table = new RouteTable();
    table.register(registration({ brokerId: 1, brokerAddr: 'a1:1' }));
    table.register(registration({ brokerId: 0, brokerAddr: 'a1:1' }));
    expect([...table.groups.get('a')!.addresses]).toEqual([[0, 'a1:1']]);
  });

  it('with an older state does not take the place of another broker', () => {
    const table = new RouteTable();
    table.register(registration({ dataVersion: version(1, 5) }));
    expect(table.register(registration({ brokerAddr: 'b0:1', dataVersion: version(9, 4) })).kind).toBe('outdated');
    expect([...table.groups.get('a')!.addresses]).toEqual([[0, 'a0:1']]);
    expect(table.entry('C', 'b0:1')).toBeUndefined();
    expect(table.register(registration({ brokerAddr: 'b0:1', dataVersion: version(0, 6) })).kind).toBe('registered');
    expect([...table.groups.get('a')!.addresses]).toEqual([[0, 'b0:1']]);
  });

  it('of the first slave without a master makes topics that can only be read', () => {
    const table = new RouteTable();
    const slave = { brokerId: 2, brokerAddr: 'a2:1', enableActingMaster: true };
    table.register(registration(slave));
    expect(table.route('T1')?.queues[0]?.perm).toBe(4);
    // Not the smallest: it has nothing to say.
    table.register(registration({ ...slave, brokerId: 3, brokerAddr: 'a3:1', topics: [config('T7'), config('T8')] }));
    expect(table.route('T7')).toBeUndefined();
    // A broker before 5.0 never stands in for a master.
    const old = new RouteTable();
    old.register(registration({ brokerId: 2 }));
    expect(old.route('T1')).toBeUndefined();
  });

  it('tells when a group gets another head', () => {
    const table = new RouteTable();
    expect(table.register(registration({ brokerId: 2, brokerAddr: 'a2:1' }))).toMatchObject({ change: undefined });
    const outcome = table.register(registration({ brokerId: 1, brokerAddr: 'a1:1', haServerAddr: 'a1:2' }));
    expect(outcome).toMatchObject({ change: { haServerAddr: 'a1:2', offlineAddr: undefined } });
    expect(table.register(registration({ brokerId: 3, brokerAddr: 'a3:1' }))).toMatchObject({ change: undefined });
  });
});

describe('a broker that goes', () => {
  const identity = { clusterName: 'C', brokerName: 'a', brokerAddr: 'a0:1', brokerId: 0 };

  it('takes its topics, its name and its cluster along', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ brokerName: 'b', brokerAddr: 'b0:1', topics: [config('T1'), config('T3')] }));
    expect(table.unregister([identity])).toEqual([]);
    expect(table.route('T1')?.queues.map(({ brokerName }) => brokerName)).toEqual(['b']);
    expect(table.route('T2')).toBeUndefined();
    expect([...table.clusters]).toEqual([['C', new Set(['b'])]]);
    table.unregister([{ ...identity, brokerName: 'b', brokerAddr: 'b0:1' }]);
    expect([table.groups.size, table.clusters.size, table.topics.size]).toEqual([0, 0, 0]);
  });

  it('leaves a group that can only be read when a slave stands in', () => {
    const table = new RouteTable();
    table.register(registration({ enableActingMaster: true }));
    table.register(registration({ brokerId: 1, brokerAddr: 'a1:1', enableActingMaster: true }));
    expect(table.unregister([identity])).toMatchObject([{ offlineAddr: 'a0:1', group: { brokerName: 'a' } }]);
    expect(table.route('T1')?.queues[0]?.perm).toBe(4);
  });

  it('leaves a group as it is when no slave stands in', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ brokerId: 1, brokerAddr: 'a1:1' }));
    expect(table.unregister([identity])).toEqual([]);
    expect(table.route('T1')?.queues[0]?.perm).toBe(6);
  });

  it('may be unknown', () => {
    const table = new RouteTable();
    table.register(registration());
    const before = table.version;
    expect(table.unregister([{ ...identity, brokerName: 'x', brokerAddr: 'x:1' }])).toEqual([]);
    expect(table.version).toBe(before);
  });
});

describe('topics', () => {
  it('are reported one by one for known brokers only', () => {
    const table = new RouteTable();
    table.register(registration());
    const queue = { brokerName: 'a', perm: 6, readQueueNums: 1, writeQueueNums: 1, topicSysFlag: 0 };
    expect(table.registerTopic('N', [queue])).toBe(true);
    expect(table.registerTopic('M', [queue, { ...queue, brokerName: 'unknown' }])).toBe(false);
    expect([table.route('N') === undefined, table.route('M') === undefined]).toEqual([false, true]);
  });

  it('are deleted everywhere or in one cluster', () => {
    const table = new RouteTable();
    table.register(registration());
    table.register(registration({ clusterName: 'D', brokerName: 'd', brokerAddr: 'd0:1' }));
    table.deleteTopic('T1', 'D');
    expect(table.route('T1')?.groups.map(({ brokerName }) => brokerName)).toEqual(['a']);
    table.deleteTopic('T2');
    expect(table.route('T2')).toBeUndefined();
    table.deleteTopic('T1', 'nowhere');
    expect(table.route('T1')).toBeDefined();
  });

  it('lose and get back the write bit, counted', () => {
    const table = new RouteTable();
    table.register(registration({ topics: [config('T1', 7), config('T2', 4)] }));
    const perms = () => ['T1', 'T2'].map((topic) => table.route(topic)?.queues[0]?.perm);
    expect([table.wipeWritePerm('a'), perms()]).toEqual([2, [5, 4]]);
    expect([table.addWritePerm('a'), perms()]).toEqual([2, [6, 6]]);
    expect(table.addWritePerm('unknown')).toBe(0);
  });

  it('may be static ones', () => {
    const table = new RouteTable();
    const mapping = {
      topic: 'T1',
      bname: 'a',
      scope: '__global__',
      totalQueues: 2,
      epoch: 1,
      dirty: false,
      currIdMap: new Map([[0, 0]]),
    };
    table.register(registration({ mappings: [mapping] }));
    expect(table.route('T1')?.mappings?.get('a')).toEqual(mapping);
    expect(table.route('T2')?.mappings).toBeUndefined();
  });
});

/** The same rules, written down without any index. */
class NaiveTable {
  queues: { topic: string; broker: string; perm: number; count: number }[] = [];
  members: { broker: string; id: number; address: string; version: number }[] = [];

  register(
    broker: string,
    id: number,
    address: string,
    version: number,
    topics: readonly string[],
    count: number,
  ): void {
    const known = this.members.find((one) => one.broker === broker && one.id === id);
    if (topics.length === 1 && known === undefined) return;
    const stored = this.members.find((one) => one.broker === broker && one.address === address)?.version;
    this.members = this.members.filter((one) => one.broker !== broker || (one.id !== id && one.address !== address));
    this.members.push({ broker, id, address, version });
    const changed = known === undefined || stored === undefined || stored !== version;
    if (id !== 0) return;
    for (const topic of topics) {
      const index = this.queues.findIndex((one) => one.topic === topic && one.broker === broker);
      if (index < 0) this.queues.push({ topic, broker, perm: 6, count });
      else if (changed) this.queues[index] = { topic, broker, perm: 6, count };
    }
  }

  unregister(broker: string, address: string): void {
    this.members = this.members.filter((one) => one.broker !== broker || one.address !== address);
    if (!this.members.some((one) => one.broker === broker))
      this.queues = this.queues.filter((one) => one.broker !== broker);
  }

  wipe(broker: string): void {
    this.queues = this.queues.map((one) => (one.broker === broker ? { ...one, perm: one.perm & ~2 } : one));
  }

  delete(topic: string): void {
    this.queues = this.queues.filter((one) => one.topic !== topic);
  }

  routes(): string[] {
    const lines = this.queues.map(({ topic, broker, perm, count }) => {
      const members = this.members.filter((one) => one.broker === broker).map(({ id, address }) => `${id}=${address}`);
      return `${topic} ${broker} ${perm} ${count} ${members.toSorted().join()}`;
    });
    return lines.toSorted();
  }
}

function routesOf(table: RouteTable, topics: readonly string[]): string[] {
  const lines = topics.flatMap((topic) => {
    const route = table.route(topic);
    return (route?.queues ?? []).map(({ brokerName, perm, readQueueNums }) => {
      const members = [...(route?.groups.find((group) => group.brokerName === brokerName)?.addresses ?? [])];
      return `${topic} ${brokerName} ${perm} ${readQueueNums} ${members
        .map(([id, address]) => `${id}=${address}`)
        .toSorted()
        .join()}`;
    });
  });
  return lines.toSorted();
}

describe('any sequence of requests', () => {
  const broker = fc.constantFrom('a', 'b', 'c');
  const topic = fc.constantFrom('T1', 'T2', 'T3', 'T4');
  const slot = fc.integer({ min: 0, max: 2 });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('register' as const),
      broker,
      id: slot,
      slot,
      version: fc.integer({ min: 0, max: 3 }),
      topics: fc.uniqueArray(topic),
      count: fc.integer({ min: 1, max: 8 }),
    }),
    fc.record({ kind: fc.constant('unregister' as const), broker, id: slot, slot }),
    fc.record({ kind: fc.constant('wipe' as const), broker }),
    fc.record({ kind: fc.constant('delete' as const), topic }),
  );

  it('ends where a table without indexes ends, and every visible change moves the version', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new RouteTable();
        const naive = new NaiveTable();
        let seen = '';
        for (const one of steps) {
          const before = table.version;
          if (one.kind === 'register') {
            const address = `${one.broker}${one.slot}:1`;
            naive.register(one.broker, one.id, address, one.version, one.topics, one.count);
            const topics = one.topics.map((name) => config(name, 6, one.count));
            const { id: brokerId, broker: brokerName } = one;
            table.register(
              registration({ brokerName, brokerId, brokerAddr: address, dataVersion: version(one.version), topics }),
            );
          } else if (one.kind === 'unregister') {
            const brokerAddr = `${one.broker}${one.slot}:1`;
            naive.unregister(one.broker, brokerAddr);
            table.unregister([{ clusterName: 'C', brokerName: one.broker, brokerAddr, brokerId: one.id }]);
          } else if (one.kind === 'wipe') {
            naive.wipe(one.broker);
            table.wipeWritePerm(one.broker);
          } else {
            naive.delete(one.topic);
            table.deleteTopic(one.topic);
          }
          const now = routesOf(table, ['T1', 'T2', 'T3', 'T4']);
          expect(now).toEqual(naive.routes());
          expect(table.version > before || now.join() === seen).toBe(true);
          seen = now.join();
        }
      }),
      { numRuns: 300 },
    );
  });
});
