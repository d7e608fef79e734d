import { recordStoreTimestamp } from '@cometmq/protocol';
import { type Clock, type Disk, type Logger, Watermark } from '@cometmq/runtime';
import type { HandlePool } from '../segment/handle-pool.js';
import type { Segment } from '../segment/segment.js';
import { SegmentQueue } from '../segment/segment-queue.js';
import { RecentLog } from './recent-log.js';

export interface CommitLogOptions {
  readonly directory: string;
  /** Bytes per file. */
  readonly fileSize: number;
  /** Bound on the memory of the newest records. */
  readonly recentLogMaxBytes: number;
}

export interface CommitLogPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
}

/** Memory is taken in pieces of this size. */
const CHUNK_BYTES = 1 << 20;
/** Smaller files are made when they are needed: reserving blocks starts a program. */
const MIN_PREPARED_BYTES = 64 << 20;
/** Up to the store timestamp, with the widest born host. */
const TIMESTAMP_HEAD_BYTES = 76;

/** All messages of a broker in the order of their arrival. */
export class CommitLog {
  readonly files: SegmentQueue;
  readonly recent: RecentLog;
  /** Everything below was handed to the kernel. */
  readonly appended: Watermark;
  #minOffset = 0;
  #preparing: Segment | undefined;
  #reserving: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: CommitLogOptions,
    private readonly ports: CommitLogPorts,
    pool: HandlePool,
  ) {
    this.files = new SegmentQueue(ports.disk, pool, options.directory, options.fileSize);
    const chunkBytes = Math.min(CHUNK_BYTES, options.fileSize, options.recentLogMaxBytes);
    this.recent = new RecentLog(chunkBytes, options.recentLogMaxBytes);
    this.appended = new Watermark(ports.clock);
  }

  get directory(): string {
    return this.options.directory;
  }

  get fileSize(): number {
    return this.options.fileSize;
  }

  /** Offset of the oldest byte that can be read. */
  get minOffset(): number {
    return this.#minOffset;
  }

  get maxOffset(): number {
    return this.appended.value;
  }

  /** Finds the files; recovery then says where the log ends. */
  load(crashed: boolean): void {
    this.files.load(crashed ? 'extend' : 'refuse');
    this.#minOffset = this.files.start;
  }

  /** Recovery's word: the log ends here. Later files go; with `clearTail` what is left behind the end reads as zeros. */
  setEnd(end: number, clearTail: boolean): void {
    this.files.removeFrom(end + 1);
    const segment = this.files.find(end);
    if (clearTail && segment !== undefined) segment.zeroFrom(end);
    this.appended.advance(end);
  }

  /** The file that offset `start` (a file's first byte) belongs to, made when it is not there yet. */
  openFile(start: number): Segment {
    const segment = this.files.find(start) ?? this.files.create(start);
    segment.ensureLength();
    return segment;
  }

  /** Makes the file behind `segment` while there is time, and reserves its blocks. Failures show up when it is needed. */
  prepareNext(segment: Segment): void {
    if (this.#preparing === segment || this.fileSize < MIN_PREPARED_BYTES || this.files.last !== segment) return;
    this.#preparing = segment;
    this.#reserving = this.files.reserve(segment.end).catch((error: unknown) => {
      this.ports.logger.warn('the next commit log file could not be made ahead of time', { error });
    });
  }

  /** Deletes the file that was made ahead of time, if it was not needed. */
  async removeUnused(): Promise<void> {
    await this.#reserving;
    this.files.removeFrom(this.maxOffset + 1);
  }

  /** The bytes [offset, offset + size), if they are in memory. */
  inMemory(offset: number, size: number): Uint8Array | undefined {
    if (offset + size > this.appended.value || offset < this.#minOffset) return undefined;
    return this.recent.find(offset, size);
  }

  /** The bytes [offset, offset + size) of one file; undefined when they are not (all) there. */
  async read(offset: number, size: number): Promise<Buffer | undefined> {
    const segment = this.files.find(offset);
    if (segment === undefined || offset < this.#minOffset || offset + size > Math.min(this.maxOffset, segment.end)) {
      return undefined;
    }
    const into = Buffer.allocUnsafe(size);
    try {
      const count = await segment.read(into, offset);
      return count === size ? into : undefined;
    } catch (error) {
      if (segment.removed) return undefined;
      throw error;
    }
  }

  /** Store time of the record at `offset`; undefined when there is none. */
  async storeTimestamp(offset: number): Promise<number | undefined> {
    const size = Math.min(TIMESTAMP_HEAD_BYTES, this.maxOffset - offset, (this.files.find(offset)?.end ?? 0) - offset);
    if (size < TIMESTAMP_HEAD_BYTES) return undefined;
    const head = this.inMemory(offset, size) ?? (await this.read(offset, size));
    return head === undefined ? undefined : recordStoreTimestamp(head);
  }

  /** As `storeTimestamp`, at once. */
  storeTimestampSync(offset: number): number | undefined {
    const segment = this.files.find(offset);
    const size = Math.min(TIMESTAMP_HEAD_BYTES, this.maxOffset - offset, (segment?.end ?? 0) - offset);
    if (segment === undefined || size < TIMESTAMP_HEAD_BYTES) return undefined;
    const head = new Uint8Array(size);
    return segment.readSync(head, offset) === size ? recordStoreTimestamp(head) : undefined;
  }

  /** The first offset behind the file of `offset`, from which reading can go on when that file is gone. */
  nextFileStart(offset: number): number {
    return offset - (offset % this.fileSize) + this.fileSize;
  }

  /** Deletes the oldest file; the last one stays. */
  removeOldest(): Segment | undefined {
    if (this.files.segments.length < 2) return undefined;
    const second = this.files.segments[1]!;
    // The newest message stays: without it nothing tells where the log has been.
    if (second.start >= this.maxOffset) return undefined;
    this.#minOffset = second.start;
    return this.files.removeFirst();
  }
}
