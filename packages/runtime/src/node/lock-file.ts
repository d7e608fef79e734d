import type { StdioOptions } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { DiskError, type DiskLock } from '../disk.js';
import { childProcess, fs } from './builtins.js';
import { toDiskError } from './disk-errors.js';

const { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync, writeSync } = fs;

/** What Apache's broker writes into its lock file. */
const CONTENT = Buffer.from('lock', 'latin1');

/** Asks macOS and Windows for an exclusive open; the other platforms have no such flag. */
const EXCLUSIVE_FLAG: Readonly<Partial<Record<NodeJS.Platform, number>>> = { darwin: 0x20, win32: 0x1000_0000 };

/** Exit code asked of `flock --fcntl` for a collision; any other failure means that the option is not known here. */
const HELD_BY_RECORD = 17;

interface FileId {
  readonly device: number;
  readonly inode: number;
}

/**
 * Claims a file for this process; the kernel frees it however the process ends. Node cannot lock, so on Linux the program
 * `flock` locks the open file that it inherits from us, which lasts as long as our descriptor. A JVM uses another kind of
 * lock (POSIX records): `flock --fcntl` of newer systems collides with it both ways, and in any case /proc/locks shows it.
 */
export async function lockFile(path: string): Promise<DiskLock> {
  const fd = open(path);
  let guard: { release(): void } | undefined;
  try {
    const { dev, ino } = fstatSync(fd);
    const id: FileId = { device: dev, inode: ino };
    if (process.platform === 'linux') guard = await claim(fd, id, path);
    const jvm = process.platform === 'linux' ? posixHolder(id) : undefined;
    if (jvm !== undefined) throw lockedBy(path, jvm);
    writeContent(fd);
  } catch (error) {
    guard?.release();
    closeSync(fd);
    throw toDiskError(error, 'locking', path);
  }
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      guard?.release();
      closeSync(fd);
    },
  };
}

function open(path: string): number {
  const { O_CREAT, O_NONBLOCK, O_RDWR } = constants;
  const exclusive = EXCLUSIVE_FLAG[process.platform] ?? 0;
  try {
    return openSync(path, O_RDWR | O_CREAT | exclusive | (process.platform === 'darwin' ? O_NONBLOCK : 0));
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code;
    if (exclusive !== 0 && (errno === 'EAGAIN' || errno === 'EBUSY')) throw lockedBy(path, undefined);
    throw toDiskError(error, 'locking', path);
  }
}

function writeContent(fd: number): void {
  const now = Buffer.alloc(CONTENT.length);
  readSync(fd, now, 0, now.length, 0);
  if (!now.equals(CONTENT)) writeSync(fd, CONTENT, 0, CONTENT.length, 0);
}

function lockedBy(path: string, pid: number | undefined): DiskError {
  const holder = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  const known = pid === undefined || pid === process.pid ? '' : commandOf(pid);
  return new DiskError('LOCKED', path, `${holder}${known} holds the lock; stop it first or use another directory`);
}

/** Kernel locks on the open file; without the program an abstract socket named after the file takes their place. */
async function claim(fd: number, id: FileId, path: string): Promise<{ release(): void }> {
  const whole = await flock(fd, [], 1);
  if (whole === 'held') throw lockedBy(path, openBy(id));
  if (whole === 'unavailable') return claimSocket(id, path);
  if ((await flock(fd, ['--fcntl', '-E', String(HELD_BY_RECORD)], HELD_BY_RECORD)) === 'held')
    throw lockedBy(path, posixHolder(id) ?? openBy(id));
  return { release() {} };
}

function flock(fd: number, options: readonly string[], heldCode: number): Promise<'locked' | 'held' | 'unavailable'> {
  return new Promise((resolve) => {
    const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', fd];
    const child = childProcess().spawn('flock', [...options, '-x', '-n', '3'], { stdio, timeout: 10_000 });
    child.on('error', () => resolve('unavailable'));
    child.on('close', (code) => resolve(code === 0 ? 'locked' : code === heldCode ? 'held' : 'unavailable'));
  });
}

function claimSocket(id: FileId, path: string): Promise<{ release(): void }> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.on('error', (error) => {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      reject(taken ? lockedBy(path, openBy(id)) : error);
    });
    server.listen(`\0cometmq-lock-${id.device}-${id.inode}`, () => {
      server.unref();
      resolve({ release: () => void server.close() });
    });
  });
}

/** The other process with a POSIX lock on the file, from /proc/locks: `1: POSIX  ADVISORY  WRITE 4711 08:01:393222 0 0`. */
function posixHolder(id: FileId): number | undefined {
  for (const line of readText('/proc/locks').split('\n')) {
    const match = /POSIX\s+\S+\s+\S+\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/.exec(line);
    if (!match || Number(match[2]) !== id.inode) continue;
    const pid = Number(match[1]);
    // The inode alone is not unique and the device number is not reliable on layered file systems.
    if (pid !== process.pid && hasOpen(pid, id) !== false) return pid;
  }
  return undefined;
}

/** Some other process, or this one, that has the file open; only those of the same user can be seen. */
function openBy(id: FileId): number | undefined {
  const pids = listing('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  return pids.find((pid) => hasOpen(pid, id) === true) ?? process.pid;
}

/** Whether a process has the file open; undefined when we may not look. */
function hasOpen(pid: number, id: FileId): boolean | undefined {
  const fds = listing(`/proc/${pid}/fd`);
  if (fds.length === 0) return undefined;
  return fds.some((fd) => {
    try {
      const { dev, ino } = statSync(`/proc/${pid}/fd/${fd}`);
      return ino === id.inode && dev === id.device;
    } catch {
      return false;
    }
  });
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function commandOf(pid: number): string {
  const name = readText(`/proc/${pid}/comm`).trim();
  return name === '' ? '' : ` (${name})`;
}
