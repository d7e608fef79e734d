import { describeQueue } from '../client/client-instance.js';
import type { MessageQueue } from '../message/message-queue.js';
import { RecordView } from '../message/message-view.js';
import { ProcessQueue, type WindowLimits } from './process-queue.js';

/** A message on its way through this consumer. */
export class PulledMessage<T = unknown> extends RecordView<T> {
  /** Where it is settled. */
  assigned!: AssignedQueue;
  /** Consumed again in place so often (orderly). */
  localRetries = 0;

  get size(): number {
    return this.record.size;
  }

  override get reconsumeTimes(): number {
    return this.record.reconsumeTimes + this.localRetries;
  }
}

/** A queue this instance owns now. */
export class AssignedQueue {
  readonly window: ProcessQueue<PulledMessage>;
  /** Where the next pull starts. */
  nextOffset: number;
  /** Monotonic moment of the last confirmation that the broker holds our lock; orderly only. */
  lockedAt = Number.NEGATIVE_INFINITY;
  /** Monotonic moment of the last pull. */
  pulledAt = Number.NEGATIVE_INFINITY;
  readonly #abort = new AbortController();
  #busy = 0;
  #idle: (() => void)[] = [];

  constructor(
    readonly queue: MessageQueue,
    startOffset: number,
    limits: WindowLimits,
  ) {
    this.window = new ProcessQueue(startOffset, limits);
    this.nextOffset = startOffset;
  }

  get dropped(): boolean {
    return this.window.dropped;
  }

  /** Fires when the queue is given up: a pull under way need not be waited for. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Gives the queue up: nothing more of it is pulled or committed. */
  drop(): void {
    if (this.dropped) return;
    this.window.drop();
    this.#abort.abort(new Error(`${describeQueue(this.queue)} was given up`));
  }

  /** A handler works on messages of this queue. */
  enter(): void {
    this.#busy += 1;
  }

  leave(): void {
    this.#busy -= 1;
    if (this.#busy > 0) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when no handler works on the queue. */
  idle(): Promise<void> {
    return this.#busy === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }
}
