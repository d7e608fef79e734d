import { javaStringHash } from '@cometmq/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addKeyHashes, keyHash } from '../../src/index/key-hash.js';

const hashes = (topic: string, properties: string): number[] => {
  const found: number[] = [];
  addKeyHashes(topic, properties, found);
  return found;
};

describe('hashes of keys', () => {
  it("are Java's of topic#key, without the sign", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (topic, key) => {
        const hash = javaStringHash(`${topic}#${key}`);
        expect(keyHash(topic, key)).toBe(hash === -(2 ** 31) ? 0 : Math.abs(hash));
      }),
    );
  });

  it('count 0 for the one number that has no positive', () => {
    const key = textOfHash('a#', -(2 ** 31));
    expect(javaStringHash(`a#${key}`)).toBe(-(2 ** 31));
    expect(keyHash('a', key)).toBe(0);
  });

  it('come from UNIQ_KEY first, then from each word of KEYS, as often as it stands there', () => {
    const text = 'KEYS\u0001 b  a b \u0002TAGS\u0001t\u0002UNIQ_KEY\u0001u\u0002';
    expect(hashes('T', text)).toEqual(['u', 'b', 'a', 'b'].map((key) => keyHash('T', key)));
  });

  it('are none without keys', () => {
    for (const text of ['', 'TAGS\u0001KEYS\u0002', 'KEYS\u0001\u0002', 'KEYS\u0001  \u0002', 'UNIQ_KEY\u0001\u0002']) {
      expect(hashes('T', text)).toEqual([]);
    }
  });
});

/** A text that continues `start` to a hash: seven letters hold every number to the base 31. */
function textOfHash(start: string, wanted: number): string {
  const from = Math.imul(javaStringHash(start), (31 ** 7) | 0);
  let left = BigInt(wanted - from) & 0xffff_ffffn;
  const letters: number[] = [];
  for (let index = 0; index < 7; index++) {
    letters.unshift(Number(left % 31n));
    left /= 31n;
  }
  return String.fromCharCode(...letters);
}
