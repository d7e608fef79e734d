import { assert } from './assert.js';
import type { Clock, Timer } from './clock.js';
import type { Deadline } from './deadline.js';

/** Why a gate let somebody not through: the line is full, the time is over, the caller gave up, the gate is closed. */
export type GateRefusal = 'FULL' | 'EXPIRED' | 'ABORTED' | 'CLOSED';

export class GateError extends Error {
  override readonly name = 'GateError';
  constructor(
    readonly code: GateRefusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface GateOptions {
  /** For messages and gauges. */
  readonly name: string;
  readonly clock: Clock;
  /** How many may be inside at a time. */
  readonly concurrency: number;
  /** How many may stand in line; more are refused at once. */
  readonly maxWaiting: number;
}

/** How long somebody stands in line. */
export interface GateWait {
  readonly deadline?: Deadline | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: GateError) => void;
}

/** Lets a bounded number through at a time; a bounded number waits, first come first served. */
export class Gate {
  #inside = 0;
  #closed = false;
  /** In the order of coming. */
  readonly #line = new Set<Waiter>();

  constructor(private readonly options: GateOptions) {
    assert(options.concurrency >= 1, `gate ${options.name}: concurrency is at least 1`);
    assert(options.maxWaiting >= 0, `gate ${options.name}: maxWaiting is not negative`);
  }

  get name(): string {
    return this.options.name;
  }

  /** How many are inside: a gauge. */
  get inside(): number {
    return this.#inside;
  }

  /** How many stand in line: a gauge. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Goes in when there is room at once and nobody waits. Each success needs one `leave`. */
  tryEnter(): boolean {
    if (this.#closed || this.#inside >= this.options.concurrency || this.#line.size > 0) return false;
    this.#inside++;
    return true;
  }

  /** Goes in as soon as there is room; rejects with GateError. Each success needs one `leave`. */
  enter(wait: GateWait = {}): Promise<void> {
    const { deadline, signal } = wait;
    if (this.#closed) return Promise.reject(this.#refusal('CLOSED'));
    if (signal?.aborted) return Promise.reject(this.#refusal('ABORTED', signal.reason));
    if (this.tryEnter()) return Promise.resolve();
    if (this.#line.size >= this.options.maxWaiting) return Promise.reject(this.#refusal('FULL'));
    if (deadline?.expired === true) return Promise.reject(this.#refusal('EXPIRED'));
    return new Promise((resolve, reject) => this.#wait(deadline, signal, resolve, reject));
  }

  leave(): void {
    assert(this.#inside > 0, `gate ${this.name}: somebody left who was not inside`);
    this.#inside--;
    this.#admitNext();
  }

  /** Runs `task` inside. */
  async run<T>(task: () => T | Promise<T>, wait?: GateWait): Promise<T> {
    await this.enter(wait);
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  /** Refuses everybody from now on, those in line too; who is inside goes on. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#line) waiter.refuse(this.#refusal('CLOSED'));
  }

  #wait(
    deadline: Deadline | undefined,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (error: GateError) => void,
  ): void {
    let timer: Timer | undefined;
    const settle = () => {
      this.#line.delete(waiter);
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = {
      admit: () => {
        settle();
        resolve();
      },
      refuse: (error) => {
        settle();
        reject(error);
      },
    };
    const onAbort = () => waiter.refuse(this.#refusal('ABORTED', signal?.reason));
    this.#line.add(waiter);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (deadline && deadline.at !== Number.POSITIVE_INFINITY) {
      timer = this.options.clock.schedule(deadline.remainingMs(), () => waiter.refuse(this.#refusal('EXPIRED')));
    }
  }

  #admitNext(): void {
    if (this.#inside >= this.options.concurrency) return;
    for (const waiter of this.#line) {
      this.#inside++;
      return waiter.admit();
    }
  }

  #refusal(code: GateRefusal, cause?: unknown): GateError {
    const { concurrency, maxWaiting, name } = this.options;
    const why = {
      FULL: `${concurrency} are inside and ${maxWaiting} wait already`,
      EXPIRED: 'the deadline passed before there was room',
      ABORTED: 'the caller gave up',
      CLOSED: 'it is closed',
    }[code];
    return new GateError(code, `gate ${name}: ${why}`, cause === undefined ? undefined : { cause });
  }
}
