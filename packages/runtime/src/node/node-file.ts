import { DiskError, type DiskFile } from '../disk.js';
import { fs } from './builtins.js';
import { diskCall, toDiskError } from './disk-errors.js';
import { fallocate } from './fallocate.js';

const { closeSync, fdatasync, fstatSync, ftruncateSync, read, readSync, writeSync } = fs;

/** A file of the operating system by its descriptor. */
export class NodeFile implements DiskFile {
  #closed = false;
  /** Calls in the thread pool: while there are some the descriptor must not be given back, its number could be reused. */
  #inFlight = 0;

  constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  sizeSync(): number {
    this.#assertOpen();
    return diskCall('reading the size', this.path, () => fstatSync(this.fd).size);
  }

  readSync(into: Uint8Array, position: number): number {
    this.#assertOpen();
    let done = 0;
    try {
      while (done < into.length) {
        const count = readSync(this.fd, into, done, into.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
    } catch (error) {
      throw toDiskError(error, 'reading', this.path);
    }
    return done;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#background((resolve, reject) => {
      let done = 0;
      const next = (): void => {
        read(this.fd, into, done, into.length - done, position + done, (error, count) => {
          if (error) return reject(error);
          done += count;
          if (count === 0 || done === into.length) return resolve(done);
          next();
        });
      };
      if (into.length === 0) return resolve(0);
      next();
    }, 'reading');
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.#assertOpen();
    let done = 0;
    try {
      while (done < bytes.length) {
        done += writeSync(this.fd, bytes, done, bytes.length - done, position + done);
      }
    } catch (error) {
      throw toDiskError(error, 'writing', this.path);
    }
  }

  truncateSync(size: number): void {
    this.#assertOpen();
    diskCall('setting the length', this.path, () => ftruncateSync(this.fd, size));
  }

  async preallocate(size: number): Promise<void> {
    const before = this.sizeSync();
    if (before < size) {
      try {
        await this.#reserve(size);
      } catch (error) {
        // Some file systems keep what they could get before the disk was full.
        this.truncateSync(before);
        throw error;
      }
    }
    this.truncateSync(size);
  }

  sync(): Promise<void> {
    return this.#background<void>((resolve, reject) => {
      fdatasync(this.fd, (error) => (error ? reject(error) : resolve()));
    }, 'syncing');
  }

  closeSync(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#giveBack();
  }

  #reserve(size: number): Promise<void> {
    return this.#background<void>((resolve, reject) => {
      fallocate(this.fd, size).then(() => resolve(), reject);
    }, 'reserving space');
  }

  #assertOpen(): void {
    if (this.#closed) throw new DiskError('CLOSED', this.path, 'the file is closed');
  }

  #giveBack(): void {
    if (this.#inFlight === 0) diskCall('closing', this.path, () => closeSync(this.fd));
  }

  #background<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
    doing: string,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#assertOpen();
      this.#inFlight++;
      const ended = () => {
        this.#inFlight--;
        if (this.#closed) this.#giveBack();
      };
      start(
        (value) => {
          ended();
          resolve(value);
        },
        (error) => {
          ended();
          reject(toDiskError(error, doing, this.path));
        },
      );
    });
  }
}
