/** What may go wrong on a disk, as far as callers act on it; everything else is `IO`. */
export type DiskErrorCode = 'NO_SPACE' | 'NOT_FOUND' | 'LOCKED' | 'TOO_MANY_FILES' | 'READ_ONLY' | 'CLOSED' | 'IO';

/** Every failure of a disk operation. `cause` is the operating system's error. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  constructor(
    readonly code: DiskErrorCode,
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${message} (${path})`, options);
  }
}

/** An open file. The `…Sync` calls go to the page cache and take about a microsecond; `sync` is asynchronous. */
export interface DiskFile {
  readonly path: string;
  /** Length in bytes as the operating system sees it. */
  sizeSync(): number;
  /** Fills `into` from `position`; returns the bytes read, fewer only at the end of the file. */
  readSync(into: Uint8Array, position: number): number;
  /** As `readSync`, off the event loop: for data that may not be in memory. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes` at `position` or throws; after a throw the range is undefined. */
  writeSync(bytes: Uint8Array, position: number): void;
  /** Sets the length; what is new reads as zeros. */
  truncateSync(size: number): void;
  /** Reserves `size` bytes on the disk where the platform can, else extends; the length becomes `size`. */
  preallocate(size: number): Promise<void>;
  /** fdatasync: what was written before the call is on stable storage when it resolves. */
  sync(): Promise<void>;
  /** Idempotent. */
  closeSync(): void;
}

export interface DiskEntry {
  readonly name: string;
  readonly directory: boolean;
}

/** An exclusive claim on a directory, held until released or until the process ends, however it ends. */
export interface DiskLock {
  release(): void;
}

/** Files and directories. Paths are absolute or relative to the process, with `/`. */
export interface Disk {
  /** `write` opens for reading and writing, `create` makes the file when it is missing. */
  openSync(path: string, mode: 'read' | 'write' | 'create'): DiskFile;
  statSync(
    path: string,
  ): { readonly size: number; readonly directory: boolean; readonly modifiedAt: number } | undefined;
  /** Entries of a directory sorted by name; empty when it does not exist. */
  listSync(path: string): DiskEntry[];
  /** With its parents. */
  makeDirectorySync(path: string): void;
  renameSync(from: string, to: string): void;
  /** A file, or a directory with what is in it. Missing is fine. */
  removeSync(path: string): void;
  /** Whole content, or undefined when the file does not exist. */
  readFileSync(path: string): Uint8Array | undefined;
  /** Writes a whole small file without waiting for stable storage. */
  writeFileSync(path: string, bytes: Uint8Array): void;
  /** Writes a small file so that after a crash either the old or the new content is there, never a mixture. */
  replaceFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Size of the file system that holds `path`. */
  usageSync(path: string): { readonly totalBytes: number; readonly freeBytes: number };
  /** Claims `path` (a file that is created); throws DiskError LOCKED, naming the holder where it is known. */
  lock(path: string): Promise<DiskLock>;
}
