/** Samples kept, one a second. */
const WINDOW_SECONDS = 600;

/** A counter sampled once a second, for Apache's `10s 60s 600s` rates (broker-semantics, 11.2). */
export class RateWindow {
  readonly #at: number[] = [];
  readonly #values: number[] = [];

  constructor(private readonly read: () => number) {}

  sample(now: number): void {
    this.#at.push(now);
    this.#values.push(this.read());
    if (this.#at.length > WINDOW_SECONDS + 1) {
      this.#at.shift();
      this.#values.shift();
    }
  }

  /** Per second over the last `seconds`, or over what there is; 0 before the second sample. */
  perSecond(seconds: number): number {
    const last = this.#at.length - 1;
    const first = Math.max(0, last - seconds);
    const elapsedMs = last < 0 ? 0 : this.#at[last]! - this.#at[first]!;
    return elapsedMs <= 0 ? 0 : ((this.#values[last]! - this.#values[first]!) * 1000) / elapsedMs;
  }

  /** The three rates, separated by spaces. */
  text(): string {
    return [10, 60, 600].map((seconds) => String(this.perSecond(seconds))).join(' ');
  }
}
