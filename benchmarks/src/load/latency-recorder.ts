import { percentile } from '../statistics.js';

const capacity = 1 << 19;

/** The last half million latencies. */
export class LatencyRecorder {
  readonly #us = new Float64Array(capacity);
  #count = 0;

  add(ms: number): void {
    this.#us[this.#count++ & (capacity - 1)] = ms * 1000;
  }

  summary(): { readonly p50Us: number; readonly p99Us: number } {
    const sorted = this.#us.slice(0, Math.min(capacity, this.#count)).toSorted();
    return { p50Us: Math.round(percentile(sorted, 0.5)), p99Us: Math.round(percentile(sorted, 0.99)) };
  }
}
