import { ProtocolError } from '../protocol-error.js';

/**
 * Integers as Java's ByteBuffer writes them: big endian, two's complement. Plain byte stores compile to the fastest code
 * and need no view object per record. 64-bit numbers are safe integers, moved as two 32-bit halves.
 */
export function writeInt16(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 8;
  into[at + 1] = value;
}

export function writeInt32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

/** The value must be a safe integer: that is checked where it enters the program. */
export function writeInt64(into: Uint8Array, at: number, value: number): void {
  writeInt32(into, at, Math.floor(value / 0x1_0000_0000));
  writeInt32(into, at + 4, value | 0); // ToInt32 is modular: the low half
}

/** Reads past the end give 0: callers check the bounds once for the whole layout. */
export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Throws ProtocolError when the number is beyond the safe integers. */
export function readInt64(bytes: Uint8Array, at: number): number {
  const value = readInt32(bytes, at) * 0x1_0000_0000 + (readInt32(bytes, at + 4) >>> 0);
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError(`64-bit number at byte ${at} is beyond the safe integers`);
  }
  return value;
}

/** For numbers that others chose freely and nothing depends on: the nearest safe integer. */
export function readClampedInt64(bytes: Uint8Array, at: number): number {
  const value = readInt32(bytes, at) * 0x1_0000_0000 + (readInt32(bytes, at + 4) >>> 0);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}
