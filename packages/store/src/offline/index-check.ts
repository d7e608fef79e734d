import { recordProperties, recordStoreTimestamp, recordSysFlag, recordTopic, transactionType } from '@cometmq/protocol';
import type { IndexFile } from '../index/index-file.js';
import {
  entriesAt,
  ENTRY_BYTES,
  HEADER_BYTES,
  type IndexDimensions,
  IndexEntries,
  SECOND_MS,
  SLOT_BYTES,
} from '../index/index-layout.js';
import { addKeyHashes } from '../index/key-hash.js';
import { findIndexFiles, type OfflineIndexOptions } from './offline-index.js';
import type { Findings } from './report.js';
import type { StoreFiles } from './store-files.js';

const BLOCK_ENTRIES = 4096;
const SLOT_BLOCK_BYTES = 1 << 20;
const NO_ENTRIES = new IndexEntries(new Uint8Array(0), 0);

interface OpenFile {
  readonly path: string;
  readonly file: IndexFile;
  readonly dimensions: IndexDimensions;
  /** What the slots must be after the entries so far. */
  readonly slots: Int32Array;
  entries: IndexEntries;
  next: number;
}

/** Compares the index with the keys of the log: both have the same order. */
export class IndexCheck {
  readonly #files: { readonly path: string; readonly file: IndexFile; readonly dimensions: IndexDimensions }[] = [];
  #open: OpenFile | undefined;
  #place = 0;
  #last = -1;
  #behind: { readonly offset: number; count: number } | undefined;
  #began = false;
  entries = 0;
  rebuild = false;

