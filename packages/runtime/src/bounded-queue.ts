import { assert } from './assert.js';
import type { Gauge } from './telemetry.js';

export interface BoundedQueueOptions<T> {
  /** For messages and gauges. */
  readonly name: string;
  readonly maxCount: number;
  /** Default: no bound on bytes. */
  readonly maxBytes?: number;
  /** Bytes that an item stands for; needed with `maxBytes`. Must give the same for the same item always. Default 0. */
  readonly sizeOf?: (item: T) => number;
  /** `reject` refuses the new item, `drop-oldest` gives up old ones for it. */
  readonly whenFull: 'reject' | 'drop-oldest';
  /** Hears of items given up by `drop-oldest`. */
  readonly onDropped?: (item: T) => void;
}

const SMALLEST_RING = 16;

/** First in, first out, never more than its bounds. A ring that grows with its content. */
export class BoundedQueue<T> {
  readonly name: string;
  #ring: (T | undefined)[] = [];
  #head = 0;
  #count = 0;
  #bytes = 0;
  #refused = 0;
  readonly #maxBytes: number;
  readonly #sizeOf: (item: T) => number;

  constructor(private readonly options: BoundedQueueOptions<T>) {
    assert(options.maxCount >= 1, `queue ${options.name}: maxCount is at least 1`);
    assert(
      options.maxBytes === undefined || options.sizeOf !== undefined,
      `queue ${options.name}: maxBytes needs sizeOf`,
    );
    this.name = options.name;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#sizeOf = options.sizeOf ?? (() => 0);
  }

  get size(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Items that were refused or dropped since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** False when the item was refused: the queue is full, or the item alone is over `maxBytes`. */
  push(item: T): boolean {
    const bytes = this.#sizeOf(item);
    const { maxCount, onDropped, whenFull } = this.options;
    while (this.#count >= maxCount || this.#bytes + bytes > this.#maxBytes) {
      this.#refused++;
      if (whenFull === 'reject' || bytes > this.#maxBytes) return false;
      const dropped = this.shift() as T;
      onDropped?.(dropped);
    }
    if (this.#count === this.#ring.length) this.#resize(Math.max(SMALLEST_RING, this.#count * 2));
    this.#ring[(this.#head + this.#count) & (this.#ring.length - 1)] = item;
    this.#count++;
    this.#bytes += bytes;
    return true;
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    if (this.#count === 0) return undefined;
    const item = this.#ring[this.#head] as T;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#count--;
    this.#bytes -= this.#sizeOf(item);
    // A burst shall not hold its memory for ever.
    if (this.#ring.length > SMALLEST_RING && this.#count * 4 < this.#ring.length) this.#resize(this.#ring.length / 2);
    return item;
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#ring[this.#head];
  }

  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  /** From the oldest on; not to be changed meanwhile. */
  *[Symbol.iterator](): Generator<T, void> {
    for (let n = 0; n < this.#count; n++) yield this.#ring[(this.#head + n) & (this.#ring.length - 1)] as T;
  }

  /** `<prefix>_items`, `<prefix>_bytes` and `<prefix>_refused_total`, labelled with the name. */
  gauges(prefix: string): Gauge[] {
    const labels = { queue: this.name };
    const gauge = (name: string, help: string, kind: Gauge['kind'], value: () => number): Gauge => {
      return { name: `${prefix}_${name}`, help, kind, read: () => [{ labels, value: value() }] };
    };
    return [
      gauge('items', 'Items in the queue.', 'gauge', () => this.#count),
      gauge('bytes', 'Bytes in the queue.', 'gauge', () => this.#bytes),
      gauge('refused_total', 'Items refused or dropped because the queue was full.', 'counter', () => this.#refused),
    ];
  }

  #resize(length: number): void {
    const items = [...this];
    const ring = Array.from<T | undefined>({ length });
    for (const [n, item] of items.entries()) ring[n] = item;
    this.#ring = ring;
    this.#head = 0;
  }
}
