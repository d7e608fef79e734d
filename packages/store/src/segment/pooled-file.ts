import type { Disk, DiskFile } from '@cometmq/runtime';
import type { HandlePool, PooledHandle } from './handle-pool.js';

/** A file of known length that is opened when it is needed and may be closed by the pool at any time. */
export abstract class PooledFile implements PooledHandle {
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
    readonly size: number,
  ) {}

  /** Computed, not kept: there may be very many files. */
  abstract get path(): string;

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

  writeAtSync(bytes: Uint8Array, position: number): void {
    this.dirty = true;
    this.#file().writeSync(bytes, position);
  }

  readAtSync(into: Uint8Array, position: number): number {
    return this.#file().readSync(into, position);
  }

  readAt(into: Uint8Array, position: number): Promise<number> {
    return this.#pinned((file) => file.read(into, position));
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

  /** Everything from `position` on reads as zeros again. */
  zeroFromAt(position: number): void {
    const file = this.#file();
    this.dirty = true;
    file.truncateSync(position);
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
