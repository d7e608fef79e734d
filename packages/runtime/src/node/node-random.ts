import { randomFillSync } from 'node:crypto';
import type { Random } from '../random.js';

/** Chance of the platform: `next` is fast and not for secrets, `bytes` is cryptographically strong. */
export const nodeRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => randomFillSync(new Uint8Array(count)),
};
