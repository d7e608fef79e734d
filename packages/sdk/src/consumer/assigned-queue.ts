import { describeQueue } from '../client/client-instance.js';
import type { MessageQueue } from '../message/message-queue.js';
import { RecordView, type ViewContext } from '../message/message-view.js';
import { ProcessQueue, type WindowLimits } from './process-queue.js';
import type { PulledRecord } from './pulled-record.js';

/** A message on its way through this consumer. */
export class PulledMessage<T = unknown> extends RecordView<T> {
  slot = -1;
  /** Consumed again in place so often. */
  localRetries = 0;

  constructor(
    record: PulledRecord,
    /** Where it is settled. */
    readonly assigned: AssignedQueue,
    context: ViewContext,
  ) {
    super(record, assigned.queue, context);
  }

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
  /** Wall clock of the last pull and of the last settled message; 0 before the first. */
  pulledAt = 0;
  consumedAt = 0;
  #pull: AbortController | undefined;
  #drop: AbortController | undefined;
  #busy = 0;
  #idle: (() => void)[] = [];
  #predecessor: AssignedQueue | undefined;

  /** With a predecessor (a seek) handlers may still work on what was pulled before: `idle` waits for them, too. */
  constructor(
    readonly queue: MessageQueue,
    startOffset: number,
    limits: WindowLimits,
    predecessor?: AssignedQueue,
  ) {
    this.window = new ProcessQueue(startOffset, limits);
    this.nextOffset = startOffset;
    this.#predecessor = predecessor;
  }

  get dropped(): boolean {
    return this.window.dropped;
  }

  /** Gives the queue up: nothing more of it is pulled or committed. */
  drop(): void {
    if (this.dropped) return;
    this.window.drop();
    this.interrupt();
    this.#drop?.abort(this.#notPulled());
  }

  /** Fires when the queue is given up. */
  get signal(): AbortSignal {
    this.#drop ??= new AbortController();
    if (this.dropped && !this.#drop.signal.aborted) this.#drop.abort(this.#notPulled());
    return this.#drop.signal;
  }

  /** Settles a message at a wall clock time; what was given up no longer counts. */
  settle(message: PulledMessage, now: number): void {
    this.consumedAt = now;
    this.window.settle(message);
  }

  /** For the next pull or pause of the pull loop: ends it when the queue is given up or interrupted. */
  waitSignal(): AbortSignal {
    this.#pull ??= new AbortController();
    return this.#pull.signal;
  }

  /** Ends what the pull loop waits for: its answer is of no use any more. */
  interrupt(): void {
    const pull = this.#pull;
    this.#pull = undefined;
    pull?.abort(this.#notPulled());
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
  async idle(): Promise<void> {
    await this.#predecessor?.idle();
    this.#predecessor = undefined;
    if (this.#busy > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #notPulled(): Error {
    return new Error(`${describeQueue(this.queue)} is not pulled any more`);
  }
}
