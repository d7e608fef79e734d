import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/crc32.js';
import { nodeCodecs } from '../../src/node/node-codecs.js';

const codecs = nodeCodecs();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const ascii = (text: string) => Buffer.from(text, 'latin1');

const fixture = (name: string) => readFileSync(new URL(`../fixtures/compressed/${name}`, import.meta.url));

/** What the fixtures hold; they were made by the reference programs `lz4` 1.9.4 and `zstd` 1.5.4. */
const orders = Array.from(
  { length: 2_500 },
  (_, n) => `order-${n % 23} total ${(n * 7919) % 100} EUR, paid and shipped by the comet\n`,
).join('');

describe('checksums', () => {
  it('are the standard ones', () => {
    expect(codecs.crc32(ascii('123456789'))).toBe(0xcbf43926);
    expect(hex(codecs.md5(ascii('abc')))).toBe('900150983cd24fb0d6963f7d28e17f72');
    const key = ascii('key');
    const text = ascii('The quick brown fox jumps over the lazy dog');
    expect(hex(codecs.hmacSha1(key, text))).toBe('de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9');
  });

  it('crc32 without the platform gives the same, in pieces too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        expect(crc32(bytes)).toBe(codecs.crc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(codecs.crc32(bytes));
      }),
    );
  });
});

describe.each([...codecs.writable])('%s', (algorithm) => {
  it('gives back what was compressed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 9 }), (bytes, level) => {
        const body = Buffer.concat([bytes, Buffer.alloc(1_000, 'pattern'), bytes]);
        const packed = codecs.compress(algorithm, body, level);
        expect(packed.length).toBeLessThan(2 * bytes.length + 700);
        expect(hex(codecs.decompress(algorithm, packed, body.length))).toBe(hex(body));
      }),
    );
  });

  it('stops at the bound', () => {
    const bomb = codecs.compress(algorithm, Buffer.alloc(10_000_000), 5);
    expect(() => codecs.decompress(algorithm, bomb, 9_999_999)).toThrow('bound');
    expect(codecs.decompress(algorithm, bomb, 10_000_000).length).toBe(10_000_000);
    expect(() => codecs.decompress(algorithm, codecs.compress(algorithm, ascii('x'), 5), 0)).toThrow('bound');
    expect(codecs.decompress(algorithm, codecs.compress(algorithm, ascii(''), 5), 0).length).toBe(0);
  });
});

describe.each([
  ['zlib', /zlib/],
  ['lz4', /LZ4/],
  ['zstd', /zstd/],
] as const)('damaged %s', (algorithm, named) => {
  it('throws and never hangs', () => {
    const garbage = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(garbage, (bytes) => {
        let length = 0;
        try {
          length = codecs.decompress(algorithm, bytes, 10_000).length;
        } catch (error) {
          if (!(error instanceof Error)) throw new Error('something else was thrown', { cause: error });
        }
        expect(length).toBeLessThanOrEqual(10_000);
      }),
    );
    expect(() => codecs.decompress(algorithm, ascii('this is plain text'), 10_000)).toThrow(named);
  });
});

describe('frames of the reference programs', () => {
  it.each(['stream.zst', 'sized.zst', 'fast.zst', 'independent.lz4', 'dependent.lz4', 'plain.lz4'])('%s', (name) => {
    const algorithm = name.endsWith('zst') ? 'zstd' : 'lz4';
    const packed = fixture(name);
    const bound = Buffer.byteLength(orders);
    expect(Buffer.from(codecs.decompress(algorithm, packed, bound)).toString()).toBe(orders);
    expect(() => codecs.decompress(algorithm, packed, bound - 1)).toThrow('bound');
    for (let cut = packed.length - 1; cut > 0; cut -= 97) {
      expect(() => codecs.decompress(algorithm, packed.subarray(0, cut), bound)).toThrow(
        algorithm === 'zstd' ? /zstd/ : /LZ4/,
      );
    }
  });

  it('a run of zeros', () => {
    expect(Buffer.alloc(200_000).equals(codecs.decompress('zstd', fixture('zeros.zst'), 200_000))).toBe(true);
    expect(() => codecs.decompress('zstd', fixture('zeros.zst'), 199_999)).toThrow('bound');
  });

  it('a zstd frame that asks for a huge window costs nothing', () => {
    const packed = Buffer.from(fixture('stream.zst'));
    packed[5] = 0xf8;
    expect(() => codecs.decompress('zstd', packed, 1_000_000)).toThrow('window');
  });
});

describe('what cannot be written', () => {
  it('is refused with a remedy', () => {
    for (const algorithm of ['lz4', 'zstd'] as const) {
      if (codecs.writable.has(algorithm)) continue;
      expect(() => codecs.compress(algorithm, ascii('x'), 5)).toThrow(/install|Node 22/);
    }
  });

  it('zlib takes RFC 1950 only', () => {
    expect(hex(codecs.decompress('zlib', deflateSync('abc'), 3))).toBe(hex(ascii('abc')));
    expect(() => codecs.decompress('zlib', gzipSync('abc'), 3)).toThrow('damaged');
  });
});
