import type { Clock } from '@cometmq/runtime';

/** Answers slower than these (ms) … */
const LATENCY_MS = [50, 100, 550, 1800, 3000, 5000, 15_000] as const;
/** … keep a broker out of the choice for these (Java MQFaultStrategy, 5.x). */
const AVOID_MS = [0, 0, 2000, 5000, 6000, 10_000, 30_000] as const;
/** A failed send counts as an answer after this time. */
const FAILURE_COUNTS_AS_MS = 10_000;

function avoidMs(latencyMs: number): number {
  for (let at = LATENCY_MS.length - 1; at >= 0; at--) if (latencyMs >= LATENCY_MS[at]!) return AVOID_MS[at]!;
  return 0;
}

/** Remembers brokers that were slow or failing, for as long as Apache's fault strategy avoids them. One entry per broker name. */
export class LatencyFault {
  readonly #avoidUntil = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  answered(brokerName: string, latencyMs: number): void {
    const pause = avoidMs(latencyMs);
    if (pause > 0) this.#avoidUntil.set(brokerName, this.clock.monotonic() + pause);
    else this.#avoidUntil.delete(brokerName);
  }

  failed(brokerName: string): void {
    this.answered(brokerName, FAILURE_COUNTS_AS_MS);
  }

  readonly usable = (brokerName: string): boolean => {
    const until = this.#avoidUntil.get(brokerName);
    return until === undefined || until <= this.clock.monotonic();
  };
}
