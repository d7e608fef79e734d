import { type DecodedRecord, findProperty, MessageProperty, readRecord, SystemTopic } from '@cometmq/protocol';
import { type Clock, every, type Lifecycle, type Logger, type Timer } from '@cometmq/runtime';
import type { MessageFilter, MessageStore, MessageToStore } from '@cometmq/store';
import type { DelayOffsets } from './delay-offsets.js';

export interface DelayDeliveryOptions {
  /** Delay of level 1, 2, … in ms. */
  readonly levels: readonly number[];
  /** How often the offsets are written, ms. */
  readonly flushDelayOffsetInterval: number;
}

export interface DelayDeliveryPorts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Messages put back at a time, and their bytes. */
const BATCH_MESSAGES = 32;
const BATCH_BYTES = 1024 * 1024;
/** After a failed put the same messages are tried again, ms (Apache: 100). */
const RETRY_MS = 100;
/** After an unexpected failure, ms (Apache: 10 s). */
const FAILURE_PAUSE_MS = 10_000;
/** The wall clock may jump: never sleep longer in one piece, ms. */
const MAX_SLEEP_MS = 10_000;

/** What a round of a level leads to. */
type Round =
  | { readonly kind: 'wait-for-message'; readonly offset: number }
  | { readonly kind: 'wait-until'; readonly at: number }
  | { readonly kind: 'again' }
  | { readonly kind: 'failed' };

/** Lets entries pass while they are due, and remembers when the first other one will be. */
class DueEntries implements MessageFilter {
  #nextDueAt: number | undefined;

  constructor(
    private readonly now: number,
    private readonly delayMs: number,
  ) {}

  get nextDueAt(): number | undefined {
    return this.#nextDueAt;
  }

  matchesEntry(deliverAt: number): boolean {
    if (this.#nextDueAt !== undefined) return false;
    // Later than it could have been asked for: the wall clock was set back meanwhile.
    if (deliverAt <= this.now || deliverAt > this.now + this.delayMs) return true;
    this.#nextDueAt = deliverAt;
    return false;
  }
}

/**
 * Puts messages of the delay levels back where they wanted to go, when their time has come (broker-semantics, 1.9).
 * Each level is a queue in order of delivery, so one sleeper per level is enough: it waits for the next message or the
 * next due time. At least once: after a failure or a crash some are delivered again.
 */
export class DelayDelivery implements Lifecycle {
  readonly #waits = new Set<() => void>();
  /** Those of the waits that are for a time. */
  readonly #sleeping = new Set<() => void>();
  readonly #rounds: Promise<void>[] = [];
  #phase: 'open' | 'closed' = 'open';
  #flushTimer: Timer | undefined;
  #delivered = 0;

  constructor(
    private readonly store: MessageStore,
    private readonly offsets: DelayOffsets,
    private readonly options: DelayDeliveryOptions,
    private readonly ports: DelayDeliveryPorts,
  ) {}

  /** Messages put back since the start. */
  get delivered(): number {
    return this.#delivered;
  }

