import type { Random } from '../random.js';

/** getRandomValues gives at most this many bytes at once. */
const MAX_BYTES_AT_ONCE = 65_536;

/** The browser's own sources of chance. */
export const browserRandom: Random = {
  next: () => Math.random(),
  bytes(count) {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += MAX_BYTES_AT_ONCE)
      crypto.getRandomValues(bytes.subarray(at, Math.min(count, at + MAX_BYTES_AT_ONCE)));
    return bytes;
  },
};
