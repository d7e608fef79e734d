import { describe, expect, it } from 'vitest';
import { formatOrder, parseOrder } from '../src/load/order.js';
import { alternate, median, percentile, ratio } from '../src/statistics.js';

describe('statistics', () => {
  it('median of odd and even counts, in any order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow('nothing');
  });

  it('percentiles by nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([percentile(sorted, 0.5), percentile(sorted, 0.99), percentile(sorted, 1)]).toEqual([50, 99, 100]);
    expect(percentile([7], 0)).toBe(7);
    expect(percentile([], 0.5)).toBe(0);
  });

  it('compares round by round, so that a slow round of the machine counts for both', () => {
    expect(ratio([100, 10, 100], [50, 5, 50])).toBe(2);
    expect(ratio([100, 10, 120], [50, 5])).toBe(2);
  });

  it('lets nobody always be first', () => {
    expect(alternate(['a', 'b'], 3)).toEqual([
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
    ]);
  });
});

describe('orders to a load', () => {
  it('arrive as they were given', () => {
    const order = { kind: 'batch', topic: 'T', size: 128, width: 4, ms: 1000, count: 10, group: 'g' } as const;
    expect(parseOrder(formatOrder(order))).toEqual(order);
    expect(parseOrder(formatOrder({ kind: 'send', topic: 'T', size: 1, width: 1, ms: 5 }))).toEqual({
      kind: 'send',
      topic: 'T',
      size: 1,
      width: 1,
      ms: 5,
    });
  });
});
