/** What a window needs to know of a message. */
export interface Windowed {
  readonly queueOffset: number;
  /** Bytes it holds in memory. */
  readonly size: number;
  /** The window's own mark: where the message stands in it. */
  slot: number;
}

/** Flow control: pulling stops at any of these. */
export interface WindowLimits {
  /** default 1000 */
  readonly messages: number;
  /** default 100 MiB */
  readonly bytes: number;
  /** Offsets between the oldest unsettled and the newest message; default 2000. */
  readonly span: number;
}

export const DEFAULT_WINDOW_LIMITS: WindowLimits = { messages: 1000, bytes: 100 * 1024 * 1024, span: 2000 };

const FIRST_CAPACITY = 64;

/**
 * The messages of one queue that were pulled and are not settled yet, in offset order. What may be committed is the
 * offset of the oldest unsettled one, or one past the newest when nothing is open: a crash repeats messages, it never
 * loses one.
 */
export class ProcessQueue<M extends Windowed> {
  /** A ring: the message of slot `s` stands at `s & (length - 1)` until it is settled. The slot at the head is unsettled. */
  #ring: (M | undefined)[] = Array.from({ length: FIRST_CAPACITY });
  #head = 0;
  #tail = 0;
  #unsettled = 0;
  #bytes = 0;
  #next: number;
  #dropped = false;
  #waiting: (() => void)[] = [];

  constructor(
    /** Where the window began. */
    readonly startOffset: number,
    private readonly limits: WindowLimits = DEFAULT_WINDOW_LIMITS,
  ) {
    this.#next = startOffset;
  }

  /** Messages pulled and not settled. */
  get count(): number {
    return this.#unsettled;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One past the newest message that was added or skipped. */
  get nextOffset(): number {
    return this.#next;
  }

  /** The queue belongs to another member now, or the consumer closes: nothing of it is committed any more. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** What may be committed. */
  get commitOffset(): number {
    return this.#unsettled === 0 ? this.#next : this.#oldest;
  }

  /** Adds pulled messages in offset order; ones below what was already added are ignored (a repeated pull). */
  add(messages: readonly M[]): M[] {
    const added: M[] = [];
    for (const message of messages) {
      if (message.queueOffset < this.#next) continue;
      if (this.#tail - this.#head === this.#ring.length) this.#grow();
      message.slot = this.#tail++;
      this.#ring[message.slot & (this.#ring.length - 1)] = message;
      this.#next = message.queueOffset + 1;
      this.#unsettled += 1;
      this.#bytes += message.size;
      added.push(message);
    }
    return added;
  }

  /** The broker said that nothing of interest lies below `offset`: what may be committed moves on when nothing is open. */
  skipTo(offset: number): void {
    if (offset > this.#next) this.#next = offset;
  }

  /** Settles one message; false when it was not open. */
  settle(message: M): boolean {
    const mask = this.#ring.length - 1;
    if (this.#ring[message.slot & mask] !== message) return false;
    this.#ring[message.slot & mask] = undefined;
    this.#unsettled -= 1;
    this.#bytes -= message.size;
    while (this.#head < this.#tail && this.#ring[this.#head & mask] === undefined) this.#head += 1;
    if (this.#waiting.length > 0) this.#wake();
    return true;
  }

  /** Open messages, oldest first. */
  *open(): IterableIterator<M> {
    for (let slot = this.#head; slot < this.#tail; slot += 1) {
      const message = this.#ring[slot & (this.#ring.length - 1)];
      if (message !== undefined) yield message;
    }
  }

  /** Whether another pull may start. */
  get hasRoom(): boolean {
    if (this.#unsettled === 0) return true;
    const { messages, bytes, span } = this.limits;
    return this.#unsettled < messages && this.#bytes < bytes && this.#next - 1 - this.#oldest < span;
  }

  /** Resolves when there is room, or when the queue was dropped. */
  room(): Promise<void> {
    if (this.hasRoom || this.#dropped) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  drop(): void {
    this.#dropped = true;
    this.#wake();
  }

  /** Of the oldest unsettled message; there must be one. */
  get #oldest(): number {
    return this.#ring[this.#head & (this.#ring.length - 1)]!.queueOffset;
  }

  #wake(): void {
    if (!this.hasRoom && !this.#dropped) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #grow(): void {
    const larger: (M | undefined)[] = Array.from({ length: this.#ring.length * 2 });
    for (let slot = this.#head; slot < this.#tail; slot += 1) {
      larger[slot & (larger.length - 1)] = this.#ring[slot & (this.#ring.length - 1)];
    }
    this.#ring = larger;
  }
}
