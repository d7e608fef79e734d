import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeUtf8 } from '../../src/message/utf8.js';

describe('writing a text as UTF-8', () => {
  it('writes what TextEncoder writes, halves of pairs too, and nothing beside it', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.string({ maxLength: 120 }),
      fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(texts, fc.nat(9), fc.nat(400), (text, at, spare) => {
        const expected = new TextEncoder().encode(text);
        const into = new Uint8Array(at + expected.length + spare).fill(0xaa);
        expect(writeUtf8(into, at, text)).toBe(expected.length);
        expect(into.subarray(at, at + expected.length)).toEqual(expected);
        expect(into.subarray(0, at).every((byte) => byte === 0xaa)).toBe(true);
        expect(into.subarray(at + expected.length).every((byte) => byte === 0xaa)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([10, 25, 200])('refuses a text of %i characters that does not fit', (length) => {
    expect(() => writeUtf8(new Uint8Array(length + 2), 3, 'x'.repeat(length))).toThrow(RangeError);
    expect(writeUtf8(new Uint8Array(length + 3), 3, 'x'.repeat(length))).toBe(length);
  });
});
