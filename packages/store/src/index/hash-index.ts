import type { Clock, Disk, Logger } from '@cometmq/runtime';
import type { HandlePool } from '../segment/handle-pool.js';
import { StoreError } from '../store-error.js';
import { IndexFile, type IndexSearch } from './index-file.js';
import { indexFileName } from './index-file-name.js';
import { type IndexDimensions, indexFileBytes, type IndexHeader } from './index-layout.js';
import { keyHash } from './key-hash.js';

export interface HashIndexOptions extends IndexDimensions {
  readonly directory: string;
}

export interface HashIndexPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
}

/** What a flush covers: files with the headers that they get when everything else of them is on the disk. */
export interface IndexMark {
  readonly files: readonly { readonly file: IndexFile; readonly header: IndexHeader }[];
  /** Store time of the newest message covered. */
  readonly endTimestamp: number;
}

export interface IndexAnswer {
  /** Positions in the log, newest file first; hash collisions are among them. */
  readonly offsets: readonly number[];
  readonly lastTimestamp: number;
  readonly lastPhyOffset: number;
}

const FILE_NAME = /^\d{1,19}$/;
/** Reads that one query may cost: a chain of messages with one key can be as long as a file. */
const MAX_READS_PER_QUERY = 50_000;

/**
 * Finds messages by their keys (store-format, section 7). Entries are put in the order of the log; slots and newest
 * entries of the file that is being written are in memory and reach the file in groups. A file's header is written when
 * all that it tells of is on the disk and the checkpoint knows it, so a header found after a crash can be believed.
 */
export class HashIndex {
  readonly #files: IndexFile[] = [];
  #rebuild = false;

  constructor(
    private readonly options: HashIndexOptions,
    private readonly ports: HashIndexPorts,
    private readonly pool: HandlePool,
  ) {}

  /** Position of the newest message that has an entry; undefined while there is none. */
  get lastPhyOffset(): number | undefined {
    return this.#files.at(-1)?.header.endPhyOffset;
  }

  get lastTimestamp(): number {
    return this.#files.at(-1)?.header.endTimestamp ?? 0;
  }

  get fileNames(): readonly string[] {
    return this.#files.map((file) => file.name);
  }

  /**
   * Finds the files. After a crash those stay of which `indexMsgTimestamp` (of the checkpoint) says that they are complete
   * on the disk, up to the first that is not full; what the others had is built again.
   */
  load(crashed: boolean, indexMsgTimestamp: number): void {
    const { disk } = this.ports;
    const size = indexFileBytes(this.options);
    let keep = true;
    for (const { name, directory } of disk.listSync(this.options.directory)) {
      if (directory || !FILE_NAME.test(name)) continue;
      const file = new IndexFile(this.pool, this.options.directory, name, this.options);
      const found = disk.statSync(file.path)?.size ?? 0;
      if (found !== size && !crashed) throw wrongSize(file.path, found, size);
      if (keep && found === size) file.load();
      const { indexCount, endTimestamp } = file.header;
      keep &&= found === size && (!crashed || (indexCount > 1 && endTimestamp <= indexMsgTimestamp));
      if (keep) this.#files.push(file);
      else file.remove(disk);
      keep &&= !crashed || file.full;
    }
    this.#rebuild = crashed;
  }