  async start(): Promise<void> {
    const { clock, logger } = this.ports;
    for (let level = 1; level <= this.options.levels.length; level++) this.#rounds.push(this.#run(level));
    this.#flushTimer = every(clock, this.options.flushDelayOffsetInterval, () => this.offsets.flush(), {
      onError: (error) =>
        logger.error('delay offsets could not be written; trying again at the next interval', { error }),
    });
  }

  /** The wall clock was set: all levels look at it at once, not only within `MAX_SLEEP_MS`. */
  wallClockSet(): void {
    for (const wake of this.#sleeping) wake();
  }

  async close(): Promise<void> {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#flushTimer?.cancel();
    for (const done of this.#waits) done();
    await Promise.all(this.#rounds);
    await this.offsets.flush();
  }

  async #run(level: number): Promise<void> {
    const { clock, logger } = this.ports;
    while (this.#phase === 'open') {
      const round = await this.#round(level).catch((error: unknown): Round => {
        logger.error('delivery of delayed messages failed; trying again', { level, error });
        return { kind: 'failed' };
      });
      if (round.kind === 'wait-for-message') await this.#message(level, round.offset);
      else if (round.kind === 'wait-until') await this.#pause(Math.min(round.at - clock.now(), MAX_SLEEP_MS));
      else if (round.kind === 'failed') await this.#pause(FAILURE_PAUSE_MS);
    }
  }

  /** Until the level's queue has a message at `offset`, or the broker closes. */
  #message(level: number, offset: number): Promise<void> {
    const end = this.store.queueEnd(SystemTopic.SCHEDULE, level - 1);
    return this.#until((done) => void end.reached(offset + 1).then(done));
  }

  #pause(delayMs: number): Promise<void> {
    return this.#until((done) => {
      this.#sleeping.add(done);
      return this.ports.clock.schedule(Math.max(delayMs, 0), done);
    });
  }

  /** Until what `arm` sets up calls back, or the broker closes. */
  #until(arm: (done: () => void) => Timer | void): Promise<void> {
    return new Promise((resolve) => {
      if (this.#phase === 'closed') return resolve();
      const done = () => {
        if (!this.#waits.delete(done)) return;
        this.#sleeping.delete(done);
        timer?.cancel();
        resolve();
      };
      this.#waits.add(done);
      const timer = arm(done) ?? undefined;
    });
  }

  async #round(level: number): Promise<Round> {
    const queueId = level - 1;
    const now = this.ports.clock.now();
    const due = new DueEntries(now, this.options.levels[level - 1] ?? 0);
    const offset = this.#startOffset(level);
    const result = await this.store.read({
      topic: SystemTopic.SCHEDULE,
      queueId,
      offset,
      maxMessages: BATCH_MESSAGES,
      maxBytes: BATCH_BYTES,
      filter: due,
    });
    if (result.status !== 'FOUND') return this.#nothing(level, offset, result.nextOffset, due.nextDueAt);
    return this.#deliver(level, result.records);
  }

  #nothing(level: number, offset: number, nextOffset: number, nextDueAt: number | undefined): Round {
    if (nextDueAt !== undefined) return { kind: 'wait-until', at: nextDueAt };
    if (nextOffset > offset) {
      // The log was cut off below: what lay there is gone.
      this.offsets.set(level, nextOffset);
      return { kind: 'again' };
    }
    return { kind: 'wait-for-message', offset };
  }

  #startOffset(level: number): number {
    const queueId = level - 1;
    const min = this.store.minOffset(SystemTopic.SCHEDULE, queueId);
    const max = this.store.maxOffset(SystemTopic.SCHEDULE, queueId);
    return Math.min(Math.max(this.offsets.get(level) ?? 0, min), max);
  }

  async #deliver(level: number, records: readonly Uint8Array[]): Promise<Round> {
    const puts = await Promise.all(records.map((bytes) => this.#putBack(level, readRecord(bytes))));
    for (const { next, stored } of puts) {
      if (!stored) {
        await this.#pause(RETRY_MS);
        return { kind: 'again' };
      }
      this.#delivered++;
      this.offsets.set(level, next);
    }
    return { kind: 'again' };
  }

  async #putBack(level: number, record: DecodedRecord): Promise<{ readonly next: number; readonly stored: boolean }> {
    const next = record.queueOffset + 1;
    const message = delivered(record);
    if (message === undefined) {
      this.ports.logger.warn('a delayed message is dropped: it does not say where it belongs', {
        level,
        offset: record.queueOffset,
      });
      return { next, stored: true };
    }
    const put = await this.store.put(message);
    if (!('queueOffset' in put)) {
      this.ports.logger.warn('a delayed message could not be delivered yet', { level, status: put.status });
      return { next, stored: false };
    }
    if (put.status !== 'FLUSH_DISK_TIMEOUT') return { next, stored: true };
    return { next, stored: await this.#visible(message, put.queueOffset) };
  }

  /**
   * The disk is slow: waits until it has the message, which is when its queue shows it. Were the level's offset ahead, a loss
   * of power would lose messages that were acknowledged. False: the broker closes before.
   */
  async #visible({ topic, queueId }: MessageToStore, offset: number): Promise<boolean> {
    const end = this.store.queueEnd(topic, queueId);
    await this.#until((done) => void end.reached(offset + 1).then(done));
    return end.value > offset;
  }
}

/** The message as it is put back: its properties still tell of the delay (broker-semantics, 1.9). */
function delivered(record: DecodedRecord): MessageToStore | undefined {
  const topic = findProperty(record.properties, MessageProperty.REAL_TOPIC);
  const queueId = Number(findProperty(record.properties, MessageProperty.REAL_QUEUE_ID) ?? Number.NaN);
  if (topic === undefined || !Number.isSafeInteger(queueId) || queueId < 0) return undefined;
  if (topic === SystemTopic.TRANS_HALF || topic === SystemTopic.SCHEDULE) return undefined;
  return {
    topic,
    queueId,
    flag: record.flag,
    sysFlag: record.sysFlag,
    bornTimestamp: record.bornTimestamp,
    bornHost: record.bornHost,
    reconsumeTimes: record.reconsumeTimes,
    preparedTransactionOffset: record.preparedTransactionOffset,
    body: record.body,
    properties: record.properties,
  };
}
