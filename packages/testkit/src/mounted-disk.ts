import { type Disk, type DiskEntry, DiskError, type DiskFile, type DiskLock } from '@cometmq/runtime';
import { findNode, findParent, pathNames } from './disk-path.js';
import type { SimDirectory, SimFileNode, SimNode } from './sim-directory.js';
import type { DiskDevice } from './disk-device.js';
import { SimFile } from './sim-file.js';

const LOCK_CONTENT = Uint8Array.from('lock', (letter) => letter.charCodeAt(0));

/** A simulated disk as one program sees it, from its start to its crash. */
export class MountedDisk implements Disk {
  readonly #epoch: number;

  constructor(
    private readonly disk: DiskDevice,
    private readonly holder: string,
  ) {
    this.#epoch = disk.epoch;
  }

  openSync(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    return this.#open(path, mode);
  }

  statSync(path: string): ReturnType<Disk['statSync']> {
    const node = findNode(this.#root(path), path);
    if (!node) return undefined;
    const size = node.kind === 'file' ? node.content.size : 0;
    return { size, directory: node.kind === 'directory', modifiedAt: node.modifiedAt };
  }

  listSync(path: string): DiskEntry[] {
    const node = findNode(this.#root(path), path);
    if (node?.kind !== 'directory') return [];
    return [...node.entries]
      .map(([name, entry]) => ({ name, directory: entry.kind === 'directory' }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  makeDirectorySync(path: string): void {
    let directory = this.#root(path);
    const names = pathNames(path);
    for (const [depth, name] of names.entries()) {
      let next: SimNode | undefined = directory.entries.get(name);
      if (next?.kind === 'file') {
        const code = depth === names.length - 1 ? 'IO' : 'NOT_FOUND';
        throw new DiskError(code, path, 'making the directory failed: a file is in the way');
      }
      if (!next) {
        next = this.disk.newDirectory();
        this.disk.change({ directory, name, node: next });
      }
      directory = next;
    }
  }

  renameSync(from: string, to: string): void {
    const root = this.#root(from);
    const source = findParent(root, from);
    const target = findParent(root, to);
    const node = source.directory.entries.get(source.name);
    if (!node) throw new DiskError('NOT_FOUND', from, `renaming to ${to} failed: no such file or directory`);
    const old = target.directory.entries.get(target.name);
    if (old === node) return;
    if (node.kind === 'directory' && `${pathNames(to).join('/')}/`.startsWith(`${pathNames(from).join('/')}/`)) {
      throw new DiskError('IO', from, `renaming to ${to} failed: a directory cannot move into itself`);
    }
    if (old && (old.kind !== node.kind || (old.kind === 'directory' && old.entries.size > 0))) {
      // ENOTDIR of the real one.
      const code = node.kind === 'directory' && old.kind === 'file' ? 'NOT_FOUND' : 'IO';
      throw new DiskError(code, from, `renaming to ${to} failed: something else is there`);
    }
    this.disk.change({ ...source, node: undefined }, { ...target, node });
  }

  removeSync(path: string): void {
    const root = this.#root(path);
    if (!findNode(root, path)) return;
    const { directory, name } = findParent(root, path);
    this.#removeEntry(directory, name);
  }

  readFileSync(path: string): Uint8Array | undefined {
    const node = findNode(this.#root(path), path);
    if (!node) return undefined;
    if (node.kind === 'directory') throw new DiskError('IO', path, 'reading failed: it is a directory');
    this.disk.meet('read', path);
    const bytes = new Uint8Array(node.content.size);
    node.content.read(bytes, 0);
    return bytes;
  }

  writeFileSync(path: string, bytes: Uint8Array): void {
    const file = this.#open(path, 'create');
    try {
      file.truncateSync(0);
      file.writeSync(bytes, 0);
    } finally {
      file.closeSync();
    }
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`;
    const file = this.#open(temporary, 'create');
    try {
      file.truncateSync(0);
      file.writeSync(bytes, 0);
      await file.sync();
      file.closeSync();
      this.renameSync(temporary, path);
    } catch (error) {
      file.closeSync();
      this.removeSync(temporary);
      throw error;
    }
    await this.syncDirectory(findParent(this.disk.root, path).directory);
  }

  syncDirectory(path: string | SimDirectory): Promise<void> {
    const directory = typeof path === 'string' ? findNode(this.#root(path), path) : path;
    const shown = typeof path === 'string' ? path : 'a directory';
    if (directory?.kind !== 'directory') return Promise.reject(new DiskError('NOT_FOUND', shown, 'no such directory'));
    return this.#later(this.disk.syncMs, () => {
      this.disk.meet('sync', shown);
      directory.sync();
    });
  }

  usageSync(path: string): ReturnType<Disk['usageSync']> {
    this.#root(path);
    const totalBytes = this.disk.capacityBytes;
    return { totalBytes, freeBytes: Math.max(0, totalBytes - this.disk.usedBytes) };
  }

  lock(path: string): Promise<DiskLock> {
    try {
      return Promise.resolve(this.#lock(path));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #lock(path: string): DiskLock {
    const file = this.#open(path, 'create');
    const { locks } = this.disk;
    const { node } = file;
    const holder = locks.get(node);
    if (holder !== undefined) {
      file.closeSync();
      throw new DiskError('LOCKED', path, `${holder} holds the lock; stop it first or use another directory`);
    }
    file.writeSync(LOCK_CONTENT, 0);
    locks.set(node, this.holder);
    let held = true;
    return {
      release: () => {
        if (held && this.#epoch === this.disk.epoch) {
          locks.delete(node);
          file.closeSync();
        }
        held = false;
      },
    };
  }

  #open(path: string, mode: 'read' | 'write' | 'create'): SimFile {
    const root = this.#root(path);
    this.disk.meet('open', path);
    let node = findNode(root, path);
    if (!node && mode === 'create') {
      const parent = findParent(root, path);
      node = this.disk.newFile();
      this.disk.change({ ...parent, node });
    }
    if (!node) throw new DiskError('NOT_FOUND', path, 'opening failed: no such file');
    if (node.kind === 'directory') throw new DiskError('IO', path, 'opening failed: it is a directory');
    return new SimFile(this.disk, path, node satisfies SimFileNode, mode === 'read');
  }

  /** As `rm -r` goes: from the leaves up, so that a crash may leave a part. */
  #removeEntry(directory: SimDirectory, name: string): void {
    const node = directory.entries.get(name);
    if (node?.kind === 'directory') for (const child of [...node.entries.keys()].sort()) this.#removeEntry(node, child);
    this.disk.change({ directory, name, node: undefined });
  }

  #root(path: string): SimDirectory {
    if (this.#epoch !== this.disk.epoch) throw new DiskError('CLOSED', path, 'the simulated program has crashed');
    return this.disk.root;
  }

  #later(times: readonly [number, number], operation: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.disk.wait(times, () => {
        if (this.#epoch !== this.disk.epoch) return;
        try {
          operation();
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }
}
