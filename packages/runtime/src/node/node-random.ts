import type { Random } from '../random.js';
import { crypto } from './builtins.js';

/** Chance of the platform: `next` is fast and not for secrets, `bytes` is cryptographically strong. */
export const nodeRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => crypto().randomFillSync(new Uint8Array(count)),
};
