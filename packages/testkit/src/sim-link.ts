import type { Clock, Random } from '@cometmq/runtime';

/** How bytes travel from one host to another. */
export interface LinkOptions {
  /** Time on the way. 0 delivers at the end of the turn, without time passing. */
  readonly latencyMs: number;
  /** Up to this much more, by chance; the order is kept. */
  readonly jitterMs: number;
  /** Bandwidth; undefined: no limit. */
  readonly bytesPerMs: number | undefined;
}

export const IDEAL_LINK: LinkOptions = { latencyMs: 0, jitterMs: 0, bytesPerMs: undefined };

/** One direction between two hosts, with everything that can be wrong with it. */
export class SimLink {
  options: LinkOptions = IDEAL_LINK;
  #cut = false;
  /** Flows that wait for the link to be whole again. */
  readonly #waiting = new Set<() => void>();

  constructor(
    readonly from: string,
    readonly to: string,
  ) {}

  get cut(): boolean {
    return this.#cut;
  }

  cutOff(): void {
    this.#cut = true;
  }

  heal(): void {
    this.#cut = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  whenHealed(resume: () => void): void {
    this.#waiting.add(resume);
  }

  /** Time from sending `bytes` to their arrival. */
  delayMs(random: Random, bytes: number): number {
    const { latencyMs, jitterMs, bytesPerMs } = this.options;
    const jitter = jitterMs > 0 ? random.next() * jitterMs : 0;
    return latencyMs + jitter + (bytesPerMs === undefined ? 0 : bytes / bytesPerMs);
  }
}

/** Calls `callback` after `delayMs`; without a delay at the end of the turn. */
export function after(clock: Clock, delayMs: number, callback: () => void): void {
  if (delayMs > 0) clock.schedule(delayMs, callback);
  else clock.afterTurn(callback);
}
