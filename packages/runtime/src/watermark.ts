import type { Clock, Timer } from './clock.js';

interface Waiter {
  readonly target: number;
  readonly resolve: (reached: boolean) => void;
  timer: Timer | undefined;
  settled: boolean;
}

/**
 * A number that only grows, and everybody who waits for it to pass a target or for a deadline: the one way to wait for
 * flush, replication, dispatch and new messages in a queue.
 *
 * Waiters stand in a binary heap by target, so `advance` costs only what it wakes.
 */
export class Watermark {
  #value: number;
  #closed = false;
  readonly #heap: Waiter[] = [];

  constructor(
    private readonly clock: Clock,
    initial = 0,
  ) {
    this.#value = initial;
  }

  get value(): number {
    return this.#value;
  }

  /** How many are waiting: a gauge. */
  get waiting(): number {
    return this.#heap.length;
  }

  /** Raises the value and wakes whoever waited for it; a smaller value is ignored. */
  advance(value: number): void {
    if (value <= this.#value) return;
    this.#value = value;
    while (this.#heap.length > 0 && this.#heap[0]!.target <= value) this.#settle(this.#pop(), true);
  }

  /**
   * True as soon as the value is at least `target`, false at the deadline (a `clock.monotonic()` time; none: wait for ever)
   * or when the watermark is closed.
   */
  reached(target: number, deadline?: number): Promise<boolean> {
    if (this.#value >= target) return Promise.resolve(true);
    const delayMs = deadline === undefined ? undefined : deadline - this.clock.monotonic();
    if (this.#closed || (delayMs !== undefined && delayMs <= 0)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = { target, resolve, timer: undefined, settled: false };
      if (delayMs !== undefined) waiter.timer = this.clock.schedule(delayMs, () => this.#expire(waiter));
      this.#push(waiter);
    });
  }

  /** Wakes everybody with false; from then on only reached targets are. */
  close(): void {
    this.#closed = true;
    while (this.#heap.length > 0) this.#settle(this.#pop(), false);
  }

  #expire(waiter: Waiter): void {
    if (waiter.settled) return;
    const at = this.#heap.indexOf(waiter);
    const last = this.#heap.pop()!;
    if (last !== waiter) {
      this.#heap[at] = last;
      this.#sink(at);
      this.#swim(at);
    }
    this.#settle(waiter, false);
  }

  #settle(waiter: Waiter, reached: boolean): void {
    waiter.settled = true;
    waiter.timer?.cancel();
    waiter.resolve(reached);
  }

  #push(waiter: Waiter): void {
    this.#heap.push(waiter);
    this.#swim(this.#heap.length - 1);
  }

  #pop(): Waiter {
    const top = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return top;
  }

  #swim(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#heap[parent]!.target <= this.#heap[at]!.target) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(start: number): void {
    let at = start;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < this.#heap.length && this.#heap[left]!.target < this.#heap[least]!.target) least = left;
      if (right < this.#heap.length && this.#heap[right]!.target < this.#heap[least]!.target) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = held;
  }
}
