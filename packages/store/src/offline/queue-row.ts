import { ENTRY_BYTES, EntryBlock } from '../consume-queue/queue-entry.js';
import { FileRow } from './file-row.js';

/** One consume queue as it is found. Offsets are those of the queue. */
export class QueueRow {
  constructor(
    readonly files: FileRow,
    readonly topic: string,
    readonly queueId: number,
  ) {}

  /** The oldest offset that has a file. */
  get start(): number {
    return Math.ceil(this.files.start / ENTRY_BYTES);
  }

  /** Up to `count` entries from `from` on, out of one file. */
  async read(from: number, count: number): Promise<EntryBlock> {
    const bytes = await this.files.read(from * ENTRY_BYTES, count * ENTRY_BYTES);
    return new EntryBlock(bytes, from, Math.floor(bytes.length / ENTRY_BYTES));
  }

  /** One past the newest written entry, if what is written has no holes. */
  async writtenEnd(): Promise<number> {
    for (const segment of this.files.segments.toReversed()) {
      const first = Math.ceil(segment.start / ENTRY_BYTES);
      const end = await this.#search(first, Math.floor(segment.end / ENTRY_BYTES), (block) => block.isWritten(0));
      if (end > first) return end;
    }
    return this.start;
  }

  /** The first offset of [from, to) whose entry points at or behind a position of the log; `to` when none does. */
  firstFrom(from: number, to: number, physicalOffset: number): Promise<number> {
    return this.#search(from, to, (block) => {
      const place = block.physicalOffset(0);
      return place < physicalOffset || (place === 0 && block.isFiller(0));
    });
  }

  /** The first offset of [from, to) whose entry is not there or does not fit; those that fit stand before the others. */
  async #search(from: number, to: number, fits: (block: EntryBlock) => boolean): Promise<number> {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const block = await this.read(middle, 1);
      if (block.count === 1 && fits(block)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
