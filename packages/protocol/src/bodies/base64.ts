import type { JsonShape } from './body-shape.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map(Array.from(ALPHABET, (char, value) => [char, value]));

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const known = Math.min(bytes.length - at, 3);
    for (let part = 0; part < 4; part++) text += part <= known ? ALPHABET[(group >> (18 - 6 * part)) & 63]! : '=';
  }
  return text;
}

/** Undefined for characters that do not belong there; padding may be missing. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={0,2}$/, '');
  if (digits.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let at = 0;
  for (let index = 0; index < digits.length; index++) {
    const value = VALUES.get(digits[index]!);
    if (value === undefined) return undefined;
    bits = ((bits << 6) | value) & 0xff_ffff;
    if (index % 4 === 0) continue;
    bytes[at++] = (bits >> (6 - 2 * (index % 4))) & 0xff;
  }
  return bytes;
}

/** Java's BitSet: base64 of its little-endian bytes; bit n is `bytes[n >> 3] & (1 << (n & 7))`. Set bits, ascending. Texts of more than `maxLength` characters are refused. */
export function bitSet(maxLength = 4096): JsonShape<readonly number[], false> {
  return {
    optional: false,
    wire: undefined,
    read: (raw, reading) => {
      if (raw === undefined || raw === null) return [];
      const bytes = typeof raw === 'string' && raw.length <= maxLength ? decodeBase64(raw) : undefined;
      if (bytes === undefined) return reading.fail('a bit set in base64');
      const bits: number[] = [];
      for (let bit = 0; bit < bytes.length * 8; bit++) if ((bytes[bit >> 3]! & (1 << (bit & 7))) !== 0) bits.push(bit);
      return bits;
    },
    write: (bits, into) => {
      const size = bits.reduce((most, bit) => Math.max(most, bit + 1), 0);
      const bytes = new Uint8Array(Math.ceil(size / 8));
      for (const bit of bits) bytes[bit >> 3]! |= 1 << (bit & 7);
      into.string(encodeBase64(bytes));
    },
  };
}
