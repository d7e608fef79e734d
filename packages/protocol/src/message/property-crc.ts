import { readInt32 } from './big-endian.js';
import { PROPERTY_CRC_SIZE, RecordAt } from './record-layout.js';
import { MessageProperty } from './properties.js';

/** CRC-32 (IEEE), unsigned: `codecs.crc32`. */
export type Crc32 = (bytes: Uint8Array) => number;

const NAME = MessageProperty.CRC32;
const DIGITS = 10;

/** What the last 20 bytes must say: the CRC of everything before them, 31 bits. */
function checksum(bytes: Uint8Array, at: number, size: number, crc32: Crc32): number {
  return crc32(bytes.subarray(at, at + size - PROPERTY_CRC_SIZE)) & 0x7fff_ffff;
}

/**
 * Fills the reserved last 20 bytes of the record at `at` (store-format, section 2.4): name, 0x01, ten decimal digits with
 * the least significant first, 0x02. Everything before them must be final.
 */
export function sealPropertyCrc(bytes: Uint8Array, at: number, crc32: Crc32): void {
  const size = readInt32(bytes, at + RecordAt.TOTAL_SIZE);
  let crc = checksum(bytes, at, size, crc32);
  let next = at + size - PROPERTY_CRC_SIZE;
  for (let index = 0; index < NAME.length; index++) bytes[next++] = NAME.charCodeAt(index);
  bytes[next++] = 1;
  for (let digit = 0; digit < DIGITS; digit++) {
    bytes[next++] = 0x30 + (crc % 10);
    crc = Math.floor(crc / 10);
  }
  bytes[next] = 2;
}

export type PropertyCrcVerdict = 'ok' | 'absent' | 'wrong';

/** Looks at the last 20 bytes of the `size` bytes at `at`, which must be a record's. */
export function checkPropertyCrc(bytes: Uint8Array, at: number, size: number, crc32: Crc32): PropertyCrcVerdict {
  const start = at + size - PROPERTY_CRC_SIZE;
  if (bytes[at + size - 1] !== 2 || bytes[start + NAME.length] !== 1) return 'absent';
  for (let index = 0; index < NAME.length; index++)
    if (bytes[start + index] !== NAME.charCodeAt(index)) return 'absent';
  let stored = 0;
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const value = bytes[start + NAME.length + 1 + digit]! - 0x30;
    if (value < 0 || value > 9) return 'wrong';
    stored = stored * 10 + value;
  }
  return stored === checksum(bytes, at, size, crc32) ? 'ok' : 'wrong';
}
