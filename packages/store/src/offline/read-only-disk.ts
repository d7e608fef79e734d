import { type Disk, DiskError } from '@cometmq/runtime';

/** The same disk without any way to change it: what goes through it is safe beside a running broker. */
export function readOnlyDisk(disk: Disk): Disk {
  const refuse = (path: string): never => {
    throw new DiskError('READ_ONLY', path, 'the store is open for reading only');
  };
  return {
    openSync: (path) => disk.openSync(path, 'read'),
    statSync: (path) => disk.statSync(path),
    listSync: (path) => disk.listSync(path),
    readFileSync: (path) => disk.readFileSync(path),
    usageSync: (path) => disk.usageSync(path),
    makeDirectorySync: refuse,
    renameSync: refuse,
    removeSync: refuse,
    writeFileSync: refuse,
    replaceFile: async (path) => refuse(path),
    syncDirectory: async (path) => refuse(path),
    lock: async (path) => refuse(path),
  };
}
