import type { Disk } from '@cometmq/runtime';
import { StoreError } from '../store-error.js';
import type { HandlePool } from './handle-pool.js';
import { Segment } from './segment.js';

const SEGMENT_NAME = /^\d{20}$/;

/** Files of one size, named by their first byte's offset, that together are one long row of bytes (store-format, 1.1). */
export class SegmentQueue {
  readonly #segments: Segment[] = [];

  constructor(
    private readonly disk: Disk,
    private readonly pool: HandlePool,
    readonly directory: string,
    readonly fileSize: number,
  ) {}

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get first(): Segment | undefined {
    return this.#segments[0];
  }

  get last(): Segment | undefined {
    return this.#segments[this.#segments.length - 1];
  }

  /** Offset of the first byte there is; 0 without files. */
  get start(): number {
    return this.#segments[0]?.start ?? 0;
  }

  /** Offset after the last file. */
  get end(): number {
    return this.last?.end ?? 0;
  }

  /**
   * Finds the files. An empty last file is removed. What is done with a file that is shorter than it should be (after a
   * power failure its length may be lost): `refuse` it, `extend` it with zeros, or `drop` it and all behind it.
   */
  load(shortFiles: 'refuse' | 'extend' | 'drop'): void {
    this.#segments.length = 0;
    const entries = this.disk
      .listSync(this.directory)
      .filter((entry) => !entry.directory && SEGMENT_NAME.test(entry.name));
    for (const [index, entry] of entries.entries()) {
      const path = `${this.directory}/${entry.name}`;
      const size = this.disk.statSync(path)?.size ?? 0;
      const start = Number(entry.name);
      if (size === 0 && index === entries.length - 1) {
        this.disk.removeSync(path);
        continue;
      }
      if (size > this.fileSize || (size < this.fileSize && shortFiles === 'refuse') || !Number.isSafeInteger(start)) {
        throw wrongSize(path, size, this.fileSize);
      }
      if (size < this.fileSize && shortFiles === 'drop') {
        for (const rest of entries.slice(index)) this.disk.removeSync(`${this.directory}/${rest.name}`);
        return;
      }
      if (size < this.fileSize) this.#extend(path);
      this.#segments.push(new Segment(this.pool, this.directory, start, this.fileSize));
    }
  }

  /** The first place where a file is missing between two others. */
  get gap(): number | undefined {
    return this.#segments.find((segment, index) => {
      const next = this.#segments[index + 1];
      return next !== undefined && next.start !== segment.end;
    })?.end;
  }

  /** The file that holds `offset`, or undefined. */
  find(offset: number): Segment | undefined {
    const segments = this.#segments;
    const last = segments[segments.length - 1];
    if (last === undefined || offset < segments[0]!.start || offset >= last.end) return undefined;
    if (offset >= last.start) return last;
    const guess = segments[Math.floor((offset - segments[0]!.start) / this.fileSize)];
    if (guess !== undefined && guess.start <= offset && offset < guess.end) return guess;
    return segments.find((segment) => segment.start <= offset && offset < segment.end);
  }

  /** The first file that begins after `offset`. */
  after(offset: number): Segment | undefined {
    return this.#segments.find((segment) => segment.start > offset);
  }

  /** Makes the file that begins at `start`, which is behind all others. */
  create(start: number): Segment {
    return this.#add(start, 'full');
  }

  /** Makes the file that begins at `start` ahead of time and reserves its blocks in the background. */
  async reserve(start: number): Promise<void> {
    await this.#add(start, 'later').reserve();
  }

  /** Deletes the files that begin at or after `offset`. */
  removeFrom(offset: number): void {
    while (this.last !== undefined && this.last.start >= offset) this.#segments.pop()!.remove(this.disk);
  }

  removeFirst(): Segment | undefined {
    const segment = this.#segments.shift();
    segment?.remove(this.disk);
    return segment;
  }

  /** Deletes everything, the directory included. */
  destroy(): void {
    this.removeFrom(0);
    this.disk.removeSync(this.directory);
  }

  /** All writes that were made before the call are on stable storage when it resolves, new files included. */
  async sync(): Promise<void> {
    let fresh = false;
    for (const segment of this.#segments.filter((each) => each.dirty || each.fresh)) {
      if (segment.dirty) await segment.sync();
      fresh ||= segment.fresh;
    }
    if (fresh) await this.syncDirectory();
  }

  /** As `sync`, without trust in what is known about the files: after a crash. */
  async syncEverything(): Promise<void> {
    for (const segment of this.#segments) await segment.sync();
    await this.disk.syncDirectory(this.directory);
  }

  async syncDirectory(): Promise<void> {
    const fresh = this.#segments.filter((segment) => segment.fresh);
    await this.disk.syncDirectory(this.directory);
    for (const segment of fresh) segment.fresh = false;
  }

  modifiedAt(segment: Segment): number {
    return this.disk.statSync(segment.path)?.modifiedAt ?? 0;
  }

  #add(start: number, length: 'full' | 'later'): Segment {
    if (this.#segments.length === 0) this.disk.makeDirectorySync(this.directory);
    const segment = new Segment(this.pool, this.directory, start, this.fileSize);
    segment.create(this.disk, length);
    this.#segments.push(segment);
    return segment;
  }

  #extend(path: string): void {
    const file = this.disk.openSync(path, 'write');
    try {
      file.truncateSync(this.fileSize);
    } finally {
      file.closeSync();
    }
  }
}

function wrongSize(path: string, size: number, expected: number): StoreError {
  return new StoreError(
    'WRONG_FILE_SIZE',
    `${path} has ${size} bytes, but the store is configured for files of ${expected}: ` +
      `set mappedFileSizeCommitLog and mappedFileSizeConsumeQueue to what the directory was made with`,
  );
}
