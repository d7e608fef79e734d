import type { Random } from '@cometmq/runtime';

export interface BackOffOptions {
  /** Pause after the first failed attempt, in ms; doubled after each further one. Default 100. */
  readonly firstMs?: number;
  /** The longest pause, in ms; default 5000. */
  readonly maxMs?: number;
}

/** Pause before the next attempt after `failures` (at least 1) in a row: exponential, between half and all of it by chance. */
export function backOffMs(failures: number, random: Random, options: BackOffOptions = {}): number {
  const full = Math.min(options.maxMs ?? 5000, (options.firstMs ?? 100) * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + random.next() / 2);
}
