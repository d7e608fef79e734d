import { IndexFile, type IndexSearch } from '../index/index-file.js';
import { type IndexDimensions, indexFileBytes } from '../index/index-layout.js';
import { keyHash } from '../index/key-hash.js';
import { findDimensions } from './index-shape.js';
import type { StoreFiles } from './store-files.js';

export interface OfflineIndexOptions {
  /** Slots of an index file; default: found out from the files. */
  readonly maxHashSlotNum?: number | undefined;
  /** Entries of an index file; default: found out from the files. */
  readonly maxIndexNum?: number | undefined;
}

const MAX_READS = 1_000_000;

/** An index file that was found, or the reason why it is none. */
export type FoundIndexFile =
  | { readonly kind: 'sound'; readonly path: string; readonly file: IndexFile; readonly dimensions: IndexDimensions }
  | { readonly kind: 'empty' | 'unknown'; readonly path: string; readonly size: number };

/** The files of the index, oldest first, with their dimensions. */
export function findIndexFiles(files: StoreFiles, options: OfflineIndexOptions): FoundIndexFile[] {
  const { maxHashSlotNum, maxIndexNum } = options;
  const given = maxHashSlotNum !== undefined && maxIndexNum !== undefined ? { maxHashSlotNum, maxIndexNum } : undefined;
  const directory = `${files.root}/index`;
  const names = files.indexFiles();
  const known = given ?? commonDimensions(files, directory, names);
  return names.map((name) => {
    const path = `${directory}/${name}`;
    const size = files.disk.statSync(path)?.size ?? 0;
    if (known === undefined || indexFileBytes(known) !== size)
      return { kind: size === 0 ? 'empty' : 'unknown', path, size };
    const file = new IndexFile(files.pool, directory, name, known);
    file.load();
    return { kind: 'sound', path, file, dimensions: known };
  });
}

function commonDimensions(files: StoreFiles, directory: string, names: readonly string[]): IndexDimensions | undefined {
  for (const name of names) {
    const file = files.disk.openSync(`${directory}/${name}`, 'read');
    try {
      const found = findDimensions(file);
      if (found !== undefined) return found;
    } finally {
      file.closeSync();
    }
  }
  return undefined;
}

/** Looks up keys in the index of a directory. */
export class OfflineIndex {
  readonly #files: IndexFile[] = [];

  constructor(files: StoreFiles, options: OfflineIndexOptions) {
    for (const found of findIndexFiles(files, options)) {
      // From a file that cannot be read on the log itself is asked.
      if (found.kind !== 'sound') break;
      this.#files.push(found.file);
    }
  }

  /** Position of the newest message that has an entry: from there on the log has to be read. 0 without an index. */
  get end(): number {
    return this.#files.at(-1)?.header.endPhyOffset ?? 0;
  }

  /** Positions of messages with a key or another one of the same hash. */
  async find(topic: string, key: string, begin: number, end: number): Promise<number[]> {
    const found: number[] = [];
    const search: IndexSearch = {
      keyHash: keyHash(topic, key),
      maxNum: Number.MAX_SAFE_INTEGER,
      begin: Math.max(0, begin - 1000),
      end,
      found,
      readsLeft: MAX_READS,
    };
    for (const file of this.#files.toReversed()) if (file.overlaps(search.begin, end)) await file.search(search);
    return found;
  }
}
