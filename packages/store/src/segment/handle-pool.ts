import { type Disk, DiskError, type DiskFile } from '@cometmq/runtime';

/** What the pool keeps of an owner of one file. */
export interface PooledHandle {
  readonly path: string;
  file: DiskFile | undefined;
  /** Calls that are under way on `file`: it is not closed meanwhile. */
  pins: number;
  /** Set at each use, cleared when the pool looks for something to close ("second chance"). */
  used: boolean;
}

/**
 * Open files of a store, at most `maxOpenFiles` (files with calls under way may exceed it for that time). When it is full
 * the one that was not used for longest is closed; its owner opens it again when it needs it.
 */
export class HandlePool {
  readonly #open = new Set<PooledHandle>();
  #closed = false;

  constructor(
    private readonly disk: Disk,
    private readonly maxOpenFiles: number,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  open(handle: PooledHandle): DiskFile {
    if (this.#closed) throw new DiskError('CLOSED', handle.path, 'the store is closed');
    let file: DiskFile;
    try {
      file = this.disk.openSync(handle.path, 'write');
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'TOO_MANY_FILES' || this.#open.size === 0) throw error;
      this.#closeIdle(Math.ceil(this.#open.size / 2));
      file = this.disk.openSync(handle.path, 'write');
    }
    return this.adopt(handle, file);
  }

  /** Takes over a file that the owner has just created. */
  adopt(handle: PooledHandle, file: DiskFile): DiskFile {
    if (this.#open.size >= this.maxOpenFiles) this.#closeIdle(1);
    handle.file = file;
    handle.used = true;
    this.#open.add(handle);
    return file;
  }

  close(handle: PooledHandle): void {
    this.#open.delete(handle);
    handle.file?.closeSync();
    handle.file = undefined;
  }

  closeAll(): void {
    this.#closed = true;
    for (const handle of this.#open) this.close(handle);
  }

  #closeIdle(count: number): void {
    let left = count;
    // Two rounds at most: the first one takes away the second chances.
    for (let looked = this.#open.size * 2; looked > 0 && left > 0; looked--) {
      const [oldest] = this.#open;
      if (oldest === undefined) return;
      if (oldest.used || oldest.pins > 0) {
        oldest.used = false;
        this.#open.delete(oldest);
        this.#open.add(oldest);
      } else {
        this.close(oldest);
        left--;
      }
    }
  }
}
