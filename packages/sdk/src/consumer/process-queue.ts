/** What a window needs to know of a message. */
export interface Windowed {
  readonly queueOffset: number;
  /** Bytes it holds in memory. */
  readonly size: number;
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

const SETTLED = Symbol('settled');

/**
 * The messages of one queue that were pulled and are not settled yet, in offset order. What may be committed is the
 * offset of the oldest unsettled one, or one past the newest when nothing is open: a crash repeats messages, it never
 * loses one.
 */
export class ProcessQueue<M extends Windowed> {
  /** Ring of slots from the oldest unsettled message on; settled ones in between are marked. */
  #slots: (M | typeof SETTLED)[] = [];
  #offsets: number[] = [];
  #head = 0;
  #unsettled = 0;
  #bytes = 0;
  #next: number;
  #dropped = false;
  #waiting: (() => void)[] = [];

  constructor(
    startOffset: number,
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

  /** The queue belongs to another member now, or the consumer closes: nothing of it is committed any more. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** What may be committed. */
  get commitOffset(): number {
    return this.#unsettled === 0 ? this.#next : this.#offsets[this.#head]!;
  }

  /** Adds pulled messages in offset order; ones below what was already added are ignored (a repeated pull). */
  add(messages: readonly M[]): M[] {
    const added: M[] = [];
    for (const message of messages) {
      if (message.queueOffset < this.#next) continue;
      this.#slots.push(message);
      this.#offsets.push(message.queueOffset);
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
    const at = this.#find(message.queueOffset);
    if (at === undefined || this.#slots[at] !== message) return false;
    this.#slots[at] = SETTLED;
    this.#unsettled -= 1;
    this.#bytes -= message.size;
    while (this.#head < this.#slots.length && this.#slots[this.#head] === SETTLED) this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) this.#compact();
    this.#wake();
    return true;
  }

  /** Open messages, oldest first. */
  *open(): IterableIterator<M> {
    for (let at = this.#head; at < this.#slots.length; at += 1) {
      const slot = this.#slots[at];
      if (slot !== undefined && slot !== SETTLED) yield slot;
    }
  }

  /** Whether another pull may start. */
  get hasRoom(): boolean {
    if (this.#unsettled === 0) return true;
    return this.#unsettled < this.limits.messages && this.#bytes < this.limits.bytes && this.#next - 1 - this.#offsets[this.#head]! < this.limits.span;
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

  #wake(): void {
    if (this.#waiting.length === 0 || (!this.hasRoom && !this.#dropped)) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #find(offset: number): number | undefined {
    let low = this.#head;
    let high = this.#offsets.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#offsets[middle]!;
      if (found === offset) return middle;
      if (found < offset) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #compact(): void {
    this.#slots = this.#slots.slice(this.#head);
    this.#offsets = this.#offsets.slice(this.#head);
    this.#head = 0;
  }
}
