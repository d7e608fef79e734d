import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../../../tools/golden-reader/golden-files.js';
import { type AllocateName, allocateStrategy, sortQueues } from '../../../src/consumer/assignment/allocate.js';

const codecs = { md5: (bytes: Uint8Array) => new Uint8Array(createHash('md5').update(bytes).digest()) };
const golden = goldenJson<{
  cases: { queues: string[]; members: string[]; results: Record<string, Record<string, number[]>> }[];
}>('records/allocate.json');
const names: Record<string, AllocateName> = {
  AVG: 'averagely',
  AVG_BY_CIRCLE: 'circle',
  CONSISTENT_HASH: 'consistent-hash',
  'MACHINE_ROOM_NEARBY-AVG': 'machine-room-nearby',
};
const queueOf = (text: string) => {
  const [brokerName, queueId] = text.split(':');
  return { topic: 'TopicA', brokerName: brokerName!, queueId: Number(queueId) };
};

describe('allocation strategies', () => {
  it.each(Object.keys(names))('%s gives each member what Apache gives it', (apache) => {
    const strategy = allocateStrategy(names[apache]!, codecs);
    for (const { queues, members, results } of golden.cases) {
      const all = queues.map(queueOf);
      for (const member of members) {
        const mine = strategy('CG', member, all, members).map((queue) => all.indexOf(queue));
        expect(mine.toSorted((a, b) => a - b)).toEqual((results[apache]![member] ?? []).toSorted((a, b) => a - b));
      }
    }
  });

  it.each(Object.values(names))('%s gives each queue exactly one owner, and a stranger nothing', (name) => {
    const strategy = allocateStrategy(name, codecs);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 9 }),
        (count, clients) => {
          const queues = Array.from({ length: count }, (_, queueId) => ({
            topic: 't',
            brokerName: `r${queueId % 3}-b`,
            queueId,
          }));
          const owned = clients.flatMap((client) => strategy('g', client, queues, clients));
          expect(new Set(owned).size).toBe(owned.length);
          expect(owned.length).toBe(queues.length);
          expect(strategy('g', 'a stranger here', queues, clients)).toEqual([]);
        },
      ),
    );
  });

  it('sorts queues as every member does', () => {
    const queue = (topic: string, brokerName: string, queueId: number) => ({ topic, brokerName, queueId });
    expect(sortQueues([queue('b', 'x', 0), queue('a', 'y', 10), queue('a', 'y', 9), queue('a', 'Z', 1)])).toEqual([
      queue('a', 'Z', 1),
      queue('a', 'y', 9),
      queue('a', 'y', 10),
      queue('b', 'x', 0),
    ]);
  });
});