  /** The log ends at `logEnd`: files that know of later messages go. */
  cutAt(logEnd: number): void {
    while (this.#files.length > 0 && this.lastPhyOffset! >= logEnd) this.#files.pop()!.remove(this.ports.disk);
  }

  /** Makes the index ready for entries. Returns how many the message at `lastPhyOffset` has already. */
  async prepare(): Promise<number> {
    const last = this.#files.at(-1);
    if (last === undefined) return 0;
    if (!last.full && !last.writable) await last.openAgain(this.#rebuild);
    let trailing = 0;
    for (const file of this.#files.toReversed()) {
      const count = await file.countTrailing(last.header.endPhyOffset);
      trailing += count;
      if (count < file.header.indexCount - 1) break;
    }
    return trailing;
  }

  /** Adds an entry. Throws DiskError when it cannot be taken; then nothing has changed. */
  put(hash: number, phyOffset: number, storeTimestamp: number): void {
    let file = this.#files[this.#files.length - 1];
    if (file === undefined || file.full) file = this.#roll(file);
    file.put(hash, phyOffset, storeTimestamp);
  }

  /** Brings entries from memory into the file. After a failure they are still in memory. */
  writeEntries(): void {
    this.#files.at(-1)?.writeEntries();
  }

  /** What a flush that begins now covers; undefined when nothing is new. */
  mark(): IndexMark | undefined {
    const files = this.#files.filter((file) => file.unsaved).map((file) => ({ file, header: { ...file.header } }));
    return files.length === 0 ? undefined : { files, endTimestamp: files.at(-1)!.header.endTimestamp };
  }

  /** Writes everything but the headers. What fails can be written again. */
  async write(mark: IndexMark): Promise<void> {
    const { clock } = this.ports;
    for (const { file } of mark.files) {
      if (file.removed) continue;
      file.writeEntries();
      while (!file.removed && file.writeSomeSlots()) await new Promise<void>((resolve) => clock.afterTurn(resolve));
    }
  }

  /** Brings to the disk what `write` has written. */
  async sync(mark: IndexMark): Promise<void> {
    const { disk } = this.ports;
    for (const { file } of mark.files) if (file.dirty && !file.removed) await file.sync();
    const fresh = mark.files.filter(({ file }) => file.fresh);
    if (fresh.length === 0) return;
    await disk.syncDirectory(this.options.directory);
    for (const { file } of fresh) file.fresh = false;
  }

  /** Writes the headers of what `write` has brought to the disk; the checkpoint has been told before. */
  async commit(mark: IndexMark): Promise<void> {
    for (const { file, header } of mark.files) {
      if (file.removed) continue;
      file.saveHeader(header);
      await file.sync();
    }
  }

  /** Deletes leading files of messages that the log has no more; the last one stays. */
  removeExpired(logMinOffset: number): number {
    let removed = 0;
    while (this.#files.length > 1 && this.#files[0]!.header.endPhyOffset < logMinOffset) {
      this.#files.shift()!.remove(this.ports.disk);
      removed++;
    }
    return removed;
  }

  destroy(): void {
    for (const file of this.#files.splice(0)) file.remove(this.ports.disk);
  }

  /** Positions of messages with a key, stored between `begin` and `end`; the newest ones when there are too many. */
  async find(topic: string, key: string, maxNum: number, begin: number, end: number): Promise<IndexAnswer> {
    const { lastTimestamp, lastPhyOffset = 0 } = this;
    const found: number[] = [];
    const search: IndexSearch = {
      keyHash: keyHash(topic, key),
      maxNum,
      begin,
      end,
      found,
      readsLeft: MAX_READS_PER_QUERY,
    };
    for (const file of this.#files.toReversed()) {
      if (file.overlaps(begin, end)) await this.#search(file, search);
      if (file.header.beginTimestamp < begin || found.length >= maxNum) break;
      if (search.readsLeft < 0) {
        this.ports.logger.warn('a query by key was cut off: too many messages share the slot', { topic, key });
        break;
      }
    }
    return { offsets: found, lastTimestamp, lastPhyOffset };
  }

  async #search(file: IndexFile, search: IndexSearch): Promise<void> {
    try {
      await file.search(search);
    } catch (error) {
      // Expired meanwhile.
      if (!file.removed) throw error;
    }
  }

  #roll(last: IndexFile | undefined): IndexFile {
    const { clock, disk } = this.ports;
    last?.seal();
    const name = indexFileName(clock.now(), last?.name);
    const file = new IndexFile(this.pool, this.options.directory, name, this.options, last?.header);
    if (last === undefined) disk.makeDirectorySync(this.options.directory);
    try {
      file.create(disk);
    } catch (error) {
      // A part of a file would keep the store from opening.
      file.remove(disk);
      throw error;
    }
    file.openNew();
    this.#files.push(file);
    return file;
  }
}

function wrongSize(path: string, size: number, expected: number): StoreError {
  return new StoreError(
    'WRONG_FILE_SIZE',
    `${path} has ${size} bytes, but the store is configured for index files of ${expected}: set maxHashSlotNum and ` +
      `maxIndexNum to what the directory was made with, or delete the directory to have the index built again`,
  );
}
