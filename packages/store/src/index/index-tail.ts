import { ENTRY_BYTES, IndexEntries } from './index-layout.js';

const FIRST_ENTRIES = 256;
/** Bound on the entries in memory: 4 MiB. More are only taken when these are in the file. */
const MAX_ENTRIES = Math.floor((4 << 20) / ENTRY_BYTES);

/** The newest entries of a file that is being written; the part from `written` on is not in the file yet. */
export class IndexTail {
  #bytes = new Uint8Array(FIRST_ENTRIES * ENTRY_BYTES);
  #entries: IndexEntries;
  #capacity = FIRST_ENTRIES;
  /** Number of the next entry that is written to the file. */
  written: number;

  /** `next`: number of the next entry. */
  constructor(private next: number) {
    this.#entries = new IndexEntries(this.#bytes, next);
    this.written = next;
  }

  get entries(): IndexEntries {
    return this.#entries;
  }

  has(number: number): boolean {
    return number >= this.#entries.first && number < this.next;
  }

  /** True when there is no room until what is here has been written. */
  get crowded(): boolean {
    return this.next - this.#entries.first >= MAX_ENTRIES && this.written < this.next;
  }

  push(keyHash: number, phyOffset: number, timeDiff: number, prevIndex: number): void {
    if (this.next - this.#entries.first === this.#capacity) this.#makeRoom();
    this.#entries.set(this.next++, keyHash, phyOffset, timeDiff, prevIndex);
  }

  /** Bytes of the entries that are not in the file. A view: it is to be used at once. */
  get unwritten(): Uint8Array {
    const { first } = this.#entries;
    return this.#bytes.subarray((this.written - first) * ENTRY_BYTES, (this.next - first) * ENTRY_BYTES);
  }

  #makeRoom(): void {
    if (this.#capacity >= MAX_ENTRIES) {
      this.#entries = new IndexEntries(this.#bytes, this.next);
      return;
    }
    this.#capacity = Math.min(this.#capacity * 2, MAX_ENTRIES);
    const larger = new Uint8Array(this.#capacity * ENTRY_BYTES);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#entries = new IndexEntries(larger, this.#entries.first);
  }
}
