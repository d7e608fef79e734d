/** Plain numbers, counted where things happen; gauges and admin requests read them. */
export class BrokerCounters {
  messagesIn = 0;
  bytesIn = 0;
  putsRefused = 0;
  messagesOut = 0;
  bytesOut = 0;
  /** Pulls that found messages, and those that did not. */
  pullsFound = 0;
  pullsMissed = 0;
  /** Pulls that were held (long polling). */
  pullsHeld = 0;
  sendBacks = 0;
  deadLetters = 0;
  heartbeats = 0;
  expiredClients = 0;
  /** Of messages that do not belong to the system. */
  userMessagesIn = 0;
  userMessagesOut = 0;
  readonly putLatency = new LatencyBuckets();
}

/** Upper bounds in ms of Apache's putMessageDistributeTime (broker-semantics, 11.2); the last bucket is open. */
const BOUNDS_MS = [0, 10, 50, 100, 200, 500, 1000, 2000, 3000, 4000, 5000, 10_000] as const;
const LABELS = [
  '<=0ms',
  '0~10ms',
  '10~50ms',
  '50~100ms',
  '100~200ms',
  '200~500ms',
  '500ms~1s',
  '1~2s',
  '2~3s',
  '3~4s',
  '4~5s',
  '5~10s',
  '10s~',
] as const;

/** How long things took, in Apache's buckets. */
export class LatencyBuckets {
  readonly #counts = new Uint32Array(BOUNDS_MS.length + 1);
  #max = 0;
  #sumMs = 0;
  #count = 0;

  get maxMs(): number {
    return this.#max;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    this.#count++;
    this.#sumMs += ms;
    if (ms > this.#max) this.#max = ms;
    let bucket = 0;
    // Apache measures whole milliseconds: less than one is zero.
    while (bucket < BOUNDS_MS.length && Math.floor(ms) > BOUNDS_MS[bucket]!) bucket++;
    this.#counts[bucket]!++;
  }

  /** `[<=0ms]:n [0~10ms]:n … ` with the space at the end that Apache writes. */
  text(): string {
    return LABELS.map((label, bucket) => `[${label}]:${this.#counts[bucket]} `).join('');
  }

  /** Upper bound of the bucket in which the share of all records is reached, ms. */
  quantileMs(share: number): number {
    const wanted = this.#count * share;
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return BOUNDS_MS[bucket] ?? this.#max;
    }
    return this.#max;
  }
}
