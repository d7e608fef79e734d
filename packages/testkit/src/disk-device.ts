import { type Clock, DiskError, type Random } from '@cometmq/runtime';
import { DiskFaults, type DiskOperation, failure } from './disk-faults.js';
import { SimDirectory, SimFileNode, type SimNode } from './sim-directory.js';
import { SimFileContent } from './sim-file-content.js';
import { after } from './sim-link.js';

export interface SimDiskOptions {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * `faulty` keeps page cache and stable storage apart, so that `crash` can lose what was not synced. `memory` is faster
   * and loses nothing. Default `faulty`.
   */
  readonly mode?: 'faulty' | 'memory';
  /** Files count with their whole length, holes included. Default 1 TiB. */
  readonly capacityBytes?: number;
  /** Time a sync takes, each between the two by chance. Default none. */
  readonly syncMs?: readonly [least: number, most: number];
  /** Time an asynchronous read takes. Default none. */
  readonly readMs?: readonly [least: number, most: number];
}

/** A file's space is given in whole blocks. */
const BLOCK_BYTES = 4096;

/** What a simulated disk is made of; `SimDisk` is what tests see. */
export class DiskDevice {
  readonly faults = new DiskFaults();
  syncMs: readonly [number, number];
  readMs: readonly [number, number];
  capacityBytes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly root = new SimDirectory();
  readonly locks = new Map<SimNode, string>();
  readonly #tracked: boolean;
  #epoch = 0;
  #order = 0;
  #usedBytes = 0;

  constructor(options: SimDiskOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.#tracked = options.mode !== 'memory';
    this.capacityBytes = options.capacityBytes ?? 1024 ** 4;
    this.syncMs = options.syncMs ?? [0, 0];
    this.readMs = options.readMs ?? [0, 0];
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts crashes; a mount of an earlier time is dead. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * `process`: the program is gone, its files and locks are closed, everything written is there. `power`: besides, what
   * was not synced is lost, there or torn, by chance. What was under way never ends.
   */
  crash(how: 'process' | 'power'): void {
    this.#epoch++;
    this.locks.clear();
    if (how === 'power' && this.#tracked) this.#losePower();
    this.#recount();
  }

  /** Time that an operation takes, by chance. */
  wait([least, most]: readonly [number, number], callback: () => void): void {
    after(this.clock, least + (most > least ? this.random.next() * (most - least) : 0), callback);
  }

  /** Throws what was planned for this operation. */
  meet(operation: DiskOperation, path: string): void {
    const fault = this.faults.take(operation, path);
    if (fault) throw failure(fault, path);
  }

  newFile(): SimFileNode {
    const file = new SimFileNode(new SimFileContent(this.#tracked));
    file.modifiedAt = this.clock.now();
    return file;
  }

  newDirectory(): SimDirectory {
    const directory = new SimDirectory();
    directory.modifiedAt = this.clock.now();
    return directory;
  }

  /** Changes names, and gives back the space of files that lost their last one. */
  change(...entries: { directory: SimDirectory; name: string; node: SimNode | undefined }[]): void {
    const replaced = entries.map(({ directory, name }) => directory.entries.get(name));
    SimDirectory.change(this.#order++, this.#tracked, entries);
    for (const { directory, node } of entries) {
      directory.modifiedAt = this.clock.now();
      if (node?.kind === 'file') this.use(node);
    }
    for (const node of replaced) if (node?.kind === 'file') this.release(node);
  }

  use(file: SimFileNode): void {
    if (file.uses++ === 0) this.#usedBytes += blocks(file.content.size);
  }

  release(file: SimFileNode): void {
    if (--file.uses === 0) this.#usedBytes -= blocks(file.content.size);
  }

  /** Makes room for a file to become longer, or gives space back. NO_SPACE when the disk is full. */
  resize(file: SimFileNode, size: number, path: string): void {
    const more = blocks(size) - blocks(file.content.size);
    if (more > 0 && this.#usedBytes + more > this.capacityBytes) {
      throw new DiskError('NO_SPACE', path, 'writing failed: no space left on the simulated disk');
    }
    this.#usedBytes += more;
  }

  #losePower(): void {
    const directories: SimDirectory[] = [];
    const files: SimFileNode[] = [];
    const seen = new Set<SimNode>();
    const visit = (node: SimNode): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === 'file') return void files.push(node);
      directories.push(node);
      for (const child of node.children()) visit(child);
    };
    visit(this.root);
    for (const directory of directories) directory.crash(this.random);
    for (const directory of directories) directory.forget();
    for (const file of files) file.content.crash(this.random);
  }

  /** Only names are left: nobody has a file open any more. */
  #recount(): void {
    this.#usedBytes = 0;
    const visit = (directory: SimDirectory): void => {
      for (const node of directory.entries.values()) if (node.kind === 'file') node.uses = 0;
      for (const node of directory.entries.values()) {
        if (node.kind === 'directory') visit(node);
        else this.use(node);
      }
    };
    visit(this.root);
  }
}

function blocks(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
