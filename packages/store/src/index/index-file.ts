import type { HandlePool } from '../segment/handle-pool.js';
import { PooledFile } from '../segment/pooled-file.js';
import {
  entriesAt,
  ENTRY_BYTES,
  HEADER_BYTES,
  type IndexDimensions,
  IndexEntries,
  indexFileBytes,
  type IndexHeader,
  readIndexHeader,
  SECOND_MS,
  SLOT_BYTES,
  writeIndexHeader,
} from './index-layout.js';
import { IndexSlots } from './index-slots.js';
import { IndexTail } from './index-tail.js';

const MAX_INT = 0x7fff_ffff;
const READ_BLOCK_BYTES = 1 << 20;
/** Entries read together: neighbours often belong to one chain. */
const CHAIN_BLOCK_ENTRIES = 800;

/** What is looked for in a file, and how much may still be read for it. */
export interface IndexSearch {
  readonly keyHash: number;
  readonly maxNum: number;
  readonly begin: number;
  readonly end: number;
  readonly found: number[];
  readsLeft: number;
}

/** One file of the index. The one that is being written has its slots and newest entries in memory. */
export class IndexFile extends PooledFile {
  header: IndexHeader;
  /** `indexCount` of the header that stands in the file. */
  #savedCount: number;
  #open: { readonly slots: IndexSlots; readonly tail: IndexTail } | undefined;

  constructor(
    pool: HandlePool,
    private readonly directory: string,
    readonly name: string,
    private readonly dimensions: IndexDimensions,
    previous?: IndexHeader,
  ) {
    super(pool, indexFileBytes(dimensions));
    const { endTimestamp = 0, endPhyOffset = 0 } = previous ?? {};
    this.header = {
      beginTimestamp: endTimestamp,
      endTimestamp,
      beginPhyOffset: endPhyOffset,
      endPhyOffset,
      hashSlotCount: 0,
      indexCount: 1,
    };
    this.#savedCount = 0;
  }

  override get path(): string {
    return `${this.directory}/${this.name}`;
  }

  get full(): boolean {
    return this.header.indexCount >= this.dimensions.maxIndexNum;
  }

  /** Whether entries can be put, or the file was only found on the disk. */
  get writable(): boolean {
    return this.#open !== undefined;
  }

  /** The header in the file does not tell everything yet. */
  get unsaved(): boolean {
    return this.#savedCount !== this.header.indexCount;
  }

  load(): void {
    const bytes = new Uint8Array(HEADER_BYTES);
    this.readAtSync(bytes, 0);
    this.header = readIndexHeader(bytes);
    this.#savedCount = this.header.indexCount;
  }

  /** Makes a file that was just created ready for entries. */
  openNew(): void {
    this.#open = { slots: new IndexSlots(this.dimensions.maxHashSlotNum), tail: new IndexTail(1) };
  }

  /**
   * Makes a file that was found on the disk ready for more entries. With `rebuild` the slots come from the entries: after
   * a crash they may be newer than the header, and an older entry behind such a slot would be lost.
   */
  async openAgain(rebuild: boolean): Promise<void> {
    const slots = new IndexSlots(this.dimensions.maxHashSlotNum);
    if (rebuild) await this.#rebuild(slots);
    else if (this.header.indexCount > 1) await this.#readSlots(slots.bytes);
    this.#open = { slots, tail: new IndexTail(this.header.indexCount) };
  }