  constructor(
    private readonly files: StoreFiles,
    private readonly findings: Findings,
    options: OfflineIndexOptions,
    private readonly logMin: number,
  ) {
    for (const found of findIndexFiles(files, options)) {
      if (found.kind === 'sound') this.#files.push(found);
      else
        this.#wrong(
          found.path,
          `has ${found.size} bytes and is no index file of a known shape (give maxHashSlotNum and maxIndexNum)`,
        );
    }
  }

  get count(): number {
    return this.#files.length;
  }

  async start(): Promise<void> {
    await this.#nextFile();
  }

  async record(record: Uint8Array, offset: number): Promise<void> {
    if (this.#files.length === 0 || transactionType(recordSysFlag(record)) === 'rollback') return;
    const hashes: number[] = [];
    addKeyHashes(recordTopic(record), recordProperties(record), hashes);
    if (hashes.length === 0) return;
    await this.#passUntil(offset);
    for (const hash of hashes) await this.#expect(hash, offset, recordStoreTimestamp(record));
    this.#last = offset;
  }

  async finish(logEnd: number): Promise<void> {
    while (this.#open !== undefined) {
      const { path, entries, next } = this.#open;
      const place = entries.phyOffset(next);
      if (place >= logEnd) {
        this.findings.unfinished('index', path, `leads to log offset ${place}, where the log has ended already`, next);
        this.rebuild ||= this.findings.closedInOrder;
        return;
      }
      await this.#passUntil(place + 1);
    }
    if (this.#behind === undefined) return;
    const { offset, count } = this.#behind;
    const path = this.#files.at(-1)!.path;
    this.findings.unfinished('index', path, `${count} keys from log offset ${offset} on are not in the index`);
    this.rebuild ||= this.findings.closedInOrder;
  }

  /** Goes over entries of places before `offset`, at which no more keys were expected. */
  async #passUntil(offset: number): Promise<void> {
    for (let open = this.#open; open !== undefined; open = this.#open) {
      const place = open.entries.phyOffset(open.next);
      if (place >= offset && place <= Number.MAX_SAFE_INTEGER) return;
      // After a crash Apache may index the newest message twice.
      if (place >= this.logMin && place !== this.#last)
        this.#wrong(open.path, `leads to log offset ${place}, where no message has keys that are missing`, open.next);
      await this.#advance();
    }
  }

  async #expect(hash: number, offset: number, storeTimestamp: number): Promise<void> {
    const open = this.#open;
    if (open === undefined) {
      this.#behind ??= { offset, count: 0 };
      this.#behind.count++;
      return;
    }
    const { entries, next, path, file } = open;
    if (entries.phyOffset(next) !== offset) {
      // An index that was switched on later than the log began.
      if (this.#began) this.#wrong(path, `the entry of a key of the message at log offset ${offset} is missing`, next);
      return;
    }
    this.#began = true;
    if (entries.keyHash(next) !== hash)
      this.#wrong(
        path,
        `has hash ${entries.keyHash(next)}, a key of the message at log offset ${offset} has ${hash}`,
        next,
      );
    const seconds = Math.trunc((storeTimestamp - file.header.beginTimestamp) / SECOND_MS);
    // The first one counts from the end of the file before (store-format, section 7).
    if (next > 1 && entries.timeDiff(next) !== Math.max(0, seconds))
      this.#wrong(
        path,
        `has time ${entries.timeDiff(next)} s after the file's first message, its message ${seconds} s`,
        next,
      );
    await this.#advance();
  }

  /** One entry further: the chain it belongs to is followed on the way. */
  async #advance(): Promise<void> {
    const open = this.#open!;
    const { entries, next, slots, path } = open;
    const hash = entries.keyHash(next);
    this.entries++;
    if (hash < 0) this.#wrong(path, `has hash ${hash}`, next);
    else {
      const slot = hash % slots.length;
      if (entries.prevIndex(next) !== slots[slot])
        this.#wrong(
          path,
          `leads on to entry ${entries.prevIndex(next)}, the one before of its slot is ${slots[slot]}`,
          next,
        );
      slots[slot] = next;
    }
    open.next++;
    if (open.next >= open.file.header.indexCount) {
      await this.#checkSlots(open);
      await this.#nextFile();
    } else if (!entries.has(open.next)) await this.#load(open);
  }

  async #nextFile(): Promise<void> {
    this.#open = undefined;
    for (let found = this.#files[this.#place++]; found !== undefined; found = this.#files[this.#place++]) {
      const { indexCount } = found.file.header;
      if (indexCount <= 1) continue;
      if (indexCount > found.dimensions.maxIndexNum) {
        this.#wrong(
          found.path,
          `its header speaks of ${indexCount} entries, there is room for ${found.dimensions.maxIndexNum}`,
        );
        continue;
      }
      const slots = new Int32Array(found.dimensions.maxHashSlotNum);
      const open: OpenFile = { ...found, slots, entries: NO_ENTRIES, next: 1 };
      this.#open = open;
      await this.#load(open);
      return;
    }
  }

  async #load(open: OpenFile): Promise<void> {
    const count = Math.min(BLOCK_ENTRIES, open.file.header.indexCount - open.next);
    const bytes = new Uint8Array(count * ENTRY_BYTES);
    await open.file.readAt(bytes, entriesAt(open.dimensions) + open.next * ENTRY_BYTES);
    open.entries = new IndexEntries(bytes, open.next);
  }

  async #checkSlots({ file, path, slots }: OpenFile): Promise<void> {
    const bytes = new Uint8Array(Math.min(SLOT_BLOCK_BYTES, slots.length * SLOT_BYTES));
    const view = new DataView(bytes.buffer);
    for (let first = 0; first < slots.length; first += SLOT_BLOCK_BYTES / SLOT_BYTES) {
      const count = Math.min(slots.length - first, SLOT_BLOCK_BYTES / SLOT_BYTES);
      await file.readAt(bytes.subarray(0, count * SLOT_BYTES), HEADER_BYTES + first * SLOT_BYTES);
      for (let index = 0; index < count; index++) {
        const found = view.getInt32(index * SLOT_BYTES);
        const wanted = slots[first + index]!;
        if (found === wanted) continue;
        const message = `slot ${first + index} leads to entry ${found}, the newest of its entries is ${wanted}`;
        // Entries that are newer than the header: the next start makes the slots again.
        if (found >= file.header.indexCount) this.findings.unfinished('index', path, message);
        else this.#wrong(path, message);
        this.rebuild ||= this.findings.closedInOrder;
      }
    }
  }

  #wrong(path: string, message: string, entry?: number): void {
    this.rebuild = true;
    this.findings.damage('index', path, message, entry);
  }
}
