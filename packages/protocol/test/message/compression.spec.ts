import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { compressBody, decompressBody } from '../../src/message/compression.js';
import { ProtocolError } from '../../src/protocol-error.js';

interface Golden {
  readonly compressed: readonly {
    readonly type: string;
    readonly flag: number;
    readonly plainHex: string;
    readonly compressedHex: string;
  }[];
}

const codecs = nodeCodecs();
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const text = new TextEncoder().encode('compress me '.repeat(500));

describe('compressed bodies', () => {
  it.each(goldenRecords<Golden>('misc.json').compressed)(
    '$type, as Java compressed it',
    ({ flag, plainHex, compressedHex }) => {
      const { body, sysFlag } = decompressBody(bytesOf(compressedHex), flag | 1, codecs);
      expect(Buffer.from(body).toString('hex')).toBe(plainHex);
      expect(sysFlag).toBe(flag);
    },
  );

  it('without type bits are zlib', () => {
    const compressed = codecs.compress('zlib', text, 5);
    expect(new Uint8Array(decompressBody(compressed, 1, codecs).body)).toEqual(text);
  });

  it.each([...codecs.writable])('%s: what is compressed comes back', (algorithm) => {
    const { body, sysFlag } = compressBody(text, 2, codecs, { algorithm });
    expect(body.length).toBeLessThan(text.length);
    expect(new Uint8Array(decompressBody(body, sysFlag, codecs).body)).toEqual(text);
    expect(sysFlag & 3).toBe(3);
  });

  it('are only made from the threshold on, once, and when it helps', () => {
    expect(compressBody(text, 0, codecs, { thresholdBytes: text.length + 1 })).toEqual({ body: text, sysFlag: 0 });
    expect(compressBody(text, 0, codecs, { thresholdBytes: text.length }).sysFlag).toBe(0x301);
    expect(compressBody(text, 1, codecs).body).toBe(text);
    const noise = Uint8Array.from(
      { length: 5000 },
      (_, index) => ((index * index * 31 + (index >> 3) * 17) % 251) ^ (index % 7),
    );
    const dense = codecs.compress('zlib', noise, 9);
    const twice = compressBody(dense, 0, codecs, { thresholdBytes: 1 });
    expect(twice).toEqual({ body: dense, sysFlag: 0 });
  });

  it('fall back to zlib where the algorithm cannot be written', () => {
    const onlyZlib = { ...codecs, compress: codecs.compress.bind(codecs), writable: new Set(['zlib'] as const) };
    expect(compressBody(text, 0, onlyZlib, { algorithm: 'zstd' }).sysFlag).toBe(0x301);
  });

  it('are bounded when they grow', () => {
    const bomb = codecs.compress('zlib', new Uint8Array(1_000_000), 9);
    expect(() => decompressBody(bomb, 1, codecs, 999_999)).toThrow(ProtocolError);
    expect(decompressBody(bomb, 1, codecs, 1_000_000).body).toHaveLength(1_000_000);
  });

  it('damaged or of unknown type are a clear error', () => {
    expect(() => decompressBody(Uint8Array.of(1, 2, 3), 1, codecs)).toThrow('zlib body of 3 bytes is damaged');
    expect(() => decompressBody(text, 0x701, codecs)).toThrow('unknown compression type in sysFlag 0x701');
  });
});
