import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '../../src/faults/fault.js';
import { shrinkFaults } from '../../src/faults/shrink.js';

const faults = (count: number): PlannedFault[] =>
  Array.from({ length: count }, (_, at) => ({ atMs: at, forMs: 1, fault: { kind: 'restart', host: 'alpha' } }));

describe('shrinking', () => {
  it('finds exactly the faults that are needed together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 40 })
          .chain((count) => fc.tuple(fc.constant(count), fc.uniqueArray(fc.nat(count - 1)))),
        async ([count, needed]) => {
          const fails = async (left: readonly PlannedFault[]) =>
            needed.every((at) => left.some(({ atMs }) => atMs === at));
          const { faults: left } = await shrinkFaults(faults(count), fails, 10_000);
          expect(left.map(({ atMs }) => atMs)).toEqual([...needed].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('leaves none that can be spared where several alone are enough', async () => {
    const { faults: left } = await shrinkFaults(faults(30), async (some) => some.some(({ atMs }) => atMs % 7 === 3));
    expect(left).toHaveLength(1);
  });

  it('ends after so many runs', async () => {
    let runs = 0;
    const fails = async (left: readonly PlannedFault[]) => {
      runs += 1;
      return left.length > 20;
    };
    const shrunk = await shrinkFaults(faults(64), fails, 10);
    expect([shrunk.runs, runs]).toEqual([10, 10]);
    expect(shrunk.faults.length).toBeGreaterThan(20);
  });
});
