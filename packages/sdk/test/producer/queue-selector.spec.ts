import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byShardingKey, indexOfQueue, roundRobin } from '../../src/producer/queue-selector.js';

const queuesOf = (...brokers: readonly string[]) =>
  brokers.map((brokerName, queueId) => ({ topic: 't', brokerName, queueId }));

describe('round robin', () => {
  it('takes the queue of the cursor', () => {
    expect([0, 1, 2, 3, 7].map((cursor) => roundRobin(queuesOf('a', 'a', 'b'), cursor))).toEqual([0, 1, 2, 0, 1]);
    expect(roundRobin([], 5)).toBe(-1);
  });

  it('passes over the broker that failed while there is another', () => {
    expect(roundRobin(queuesOf('a', 'a', 'b'), 0, 'a')).toBe(2);
    expect(roundRobin(queuesOf('a', 'a'), 1, 'a')).toBe(1);
  });

  it('passes over brokers that are out of favour, but rather takes one of those than the one that just failed', () => {
    const usable = (broker: string) => broker === 'c';
    expect(roundRobin(queuesOf('a', 'b', 'c'), 0, undefined, usable)).toBe(2);
    expect(roundRobin(queuesOf('a', 'b', 'c'), 2, 'c', usable)).toBe(0);
    expect(roundRobin(queuesOf('c'), 0, 'c', () => false)).toBe(0);
  });

  it('always names a queue that is there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.option(fc.constantFrom('a', 'b', 'x'), { nil: undefined }),
        fc.option(fc.boolean(), { nil: undefined }),
        (brokers, cursor, avoid, usable) => {
          const index = roundRobin(
            queuesOf(...brokers),
            cursor,
            avoid,
            usable === undefined ? undefined : () => usable,
          );
          expect(index).toBeGreaterThanOrEqual(0);
          expect(index).toBeLessThan(brokers.length);
          const avoidable = avoid !== undefined && brokers.some((broker) => broker !== avoid);
          expect(avoidable && brokers[index] === avoid).toBe(false);
        },
      ),
    );
  });
});

describe('sharding keys', () => {
  // "polygenelubricants".hashCode() is -2147483648 in Java, whose Math.abs is itself.
  it.each([
    ['', 4, 0],
    ['a', 4, 1],
    ['polygenelubricants', 7, 2],
    ['order-1', 8, 6],
  ])('%j of %i queues is queue %i, as in Java', (key, count, queue) => {
    expect(byShardingKey(count, key)).toBe(queue);
  });

  it('always name a queue that is there, the same for the same key', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1000 }), (key, count) => {
        const queue = byShardingKey(count, key);
        expect(queue).toBe(byShardingKey(count, key));
        expect(queue >= 0 && queue < count && Number.isInteger(queue)).toBe(true);
      }),
    );
  });

  it('a queue is found by its broker and id', () => {
    expect(indexOfQueue(queuesOf('a', 'a', 'b'), { brokerName: 'a', queueId: 1 })).toBe(1);
    expect(indexOfQueue(queuesOf('a'), { brokerName: 'a', queueId: 1 })).toBe(-1);
  });
});
