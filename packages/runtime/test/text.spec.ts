import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as text from '../src/text.js';

const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\ud83d', '\ude00', '\ufeff', '\0'), maxLength: 40 }),
);

afterEach(() => vi.unstubAllGlobals());

describe.each(['with Buffer', 'as in a browser'])('text %s', (where) => {
  async function load(): Promise<typeof text> {
    vi.resetModules();
    if (where === 'as in a browser') vi.stubGlobal('Buffer', undefined);
    const loaded = await import('../src/text.js');
    vi.unstubAllGlobals();
    return loaded;
  }

  it('is written, measured and read as UTF-8', async () => {
    const { decodeUtf8, encodeUtf8, readUtf8, utf8Length, writeUtf8 } = await load();
    fc.assert(
      fc.property(words, fc.nat(5), (word, at) => {
        const expected = Buffer.from(word, 'utf8');
        expect(utf8Length(word)).toBe(expected.length);
        const into = new Uint8Array(at + expected.length + 3);
        expect(writeUtf8(into, word, at)).toBe(expected.length);
        expect(Buffer.from(into.subarray(at, at + expected.length)).equals(expected)).toBe(true);
        expect(into.subarray(at + expected.length)).toEqual(new Uint8Array(3));
        expect(readUtf8(into, at, at + expected.length)).toBe(expected.toString('utf8'));
        expect(Buffer.from(encodeUtf8(word)).equals(expected)).toBe(true);
        expect(decodeUtf8(expected)).toBe(expected.toString('utf8'));
        const oneShort = new Uint8Array(at + expected.length);
        expect(() => writeUtf8(oneShort, `${word}x`, at)).toThrow(RangeError);
      }),
      { numRuns: 500 },
    );
  });

  it('of any bytes can be read', async () => {
    const { decodeUtf8, readLatin1 } = await load();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(decodeUtf8(bytes)).toBe(Buffer.from(bytes).toString('utf8'));
        expect(readLatin1(bytes, 0, bytes.length)).toBe(Buffer.from(bytes).toString('latin1'));
      }),
    );
  });

  it('of ASCII letters is written fast', async () => {
    const { writeAscii } = await load();
    for (const word of ['', 'TAGS', 'x'.repeat(100)]) {
      const into = new Uint8Array(110);
      expect(writeAscii(into, word, 3)).toBe(word.length);
      expect(Buffer.from(into).toString('latin1', 3, 3 + word.length)).toBe(word);
      expect(() => writeAscii(new Uint8Array(word.length), word, 1)).toThrow(RangeError);
    }
  });
});
