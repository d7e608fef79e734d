import { type Clock, type Disk, Watermark } from '@cometmq/runtime';
import type { HandlePool } from '../segment/handle-pool.js';
import type { Segment } from '../segment/segment.js';
import { SegmentQueue } from '../segment/segment-queue.js';
import { ENTRY_BYTES, EntryBlock, FILLER_SIZE, writeEntry } from './queue-entry.js';
import { QueueTail } from './queue-tail.js';

/** What all queues of a store share. */
export interface QueueSurroundings {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly pool: HandlePool;
  readonly directory: string;
  readonly fileSize: number;
}

/** Filler is written in pieces of this many entries. */
const FILLER_BLOCK = 3000;

/**
 * Positions of the messages of one queue, in order (store-format, section 4). New entries go to a tail in memory and are
 * written from there in groups; a queue that is not used keeps neither a tail nor an open file.
 */
export class ConsumeQueue {
  /** Queue offset of the next message that is appended to the log; `end` follows when it has been dispatched. */
  nextOffset = 0;
  /** One past the newest entry. */
  end = 0;
  /** Oldest entry whose message is still there. */
  minOffset = 0;
  /** One past the newest entry that is in the file. */
  written = 0;
  /** One past the last byte of the newest message in the log; -1 when there is none. */
  maxPhysicalOffset = -1;
  tail: QueueTail | undefined = undefined;
  files: SegmentQueue | undefined = undefined;
  /** Its topic was deleted; whoever still holds it writes nothing any more. */
  gone = false;
  #watermark: Watermark | undefined;

  constructor(
    readonly topic: string,
    readonly queueId: number,
    private readonly around: QueueSurroundings,
  ) {}

  get directory(): string {
    return `${this.around.directory}/${this.topic}/${this.queueId}`;
  }

  get exists(): boolean {
    return this.end > 0 || this.files !== undefined;
  }

  get entriesPerFile(): number {
    return this.around.fileSize / ENTRY_BYTES;
  }

  /** Its value is `end`. Made when somebody wants to wait. */
  get watermark(): Watermark {
    this.#watermark ??= new Watermark(this.around.clock, this.end);
    return this.#watermark;
  }

  /** Wakes whoever waits for the entries that have been added. */
  announce(): void {
    this.#watermark?.advance(this.end);
  }

  closeWatermark(): void {
    this.#watermark?.close();
  }

  /** The files, found on the disk or to be made. */
  openFiles(): SegmentQueue {
    const { disk, pool, fileSize } = this.around;
    this.files ??= new SegmentQueue(disk, pool, this.directory, fileSize);
    return this.files;
  }

  /** Adds the entry of queue offset `end` to the tail. */
  push(physicalOffset: number, size: number, tagsCode: number): void {
    this.tail ??= new QueueTail(this.end);
    this.tail.push(physicalOffset, size, tagsCode, this.written);
    this.end++;
    this.maxPhysicalOffset = physicalOffset + size;
  }

  /** Makes the queue begin at `offset` because the messages before it are gone; it is empty so far. */
  beginAt(offset: number): void {
    this.end = offset;
    this.written = offset;
    this.minOffset = offset;
    this.tail = undefined;
  }

  /** Writes the entries that only the tail has. After a failure they are still there. */
  write(): void {
    const { tail } = this;
    if (tail === undefined) return;
    while (this.written < this.end) {
      const at = this.written * ENTRY_BYTES;
      const segment = this.#segmentFor(at);
      const to = Math.min(this.end, segment.end / ENTRY_BYTES);
      segment.writeSync(tail.bytes(this.written, to), at);
      this.written = to;
    }
  }

  /** The entries [from, to) if they are all in memory. */
  inMemory(from: number, to: number): EntryBlock | undefined {
    const { tail } = this;
    return tail === undefined || from < tail.first || to > tail.end ? undefined : tail.block(from, to);
  }

