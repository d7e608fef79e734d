import type { Disk, DiskFile } from '@cometmq/runtime';
import type { HandlePool, PooledHandle } from './handle-pool.js';

/** Name of the segment that begins at `start`: 20 decimal digits (store-format, 1.1). */
export function segmentName(start: number): string {
  return String(start).padStart(20, '0');
}

/**
 * One file of a queue of files: the bytes [start, start + size) of the queue. Positions given to it are those of the
 * queue. The file is opened when it is needed and may be closed by the pool at any time.
 */
export class Segment implements PooledHandle {
  file: DiskFile | undefined = undefined;
  pins = 0;
  used = false;
  /** Bytes of it were written since the last `sync` began. */
  dirty = false;
  /** The directory entry is not known to be on stable storage yet. */
  fresh = false;
  #removed = false;
  #short = false;

  constructor(
    private readonly pool: HandlePool,
    private readonly directory: string,
    readonly start: number,
    readonly size: number,
  ) {}

  get path(): string {
    return `${this.directory}/${segmentName(this.start)}`;
  }

  get end(): number {
    return this.start + this.size;
  }

  /** Makes the file: zeros; it gets its length now or from `reserve`. */
  create(disk: Disk, length: 'full' | 'later' = 'full'): void {
    const file = disk.openSync(this.path, 'create');
    this.#short = file.sizeSync() !== this.size;
    this.pool.adopt(this, file);
    this.fresh = true;
    this.dirty = true;
    if (length === 'later') return;
    try {
      this.ensureLength();
    } catch (error) {
      this.remove(disk);
      throw error;
    }
  }

  /** Gives the file its full length if it has not got it yet. */
  ensureLength(): void {
    if (!this.#short) return;
    this.#file().truncateSync(this.size);
    this.#short = false;
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.dirty = true;
    this.#file().writeSync(bytes, offset - this.start);
  }

  readSync(into: Uint8Array, offset: number): number {
    return this.#file().readSync(into, offset - this.start);
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.#pinned((file) => file.read(into, offset - this.start));
  }

  /** What was written before the call is on stable storage when it resolves. */
  async sync(): Promise<void> {
    this.dirty = false;
    try {
      await this.#pinned((file) => file.sync());
    } catch (error) {
      this.dirty = true;
      throw error;
    }
  }

  /** Reserves the file's blocks, so that writes neither run out of space nor have to find some. */
  async reserve(): Promise<void> {
    try {
      await this.#pinned((file) => file.preallocate(this.size));
    } finally {
      if (!this.#removed) this.ensureLength();
    }
  }

  /** Everything from `offset` on reads as zeros again. */
  zeroFrom(offset: number): void {
    const file = this.#file();
    this.dirty = true;
    file.truncateSync(offset - this.start);
    file.truncateSync(this.size);
  }

  /** Deletes the file; it is closed when the last call that is under way has ended. */
  remove(disk: Disk): void {
    this.#removed = true;
    if (this.pins === 0) this.pool.close(this);
    disk.removeSync(this.path);
  }

  get removed(): boolean {
    return this.#removed;
  }

  #file(): DiskFile {
    this.used = true;
    return this.file ?? this.pool.open(this);
  }

  async #pinned<T>(call: (file: DiskFile) => Promise<T>): Promise<T> {
    const file = this.#file();
    this.pins++;
    try {
      return await call(file);
    } finally {
      this.pins--;
      if (this.#removed && this.pins === 0) this.pool.close(this);
    }
  }
}
