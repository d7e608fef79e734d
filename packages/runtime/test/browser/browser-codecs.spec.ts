import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../../tools/golden-reader/golden-files.js';
import { browserCodecs } from '../../src/browser/browser-codecs.js';
import { nodeCodecs } from '../../src/node/node-codecs.js';

const ours = browserCodecs();
const node = nodeCodecs();
const plain = Buffer.from('the same words again and again, '.repeat(500));

describe('the codecs of a browser', () => {
  it('read what Node writes and the reverse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 0, max: 9 }), (bytes, level) => {
        expect(Buffer.from(ours.decompress('zlib', node.compress('zlib', bytes, level), 5000))).toEqual(
          Buffer.from(bytes),
        );
        expect(Buffer.from(node.decompress('zlib', ours.compress('zlib', bytes, level), 5000))).toEqual(
          Buffer.from(bytes),
        );
        expect(ours.crc32(bytes)).toBe(node.crc32(bytes));
      }),
    );
    expect(Buffer.from(ours.decompress('lz4', node.compress('lz4', plain, 5), 1 << 20))).toEqual(plain);
  });

  it('read zstd as Apache writes it', () => {
    const misc = goldenJson<{
      compressed: { type: string; plainHex: string; compressedHex?: string; hex?: string }[];
    }>('records/misc.json');
    for (const one of misc.compressed) {
      const bytes = Buffer.from((one.compressedHex ?? one.hex)!, 'hex');
      const algorithm = one.type.toLowerCase() as 'zlib' | 'lz4' | 'zstd';
      expect(Buffer.from(ours.decompress(algorithm, bytes, 1 << 24)).toString('hex')).toBe(one.plainHex);
    }
  });

  it('write zlib only and say so', () => {
    expect([...ours.writable]).toEqual(['zlib']);
    expect(() => ours.compress('lz4', plain, 5)).toThrow(/compress with zlib/);
  });

  it.each(['zlib', 'lz4'] as const)('refuse %s that grows over the bound', (algorithm) => {
    const bomb = node.compress(algorithm, new Uint8Array(10_000_000), 9);
    expect(() => ours.decompress(algorithm, bomb, 100_000)).toThrow(/bound|limit|larger|grow/i);
    expect(ours.decompress(algorithm, node.compress(algorithm, plain, 5), plain.length)).toHaveLength(plain.length);
  });

  it('never take damaged zlib for whole', () => {
    const whole = node.compress('zlib', plain, 5);
    for (let cut = 0; cut < whole.length; cut += 7)
      expect(() => ours.decompress('zlib', whole.subarray(0, cut), 1 << 20)).toThrow(Error);
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(whole);
        damaged[at]! ^= flip;
        let read: Uint8Array | undefined;
        try {
          read = ours.decompress('zlib', damaged, 1 << 20);
        } catch {
          return;
        }
        // Only the two bits of the header that say how hard the writer tried mean nothing to a reader.
        expect(Buffer.from(read).equals(plain)).toBe(true);
      }),
    );
  });

  it('never crash on rubbish', () => {
    fc.assert(
      fc.property(fc.constantFrom('zlib', 'lz4', 'zstd'), fc.uint8Array({ maxLength: 300 }), (algorithm, bytes) => {
        let outcome: unknown;
        try {
          outcome = ours.decompress(algorithm as 'zlib', bytes, 10_000).length;
        } catch (error) {
          outcome = error;
        }
        expect(outcome instanceof Error || (outcome as number) <= 10_000).toBe(true);
      }),
    );
  });
});
