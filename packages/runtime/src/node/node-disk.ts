import { dirname, join, resolve } from 'node:path';
import { type Disk, type DiskEntry } from '../disk.js';
import { fs } from './builtins.js';
import { diskCall, toDiskError } from './disk-errors.js';
import { lockFile } from './lock-file.js';
import { NodeFile } from './node-file.js';

const {
  closeSync,
  constants,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} = fs;
const { open, rename, rm } = fs.promises;

const { O_CREAT, O_RDONLY, O_RDWR } = constants;
/** Not there on Windows. */
const O_DIRECTORY = constants.O_DIRECTORY as number | undefined;
const OPEN_FLAGS = { read: O_RDONLY, write: O_RDWR, create: O_RDWR | O_CREAT } as const;

/** The file system of the operating system. */
export function nodeDisk(): Disk {
  /** Replacements of one file follow one another; they share the name of the new content's file. */
  const replacing = new Map<string, Promise<void>>();
  return {
    openSync: (path, mode) => diskCall('opening', path, () => new NodeFile(path, openSync(path, OPEN_FLAGS[mode]))),
    statSync: (path) => diskCall('looking at', path, () => stat(path)),
    listSync: (path) => diskCall('listing', path, () => list(path)),
    makeDirectorySync: (path) =>
      diskCall('making the directory', path, () => void mkdirSync(path, { recursive: true })),
    renameSync: (from, to) => diskCall(`renaming to ${to}`, from, () => renameSync(from, to)),
    removeSync: (path) => diskCall('removing', path, () => unlessMissing(() => rmSync(path, { recursive: true }))),
    readFileSync: (path) => diskCall('reading', path, () => unlessMissing(() => readFileSync(path))),
    writeFileSync: (path, bytes) => diskCall('writing', path, () => writeFileSync(path, bytes)),
    replaceFile(path, bytes) {
      const key = resolve(path);
      const before = replacing.get(key) ?? Promise.resolve();
      const now = before.catch(() => {}).then(() => replace(path, bytes));
      replacing.set(key, now);
      return now.finally(() => {
        if (replacing.get(key) === now) replacing.delete(key);
      });
    },
    syncDirectory: (path) => syncDirectory(path),
    usageSync: (path) => diskCall('looking at the file system of', path, () => usage(path)),
    lock: (path) => lockFile(path),
  };
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}

function stat(path: string): ReturnType<Disk['statSync']> {
  const found = unlessMissing(() => statSync(path));
  return found && { size: found.size, directory: found.isDirectory(), modifiedAt: Math.floor(found.mtimeMs) };
}

function list(path: string): DiskEntry[] {
  const entries = unlessMissing(() => readdirSync(path, { withFileTypes: true })) ?? [];
  return entries
    .map((entry) => ({
      name: entry.name,
      directory: entry.isDirectory() || (entry.isSymbolicLink() && stat(join(path, entry.name))?.directory === true),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As `df` counts: what is kept back for root belongs to neither part. */
function usage(path: string): ReturnType<Disk['usageSync']> {
  let existing = resolve(path);
  while (unlessMissing(() => statSync(existing)) === undefined && dirname(existing) !== existing)
    existing = dirname(existing);
  const { bsize, blocks, bfree, bavail } = statfsSync(existing);
  return { totalBytes: (blocks - bfree + bavail) * bsize, freeBytes: bavail * bsize };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw toDiskError(error, 'replacing', path);
  }
  await syncDirectory(dirname(path));
}

function syncDirectory(path: string): Promise<void> {
  return new Promise((done, failed) => {
    let fd: number;
    try {
      fd = openSync(path, O_RDONLY | (O_DIRECTORY ?? 0));
    } catch (error) {
      // Windows opens no directories; its file systems keep their entries durable themselves.
      if (process.platform === 'win32') return done();
      return failed(toDiskError(error, 'syncing the directory', path));
    }
    fsync(fd, (error) => {
      closeSync(fd);
      if (error && process.platform !== 'win32') failed(toDiskError(error, 'syncing the directory', path));
      else done();
    });
  });
}
