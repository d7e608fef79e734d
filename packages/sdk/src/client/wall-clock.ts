import type { Clock } from '@cometmq/runtime';

/** Two readings closer than this count as one moment. */
const PRECISION_MS = 1;

/** The wall clock for somebody who reads the monotonic one anyway: it is read once per millisecond, not once per message. */
export class WallClock {
  #readAt = Number.NEGATIVE_INFINITY;
  #now = 0;

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** The time at the monotonic moment `at`, which is now; at most a millisecond old. */
  at(at: number): number {
    if (at - this.#readAt >= PRECISION_MS) {
      this.#now = this.clock.now();
      this.#readAt = at;
    }
    return this.#now;
  }
}
