/** Pads as MD5 and SHA-1 do: 0x80, zeros, the length in bits as 64 bits at the end of the last 64-byte block. */
function padded(bytes: Uint8Array, littleEndian: boolean): DataView {
  const length = ((bytes.length + 8) >> 6) * 64 + 64;
  const blocks = new Uint8Array(length);
  blocks.set(bytes);
  blocks[bytes.length] = 0x80;
  const view = new DataView(blocks.buffer);
  const low = (bytes.length << 3) >>> 0;
  const high = Math.floor(bytes.length / 0x2000_0000);
  view.setUint32(length - 8, littleEndian ? low : high, littleEndian);
  view.setUint32(length - 4, littleEndian ? high : low, littleEndian);
  return view;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** RFC 1321: the sines of the rounds, and how far each turns. */
const SINES = Array.from({ length: 64 }, (_, round) => Math.floor(Math.abs(Math.sin(round + 1)) * 2 ** 32) | 0);
const TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;

function md5Round(round: number, b: number, c: number, d: number): { readonly mixed: number; readonly word: number } {
  if (round < 16) return { mixed: (b & c) | (~b & d), word: round };
  if (round < 32) return { mixed: (d & b) | (~d & c), word: (5 * round + 1) & 15 };
  if (round < 48) return { mixed: b ^ c ^ d, word: (3 * round + 5) & 15 };
  return { mixed: c ^ (b | ~d), word: (7 * round) & 15 };
}

/** MD5, for places where it is a name and not a guard (consistent hashing). WebCrypto has none. */
export function md5(bytes: Uint8Array): Uint8Array {
  const view = padded(bytes, true);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a, b, c, d] = state as [number, number, number, number];
    for (let round = 0; round < 64; round++) {
      const { mixed, word } = md5Round(round, b, c, d);
      const sum = (a + mixed + SINES[round]! + view.getInt32(block + word * 4, true)) | 0;
      const turned = (b + rotate(sum, TURNS[((round >> 4) << 2) + (round & 3)]!)) | 0;
      [a, d, c, b] = [d, c, b, turned];
    }
    for (const [index, value] of [a, b, c, d].entries()) state[index] = (state[index]! + value) | 0;
  }
  return words(state, true);
}

function words(state: readonly number[], littleEndian: boolean): Uint8Array {
  const digest = new Uint8Array(state.length * 4);
  const view = new DataView(digest.buffer);
  for (const [index, value] of state.entries()) view.setInt32(index * 4, value, littleEndian);
  return digest;
}

function sha1Round(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

/** SHA-1 (FIPS 180-4). WebCrypto's is asynchronous and only there on pages of https. */
export function sha1(bytes: Uint8Array): Uint8Array {
  const view = padded(bytes, false);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  const schedule = new Int32Array(80);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let at = 0; at < 16; at++) schedule[at] = view.getInt32(block + at * 4);
    for (let at = 16; at < 80; at++)
      schedule[at] = rotate(schedule[at - 3]! ^ schedule[at - 8]! ^ schedule[at - 14]! ^ schedule[at - 16]!, 1);
    let [a, b, c, d, e] = state as [number, number, number, number, number];
    for (let round = 0; round < 80; round++) {
      const next = (rotate(a, 5) + sha1Round(round, b, c, d) + e + schedule[round]!) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    for (const [index, value] of [a, b, c, d, e].entries()) state[index] = (state[index]! + value) | 0;
  }
  return words(state, false);
}

const BLOCK_BYTES = 64;

/** HMAC (RFC 2104) with SHA-1. */
export function hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const fitted = key.length > BLOCK_BYTES ? sha1(key) : key;
  const inner = new Uint8Array(BLOCK_BYTES + bytes.length).fill(0x36, 0, BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES + 20).fill(0x5c, 0, BLOCK_BYTES);
  for (const [index, byte] of fitted.entries()) {
    inner[index] = 0x36 ^ byte;
    outer[index] = 0x5c ^ byte;
  }
  inner.set(bytes, BLOCK_BYTES);
  outer.set(sha1(inner), BLOCK_BYTES);
  return sha1(outer);
}
