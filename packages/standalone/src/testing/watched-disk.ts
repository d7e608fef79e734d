import type { Disk, DiskFile } from '@cometmq/runtime';

/** Real operations of a disk that are under way: virtual time waits for them. */
export interface DiskWork {
  readonly pending: number;
}

/** A real disk whose operations are counted. */
export function watchedDisk(disk: Disk): { readonly disk: Disk; readonly work: DiskWork } {
  const work = { pending: 0 };
  const watch = async <T>(operation: Promise<T>): Promise<T> => {
    work.pending += 1;
    try {
      return await operation;
    } finally {
      work.pending -= 1;
    }
  };
  const file = (inner: DiskFile): DiskFile => ({
    path: inner.path,
    sizeSync: () => inner.sizeSync(),
    readSync: (into, position) => inner.readSync(into, position),
    writeSync: (bytes, position) => inner.writeSync(bytes, position),
    truncateSync: (size) => inner.truncateSync(size),
    closeSync: () => inner.closeSync(),
    read: (into, position) => watch(inner.read(into, position)),
    preallocate: (size) => watch(inner.preallocate(size)),
    sync: () => watch(inner.sync()),
  });
  return {
    work,
    disk: {
      openSync: (path, mode) => file(disk.openSync(path, mode)),
      statSync: (path) => disk.statSync(path),
      listSync: (path) => disk.listSync(path),
      makeDirectorySync: (path) => disk.makeDirectorySync(path),
      renameSync: (from, to) => disk.renameSync(from, to),
      removeSync: (path) => disk.removeSync(path),
      readFileSync: (path) => disk.readFileSync(path),
      writeFileSync: (path, bytes) => disk.writeFileSync(path, bytes),
      usageSync: (path) => disk.usageSync(path),
      replaceFile: (path, bytes) => watch(disk.replaceFile(path, bytes)),
      syncDirectory: (path) => watch(disk.syncDirectory(path)),
      lock: (path) => watch(disk.lock(path)),
    },
  };
}
