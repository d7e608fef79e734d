import { type Clock, every, type Lifecycle, type Logger, type Timer } from '@cometmq/runtime';
import type { BrokerCounters } from './broker-counters.js';
import { RateWindow } from './rate-window.js';

const SAMPLE_MS = 1000;

/** Rates of a broker over 10 s, 1 min and 10 min, sampled once a second. */
export class BrokerRates implements Lifecycle {
  readonly put: RateWindow;
  readonly found: RateWindow;
  readonly missed: RateWindow;
  readonly total: RateWindow;
  readonly transferred: RateWindow;
  #timer: Timer | undefined;

  constructor(
    counters: BrokerCounters,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.put = new RateWindow(() => counters.messagesIn);
    this.found = new RateWindow(() => counters.pullsFound);
    this.missed = new RateWindow(() => counters.pullsMissed);
    this.total = new RateWindow(() => counters.pullsFound + counters.pullsMissed);
    this.transferred = new RateWindow(() => counters.messagesOut);
  }

  async start(): Promise<void> {
    const windows = [this.put, this.found, this.missed, this.total, this.transferred];
    const sample = () => {
      const now = this.clock.now();
      for (const window of windows) window.sample(now);
    };
    sample();
    this.#timer = every(this.clock, SAMPLE_MS, sample, {
      onError: (error) => this.logger.error('rates could not be sampled', { error }),
    });
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
  }
}