  /** Adds an entry to the file, which is writable and not full. Throws DiskError when memory is full and cannot be written. */
  put(keyHash: number, phyOffset: number, storeTimestamp: number): void {
    const { header } = this;
    const { slots, tail } = this.#open!;
    if (tail.crowded) this.writeEntries();
    const slot = keyHash % this.dimensions.maxHashSlotNum;
    let previous = slots.get(slot);
    if (previous < 0 || previous > header.indexCount) previous = 0;
    tail.push(keyHash, phyOffset, this.#timeDiff(storeTimestamp), previous);
    slots.set(slot, header.indexCount);
    if (header.indexCount === 1) {
      header.beginPhyOffset = phyOffset;
      header.beginTimestamp = storeTimestamp;
    }
    if (previous === 0) header.hashSlotCount++;
    header.indexCount++;
    header.endPhyOffset = phyOffset;
    header.endTimestamp = storeTimestamp;
  }

  /** Writes the entries that are only in memory. After a failure they are still there. */
  writeEntries(): void {
    const tail = this.#open?.tail;
    if (tail === undefined || tail.unwritten.length === 0) return;
    this.writeAtSync(tail.unwritten, entriesAt(this.dimensions) + tail.written * ENTRY_BYTES);
    tail.written = this.header.indexCount;
  }

  /** Writes some of the slots that are newer in memory; false when there are none. */
  writeSomeSlots(): boolean {
    return this.#open?.slots.writeRun((bytes, position) => this.writeAtSync(bytes, HEADER_BYTES + position)) ?? false;
  }

  /** Writes all but the header, and gives the memory back. */
  seal(): void {
    this.writeEntries();
    while (this.writeSomeSlots());
    this.#open = undefined;
  }

  saveHeader(header: IndexHeader): void {
    this.writeAtSync(writeIndexHeader(header), 0);
    this.#savedCount = header.indexCount;
  }

  overlaps(begin: number, end: number): boolean {
    return begin <= this.header.endTimestamp && end >= this.header.beginTimestamp;
  }

  /** Follows the chain of the key from the newest entry on. */
  async search(search: IndexSearch): Promise<void> {
    const { indexCount, beginTimestamp } = this.header;
    let block: IndexEntries | undefined;
    let number = await this.#slot(search.keyHash % this.dimensions.maxHashSlotNum);
    while (number > 0 && number < indexCount && search.found.length < search.maxNum) {
      const entries: IndexEntries | undefined = this.#inMemory(number) ?? (block?.has(number) ? block : undefined);
      if (entries === undefined) {
        if (search.readsLeft-- <= 0) return;
        block = await this.#readEntries(Math.max(1, number - CHAIN_BLOCK_ENTRIES + 1), number + 1);
        if (!block.has(number)) return;
        continue;
      }
      const timeDiff = entries.timeDiff(number);
      if (timeDiff < 0) return;
      const time = beginTimestamp + timeDiff * SECOND_MS;
      if (entries.keyHash(number) === search.keyHash && time >= search.begin && time <= search.end) {
        search.found.push(entries.phyOffset(number));
      }
      const previous = entries.prevIndex(number);
      if (previous >= number || time < search.begin) return;
      number = previous;
    }
  }

  /** How many of the newest entries stand for the message at `phyOffset`. */
  async countTrailing(phyOffset: number): Promise<number> {
    let count = 0;
    for (let end = this.header.indexCount; end > 1;) {
      const first = Math.max(1, end - CHAIN_BLOCK_ENTRIES);
      const block = await this.#readEntries(first, end);
      for (let number = end - 1; number >= first; number--) {
        if (!block.has(number) || block.phyOffset(number) !== phyOffset) return count;
        count++;
      }
      end = first;
    }
    return count;
  }

  #timeDiff(storeTimestamp: number): number {
    const { beginTimestamp } = this.header;
    if (beginTimestamp <= 0) return 0;
    return Math.min(MAX_INT, Math.max(0, Math.trunc((storeTimestamp - beginTimestamp) / SECOND_MS)));
  }

  async #slot(slot: number): Promise<number> {
    const slots = this.#open?.slots;
    if (slots !== undefined) return slots.get(slot);
    const bytes = new Uint8Array(SLOT_BYTES);
    await this.readAt(bytes, HEADER_BYTES + slot * SLOT_BYTES);
    return new DataView(bytes.buffer).getInt32(0);
  }

  #inMemory(number: number): IndexEntries | undefined {
    const tail = this.#open?.tail;
    return tail?.has(number) === true ? tail.entries : undefined;
  }

  async #readEntries(first: number, end: number): Promise<IndexEntries> {
    const bytes = new Uint8Array((end - first) * ENTRY_BYTES);
    const count = await this.readAt(bytes, entriesAt(this.dimensions) + first * ENTRY_BYTES);
    return new IndexEntries(bytes.subarray(0, count), first);
  }

  async #readSlots(into: Uint8Array): Promise<void> {
    for (let at = 0; at < into.length; at += READ_BLOCK_BYTES) {
      await this.readAt(into.subarray(at, at + READ_BLOCK_BYTES), HEADER_BYTES + at);
    }
  }

  async #rebuild(slots: IndexSlots): Promise<void> {
    const { maxHashSlotNum } = this.dimensions;
    const { indexCount } = this.header;
    const most = Math.floor(READ_BLOCK_BYTES / ENTRY_BYTES);
    for (let first = 1; first < indexCount; first += most) {
      const block = await this.#readEntries(first, Math.min(first + most, indexCount));
      for (let number = first; number < block.end; number++) {
        const hash = block.keyHash(number);
        if (hash >= 0) slots.set(hash % maxHashSlotNum, number);
      }
    }
    slots.changeAll();
  }
}
