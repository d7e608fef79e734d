import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readClampedInt64,
  readInt16,
  readInt32,
  readInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../../src/message/big-endian.js';

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe('integers', () => {
  const bytes = new Uint8Array(10);

  it('stand as a DataView writes them', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        writeInt64(bytes, 1, value);
        expect(view(bytes).getBigInt64(1)).toBe(BigInt(value));
        expect(readInt64(bytes, 1)).toBe(value);
        expect(readClampedInt64(bytes, 1)).toBe(value);
        writeInt32(bytes, 1, value | 0);
        expect(view(bytes).getInt32(1)).toBe(value | 0);
        expect(readInt32(bytes, 1)).toBe(value | 0);
        writeInt16(bytes, 1, value & 0xffff);
        expect(readInt16(bytes, 1)).toBe(view(bytes).getInt16(1));
      }),
    );
  });

  it('beyond the safe ones are refused or brought near', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        view(bytes).setBigInt64(1, value);
        const nearest = value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
        if (Number.isSafeInteger(Number(value))) return;
        expect(() => readInt64(bytes, 1)).toThrow('beyond the safe integers');
        expect(readClampedInt64(bytes, 1)).toBe(nearest);
      }),
    );
  });

  it.each([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 0, 2 ** 32, 2 ** 32 - 1, -(2 ** 32)])(
    '%d survives',
    (value) => {
      writeInt64(bytes, 0, value);
      expect(readInt64(bytes, 0)).toBe(value);
    },
  );
});
