import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLz4Frame, Lz4Error } from '../src/lz4-frame.js';
import { xxhash32 } from '../src/xxhash32.js';

/** The native encoder, when this platform has it. */
const encoder = (() => {
  try {
    return createRequire(import.meta.url)('lz4-napi') as {
      compressFrameSync(bytes: Buffer, options?: { contentChecksum?: boolean; blockChecksums?: boolean }): Buffer;
    };
  } catch {
    return undefined;
  }
})();

const ascii = (text: string) => Buffer.from(text, 'latin1');

/** A frame of the given blocks, put together by hand. */
function frameOf(flags: number, descriptor: number, blocks: readonly Buffer[], end = true): Buffer {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, descriptor, 0]);
  head[6] = (xxhash32(head, 4, 6) >>> 8) & 0xff;
  const sized = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length);
    return [size, block];
  });
  return Buffer.concat([head, ...sized, Buffer.alloc(end ? 4 : 0)]);
}

const INDEPENDENT = 0x60;
const DEPENDENT = 0x40;
const BLOCK_64K = 0x40;

describe('xxhash32', () => {
  it('gives the published values', () => {
    expect(xxhash32(ascii(''))).toBe(0x02cc5d05);
    expect(xxhash32(ascii('a'))).toBe(0x550d7456);
    expect(xxhash32(ascii('abc'))).toBe(0x32d153ff);
    expect(xxhash32(ascii('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
    expect(xxhash32(ascii('..abc.'), 2, 5)).toBe(0x32d153ff);
  });
});

describe('decodeLz4Frame', () => {
  it('repeats what overlaps itself', () => {
    const block = Buffer.from([0x1f, 0x61, 1, 0, 10, 0x10, 0x62]);
    expect(Buffer.from(decodeLz4Frame(frameOf(INDEPENDENT, BLOCK_64K, [block]), 100)).toString()).toBe(
      `${'a'.repeat(30)}b`,
    );
  });

  it('lets blocks refer back only when they depend on each other', () => {
    const first = Buffer.from([0x50, ...ascii('hello')]);
    const second = Buffer.from([0x01, 5, 0, 0x10, 0x21]);
    expect(Buffer.from(decodeLz4Frame(frameOf(DEPENDENT, BLOCK_64K, [first, second]), 100)).toString()).toBe(
      'hellohello!',
    );
    expect(() => decodeLz4Frame(frameOf(INDEPENDENT, BLOCK_64K, [first, second]), 100)).toThrow('before its start');
  });

  it('takes several frames in a row and skips those of others', () => {
    const one = frameOf(INDEPENDENT, BLOCK_64K, [Buffer.from([0x30, ...ascii('one')])]);
    const skipped = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), ascii('xyz')]);
    expect(Buffer.from(decodeLz4Frame(Buffer.concat([one, skipped, one]), 6)).toString()).toBe('oneone');
    expect(() => decodeLz4Frame(Buffer.concat([one, one]), 5)).toThrow('bound');
    expect(() => decodeLz4Frame(Buffer.concat([one, ascii('rest')]), 6)).toThrow(Lz4Error);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another magic', ascii('PK\u0003\u0004 what')],
    ['an unknown version', frameOf(0x20, BLOCK_64K, [])],
    ['reserved bits', frameOf(0x62, BLOCK_64K, [])],
    ['a dictionary', frameOf(0x61, BLOCK_64K, [])],
    ['an unknown block size', frameOf(INDEPENDENT, 0x30, [])],
    ['no end', frameOf(INDEPENDENT, BLOCK_64K, [], false)],
    ['a block without its last literals', frameOf(INDEPENDENT, BLOCK_64K, [Buffer.from([0x1f, 0x61, 1, 0, 10])])],
    ['a block that is cut off', frameOf(INDEPENDENT, BLOCK_64K, [Buffer.from([0xf0, 0xff])])],
    ['a distance of zero', frameOf(INDEPENDENT, BLOCK_64K, [Buffer.from([0x10, 0x61, 0, 0, 0x10, 0x62])])],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeLz4Frame(bytes, 1_000)).toThrow(Lz4Error);
  });

  it('refuses a wrong header checksum and blocks over their size', () => {
    const good = frameOf(INDEPENDENT, BLOCK_64K, []);
    expect(decodeLz4Frame(good, 0).length).toBe(0);
    good[6]! ^= 1;
    expect(() => decodeLz4Frame(good, 0)).toThrow('header checksum');
    const long = Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), Buffer.alloc(300, 255), Buffer.from([0, 0x10, 0x62])]);
    expect(() => decodeLz4Frame(frameOf(INDEPENDENT, BLOCK_64K, [long]), 1_000_000)).toThrow('longer');
  });

  it('costs no memory for a bomb', () => {
    const bomb = Buffer.concat([
      Buffer.from([0x1f, 0x61, 1, 0]),
      Buffer.alloc(15_000, 255),
      Buffer.from([0, 0x10, 0x62]),
    ]);
    const frame = frameOf(
      INDEPENDENT,
      0x70,
      Array.from({ length: 50 }, () => bomb),
    );
    expect(() => decodeLz4Frame(frame, 4 * 1024 * 1024)).toThrow('bound');
  });

  it('neither hangs nor fails in another way on damaged frames', () => {
    const good =
      encoder?.compressFrameSync(Buffer.alloc(3_000, 'comet message queue ')) ?? frameOf(DEPENDENT, BLOCK_64K, []);
    const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const check = (bytes: Uint8Array) => {
      let length = 0;
      try {
        length = decodeLz4Frame(bytes, 100_000).length;
      } catch (error) {
        if (!(error instanceof Lz4Error)) throw error;
      }
      expect(length).toBeLessThanOrEqual(100_000);
    };
    fc.assert(
      fc.property(changes, (all) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of all) bytes[at] = value;
        check(bytes);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        check(garbage);
        check(frameOf(DEPENDENT, BLOCK_64K, [Buffer.from(garbage)]));
      }),
      { numRuns: 2_000 },
    );
  });

  it.runIf(encoder !== undefined)('decodes what the native encoder writes, and checks its checksums', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.tuple(fc.nat(255), fc.nat(90_000)).map(([fill, n]) => Buffer.alloc(n, fill)),
    );
    const body = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
    fc.assert(
      fc.property(body, fc.boolean(), fc.boolean(), (bytes, contentChecksum, blockChecksums) => {
        const packed = encoder!.compressFrameSync(bytes, { contentChecksum, blockChecksums });
        expect(Buffer.from(decodeLz4Frame(packed, bytes.length)).equals(bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
    const packed = encoder!.compressFrameSync(ascii('comet '.repeat(50)), {
      contentChecksum: true,
      blockChecksums: true,
    });
    for (let at = 7; at < packed.length; at++) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 0x40;
      expect(() => decodeLz4Frame(damaged, 10_000)).toThrow(Lz4Error);
    }
  });
});
