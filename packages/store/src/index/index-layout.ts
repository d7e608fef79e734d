/*
 * An index file (store-format, section 7), all numbers big-endian:
 *
 *   0  int64 beginTimestamp   8  int64 endTimestamp   16  int64 beginPhyOffset   24  int64 endPhyOffset
 *  32  int32 hashSlotCount   36  int32 indexCount
 *  40  maxHashSlotNum slots: int32 number of the newest entry, 0 for none
 *   …  maxIndexNum entries:  int32 keyHash, int64 phyOffset, int32 timeDiffSeconds, int32 prevIndex
 *
 * Entry 0 is never used, so indexCount, the number of the next entry, begins at 1.
 */
export const HEADER_BYTES = 40;
export const SLOT_BYTES = 4;
export const ENTRY_BYTES = 20;
/** Timestamps are kept in seconds after the first one of the file. */
export const SECOND_MS = 1000;

/** Sizes of an index file: numbers of slots and of entries. */
export interface IndexDimensions {
  readonly maxHashSlotNum: number;
  readonly maxIndexNum: number;
}

export function entriesAt({ maxHashSlotNum }: IndexDimensions): number {
  return HEADER_BYTES + maxHashSlotNum * SLOT_BYTES;
}

export function indexFileBytes(dimensions: IndexDimensions): number {
  return entriesAt(dimensions) + dimensions.maxIndexNum * ENTRY_BYTES;
}

export interface IndexHeader {
  beginTimestamp: number;
  endTimestamp: number;
  beginPhyOffset: number;
  endPhyOffset: number;
  /** Slots in use. */
  hashSlotCount: number;
  /** Number of the next entry. */
  indexCount: number;
}

export function readIndexHeader(bytes: Uint8Array): IndexHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    beginTimestamp: readInt64(view, 0),
    endTimestamp: readInt64(view, 8),
    beginPhyOffset: readInt64(view, 16),
    endPhyOffset: readInt64(view, 24),
    hashSlotCount: view.getInt32(32),
    indexCount: Math.max(1, view.getInt32(36)),
  };
}

export function writeIndexHeader(header: IndexHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  writeInt64(view, 0, header.beginTimestamp);
  writeInt64(view, 8, header.endTimestamp);
  writeInt64(view, 16, header.beginPhyOffset);
  writeInt64(view, 24, header.endPhyOffset);
  view.setInt32(32, header.hashSlotCount);
  view.setInt32(36, header.indexCount);
  return bytes;
}

/** Entries in memory as they stand in a file; `first` is the number of the first one. */
export class IndexEntries {
  readonly #view: DataView;

  constructor(
    bytes: Uint8Array,
    readonly first: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get end(): number {
    return this.first + Math.floor(this.#view.byteLength / ENTRY_BYTES);
  }

  has(number: number): boolean {
    return number >= this.first && number < this.end;
  }

  keyHash(number: number): number {
    return this.#view.getInt32(this.#at(number));
  }

  phyOffset(number: number): number {
    return readInt64(this.#view, this.#at(number) + 4);
  }

  timeDiff(number: number): number {
    return this.#view.getInt32(this.#at(number) + 12);
  }

  prevIndex(number: number): number {
    return this.#view.getInt32(this.#at(number) + 16);
  }

  set(number: number, keyHash: number, phyOffset: number, timeDiff: number, prevIndex: number): void {
    const at = this.#at(number);
    this.#view.setInt32(at, keyHash);
    writeInt64(this.#view, at + 4, phyOffset);
    this.#view.setInt32(at + 12, timeDiff);
    this.#view.setInt32(at + 16, prevIndex);
  }

  #at(number: number): number {
    return (number - this.first) * ENTRY_BYTES;
  }
}

/** Beyond the safe integers no file of this store has anything: such a number comes from damage and is only compared. */
function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}

function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 0x1_0000_0000));
  view.setInt32(at + 4, value | 0);
}
