import type { QueueEntry } from '../ports.js';

/** Bytes of an entry: int64 position of the record, int32 size, int64 tags code (store-format, section 4). */
export const ENTRY_BYTES = 20;
/** Size in an entry that stands for no message: before the first one of a queue that does not begin at 0 (4.2). */
export const FILLER_SIZE = 0x7fffffff;

export function writeEntry(view: DataView, at: number, physicalOffset: number, size: number, tagsCode: number): void {
  view.setInt32(at, Math.floor(physicalOffset / 0x1_0000_0000));
  view.setInt32(at + 4, physicalOffset | 0);
  view.setInt32(at + 8, size);
  view.setInt32(at + 12, Math.floor(tagsCode / 0x1_0000_0000));
  view.setInt32(at + 16, tagsCode | 0);
}

/** Entries as they were read, decoded one field at a time. */
export class EntryBlock {
  readonly #view: DataView;

  constructor(
    bytes: Uint8Array,
    /** Queue offset of the first entry. */
    readonly first: number,
    readonly count: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  physicalOffset(index: number): number {
    const at = index * ENTRY_BYTES;
    return this.#view.getInt32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
  }

  size(index: number): number {
    return this.#view.getInt32(index * ENTRY_BYTES + 8);
  }

  tagsCode(index: number): number {
    const at = index * ENTRY_BYTES + 12;
    return this.#view.getInt32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
  }

  /** Recovery's test (4.3): what was never written reads as zeros. */
  isWritten(index: number): boolean {
    return this.size(index) > 0 && this.physicalOffset(index) >= 0;
  }

  /** Nothing but zeros. */
  isBlank(index: number): boolean {
    for (let at = index * ENTRY_BYTES; at < (index + 1) * ENTRY_BYTES; at += 4) {
      if (this.#view.getInt32(at) !== 0) return false;
    }
    return true;
  }

  isFiller(index: number): boolean {
    return this.size(index) === FILLER_SIZE;
  }

  entry(index: number): QueueEntry {
    return {
      physicalOffset: this.physicalOffset(index),
      size: this.size(index),
      tagsCode: this.tagsCode(index),
    };
  }
}
