import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallTable } from '../../src/connection/call-table.js';

const MAX_OPAQUE = 0x7fff_ffff;

interface Entry {
  readonly opaque: number;
}

describe('a table of calls', () => {
  it('finds every call that is in it, whatever came and went, and gives all back oldest first', () => {
    // A number says which call is taken out next; 0 adds one.
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(1 << 20)), { maxLength: 600 });
    fc.assert(
      fc.property(fc.constantFrom(0, 5, MAX_OPAQUE - 100), steps, (first, todo) => {
        const table = new CallTable<Entry>();
        const known = new Map<number, Entry>();
        let next = first;
        for (const step of todo) {
          if (step === 0) {
            const entry = { opaque: next };
            next = (next + 1) & MAX_OPAQUE;
            known.set(entry.opaque, entry);
            table.add(entry);
          } else {
            const opaques = [...known.keys()];
            const opaque = opaques[step % (opaques.length + 1)] ?? next + 7;
            expect(table.take(opaque)).toBe(known.get(opaque));
            known.delete(opaque);
            expect(table.take(opaque)).toBeUndefined();
          }
          expect(table.size).toBe(known.size);
        }
        const seen = new Set<Entry>();
        table.forEach((entry) => seen.add(entry));
        expect(seen).toEqual(new Set(known.values()));
        expect(table.takeAll()).toEqual([...known.values()]);
        expect(table.size).toBe(0);
        for (const opaque of known.keys()) expect(table.take(opaque)).toBeUndefined();
      }),
    );
  });

  it('keeps calls that stay while a hundred thousand others go by', () => {
    const table = new CallTable<Entry>();
    const staying = Array.from({ length: 100 }, (_, opaque) => ({ opaque }));
    for (const entry of staying) table.add(entry);
    for (let opaque = 100; opaque < 100_000; opaque++) {
      table.add({ opaque });
      if (opaque >= 400) table.take(opaque - 300);
    }
    expect(table.size).toBe(400);
    for (const entry of staying) expect(table.take(entry.opaque)).toBe(entry);
  });
});
