import { DiskError, type DiskFile } from '@cometmq/runtime';
import type { SimFileNode } from './sim-directory.js';
import type { DiskDevice } from './disk-device.js';
import { failure } from './disk-faults.js';

/** An open file of a simulated disk. */
export class SimFile implements DiskFile {
  readonly #epoch: number;
  #closed = false;

  constructor(
    private readonly disk: DiskDevice,
    readonly path: string,
    readonly node: SimFileNode,
    private readonly readOnly: boolean,
  ) {
    this.#epoch = disk.epoch;
    disk.use(node);
  }

  sizeSync(): number {
    this.#assertOpen();
    return this.node.content.size;
  }

  readSync(into: Uint8Array, position: number): number {
    this.#assertOpen();
    this.disk.meet('read', this.path);
    return this.node.content.read(into, position);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      this.disk.wait(this.disk.readMs, () => {
        if (this.#epoch !== this.disk.epoch) return;
        try {
          this.disk.meet('read', this.path);
          resolve(this.node.content.read(into, position));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.#assertWritable('writing');
    const fault = this.disk.faults.take('write', this.path);
    if (fault) {
      // As much as the device took before it failed.
      const taken = Math.floor(this.disk.random.next() * bytes.length);
      this.#write(bytes.subarray(0, taken), position);
      throw failure(fault, this.path);
    }
    this.#write(bytes, position);
  }

  truncateSync(size: number): void {
    this.#assertWritable('setting the length');
    this.disk.resize(this.node, size, this.path);
    this.node.content.truncate(size);
    this.node.modifiedAt = this.disk.clock.now();
  }

  preallocate(size: number): Promise<void> {
    return new Promise((resolve) => {
      this.truncateSync(size);
      resolve();
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const { content } = this.node;
      const set = content.beginSync();
      this.disk.wait(this.disk.syncMs, () => {
        if (this.#epoch !== this.disk.epoch) return;
        const fault = this.disk.faults.take('sync', this.path);
        content.endSync(set, fault === undefined ? 'done' : fault.dropsData === true ? 'dropped' : 'failed');
        if (fault) reject(failure(fault, this.path));
        else resolve();
      });
    });
  }

  closeSync(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#epoch === this.disk.epoch) this.disk.release(this.node);
  }

  #write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const { content } = this.node;
    const size = Math.max(content.size, position + bytes.length);
    this.disk.resize(this.node, size, this.path);
    content.write(bytes, position);
    this.node.modifiedAt = this.disk.clock.now();
  }

  #assertOpen(): void {
    if (this.#closed || this.#epoch !== this.disk.epoch) throw new DiskError('CLOSED', this.path, 'the file is closed');
  }

  #assertWritable(doing: string): void {
    this.#assertOpen();
    if (this.readOnly) throw new DiskError('IO', this.path, `${doing} failed: the file is open for reading only`);
  }
}
