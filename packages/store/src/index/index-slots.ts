import { SLOT_BYTES } from './index-layout.js';

/** Slots are written in whole pages. */
const PAGE_BYTES = 4096;
/** Pages side by side are written together, up to this many bytes. */
const MAX_RUN_BYTES = 1 << 20;

/** The slots of a file that is being written, in memory as they stand in the file, with a note of what has changed. */
export class IndexSlots {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #changed: Uint8Array;

  constructor(slots: number) {
    // Zeros that no page of memory stands for until it is touched.
    this.#bytes = new Uint8Array(slots * SLOT_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#changed = new Uint8Array(Math.ceil(this.#bytes.length / PAGE_BYTES));
  }

  /** What stands in the file, to be filled when the file is read. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get(slot: number): number {
    return this.#view.getInt32(slot * SLOT_BYTES);
  }

  set(slot: number, entry: number): void {
    const at = slot * SLOT_BYTES;
    this.#view.setInt32(at, entry);
    this.#changed[Math.floor(at / PAGE_BYTES)] = 1;
  }

  changeAll(): void {
    this.#changed.fill(1);
  }

  /** Writes the next run of changed pages; false when there is none. After a failure they still count as changed. */
  writeRun(write: (bytes: Uint8Array, position: number) => void): boolean {
    const first = this.#changed.indexOf(1);
    if (first < 0) return false;
    const most = first + MAX_RUN_BYTES / PAGE_BYTES;
    let end = first + 1;
    while (end < most && this.#changed[end] === 1) end++;
    write(this.#bytes.subarray(first * PAGE_BYTES, end * PAGE_BYTES), first * PAGE_BYTES);
    this.#changed.fill(0, first, end);
    return true;
  }
}
