import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOrder, type Order, parseOrder } from '../../src/load/order.js';

describe('an order to a load', () => {
  it('is one line that both kinds of load understand', () =>
    expect(formatOrder({ kind: 'sync', topic: 't', size: 128, width: 8, ms: 1000 })).toBe(
      'sync topic=t size=128 width=8 ms=1000',
    ));
  it('arrives as it was given', () =>
    fc.assert(
      fc.property(
        fc.record<Order>(
          {
            kind: fc.constantFrom('sync', 'async', 'send', 'batch', 'consume', 'discard'),
            topic: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
            size: fc.nat(),
            width: fc.nat(),
            ms: fc.nat(),
            count: fc.nat(),
            group: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
          },
          { requiredKeys: ['kind', 'topic', 'size', 'width', 'ms'] },
        ),
        (order) => {
          expect(parseOrder(formatOrder(order))).toStrictEqual({ ...order });
        },
      ),
    ));
});