  /** Up to `count` entries from `from` on, out of one file or the tail; empty when there is none. */
  async read(from: number, count: number): Promise<EntryBlock> {
    const to = Math.min(from + count, this.end);
    const hot = this.inMemory(from, to);
    if (hot !== undefined) return hot;
    const at = from * ENTRY_BYTES;
    const segment = this.files?.find(at);
    if (segment === undefined || to <= from) return new EntryBlock(new Uint8Array(0), from, 0);
    const upTo = Math.min(Math.max(this.written, from), to, segment.end / ENTRY_BYTES);
    const bytes = new Uint8Array((upTo - from) * ENTRY_BYTES);
    const got = await segment.read(bytes, at);
    return new EntryBlock(bytes, from, Math.floor(got / ENTRY_BYTES));
  }

  /** As `read`, at once: for recovery. */
  readSync(from: number, count: number): EntryBlock {
    const to = Math.min(from + count, this.end);
    const segment = this.files?.find(from * ENTRY_BYTES);
    if (segment === undefined || to <= from) return new EntryBlock(new Uint8Array(0), from, 0);
    const bytes = new Uint8Array((Math.min(to, segment.end / ENTRY_BYTES) - from) * ENTRY_BYTES);
    const got = segment.readSync(bytes, from * ENTRY_BYTES);
    return new EntryBlock(bytes, from, Math.floor(got / ENTRY_BYTES));
  }

  /** The entry at `offset`, which exists, at once. */
  blockAt(offset: number): EntryBlock {
    return this.inMemory(offset, offset + 1) ?? this.readSync(offset, 1);
  }

  /** Forgets the entries from `offset` on, in memory and on the disk. */
  truncate(offset: number): void {
    if (offset >= this.end) return;
    if (offset < this.written) {
      const files = this.openFiles();
      files.removeFrom(offset * ENTRY_BYTES);
      files.find(offset * ENTRY_BYTES)?.zeroFrom(offset * ENTRY_BYTES);
    }
    this.end = offset;
    this.written = Math.min(this.written, offset);
    this.minOffset = Math.min(this.minOffset, offset);
    this.tail = undefined;
  }

  /** What was written before the call is on stable storage when it resolves, with the way to it. */
  async sync(): Promise<void> {
    const { files } = this;
    if (files === undefined || this.gone) return;
    const isNew = files.segments.length === 1 && files.first!.fresh;
    await files.sync();
    if (!isNew) return;
    await this.around.disk.syncDirectory(`${this.around.directory}/${this.topic}`);
    await this.around.disk.syncDirectory(this.around.directory);
  }

  /** The first offset of the file behind the one of `offset`. */
  nextFileOffset(offset: number): number {
    return offset + this.entriesPerFile - (offset % this.entriesPerFile);
  }

  /** Gives the tail's memory back; false while it has entries that are nowhere else. */
  releaseTail(): boolean {
    if (this.written < this.end) return false;
    this.tail = undefined;
    return true;
  }

  destroy(): void {
    this.gone = true;
    this.tail = undefined;
    this.openFiles().destroy();
    this.files = undefined;
    this.nextOffset = this.end = this.minOffset = this.written = 0;
    this.maxPhysicalOffset = -1;
    this.closeWatermark();
    this.#watermark = undefined;
  }

  #segmentFor(at: number): Segment {
    const files = this.openFiles();
    const found = files.find(at);
    if (found !== undefined) return found;
    const start = at - (at % files.fileSize);
    const first = files.first === undefined;
    const segment = files.create(start);
    if (first && at > start) this.#fill(segment, at);
    return segment;
  }

  /** "Pre-blank" entries from the start of the first file to the first message's (store-format, 4.2). */
  #fill(segment: Segment, upTo: number): void {
    const bytes = new Uint8Array(Math.min((upTo - segment.start) / ENTRY_BYTES, FILLER_BLOCK) * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) writeEntry(view, at, 0, FILLER_SIZE, 0);
    for (let at = segment.start; at < upTo; at += bytes.length) {
      segment.writeSync(bytes.subarray(0, Math.min(bytes.length, upTo - at)), at);
    }
  }
}
