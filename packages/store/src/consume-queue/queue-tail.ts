import { ENTRY_BYTES, EntryBlock, writeEntry } from './queue-entry.js';

const FIRST_ENTRIES = 16;
/** Beyond this a tail grows only when its entries cannot be written; the oldest written ones make room. */
const MAX_ENTRIES = 4096;
/** What a tail costs besides its bytes. */
const OVERHEAD_BYTES = 300;

/** The newest entries of a queue in memory, in the form in which they stand in the file. */
export class QueueTail {
  #bytes = new Uint8Array(FIRST_ENTRIES * ENTRY_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #count = 0;
  /** Used since the table looked for memory to give back. */
  used = true;

  /** `first`: queue offset of the first entry here. */
  constructor(public first: number) {}

  get end(): number {
    return this.first + this.#count;
  }

  get memory(): number {
    return this.#bytes.length + OVERHEAD_BYTES;
  }

  /** Full, and too few of its entries are written (those before queue offset `written`) to make room. */
  isCrowded(written: number): boolean {
    return (
      this.#count >= MAX_ENTRIES &&
      this.#count * ENTRY_BYTES === this.#bytes.length &&
      written - this.first < MAX_ENTRIES / 2
    );
  }

  push(physicalOffset: number, size: number, tagsCode: number, written: number): void {
    if (this.#count * ENTRY_BYTES === this.#bytes.length) this.#makeRoom(written);
    writeEntry(this.#view, this.#count * ENTRY_BYTES, physicalOffset, size, tagsCode);
    this.#count++;
    this.used = true;
  }

  /** Bytes of the entries [from, to), which are all here. A view: it is to be used at once. */
  bytes(from: number, to: number): Uint8Array {
    return this.#bytes.subarray((from - this.first) * ENTRY_BYTES, (to - this.first) * ENTRY_BYTES);
  }

  block(from: number, to: number): EntryBlock {
    this.used = true;
    return new EntryBlock(this.bytes(from, to), from, to - from);
  }

  #makeRoom(written: number): void {
    const removable = Math.min(written - this.first, this.#count);
    if (this.#count >= MAX_ENTRIES && removable >= MAX_ENTRIES / 2) {
      const dropped = Math.min(removable, this.#count - MAX_ENTRIES / 4);
      this.#bytes.copyWithin(0, dropped * ENTRY_BYTES);
      this.#count -= dropped;
      this.first += dropped;
      return;
    }
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
