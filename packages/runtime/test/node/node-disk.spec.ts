import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskError } from '../../src/disk.js';
import { toDiskError } from '../../src/node/disk-errors.js';
import { nodeDisk } from '../../src/node/node-disk.js';

let directory: string;
const disk = nodeDisk();
const at = (name: string) => join(directory, name);
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cometmq-disk-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('files', () => {
  it('reads and writes at positions', async () => {
    const file = disk.openSync(at('log'), 'create');
    file.writeSync(Buffer.from('hello'), 10);
    expect(file.sizeSync()).toBe(15);
    const into = Buffer.alloc(10, 'x');
    expect(file.readSync(into, 8)).toBe(7);
    expect(into.toString('latin1')).toBe('\0\0helloxxx');
    expect(await file.read(into, 10)).toBe(5);
    expect(await file.read(into, 100)).toBe(0);
    expect(await file.read(Buffer.alloc(0), 0)).toBe(0);
    await file.sync();
    file.truncateSync(12);
    expect(text(disk.readFileSync(at('log')))).toBe(`${'\0'.repeat(10)}he`);
    file.closeSync();
    file.closeSync();
  });

  it('opening keeps what is there, and does not make files unless told to', () => {
    disk.writeFileSync(at('a'), Buffer.from('abc'));
    const again = disk.openSync(at('a'), 'create');
    again.writeSync(Buffer.from('X'), 1);
    again.closeSync();
    expect(text(disk.readFileSync(at('a')))).toBe('aXc');
    expect(() => disk.openSync(at('b'), 'write')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }) as Error);
    expect(() => disk.openSync(at('b'), 'read')).toThrow(DiskError);
    expect(disk.readFileSync(at('b'))).toBeUndefined();
    expect(disk.statSync(at('a/b'))).toBeUndefined();
  });

  it('reserves space', async () => {
    const file = disk.openSync(at('log'), 'create');
    file.writeSync(Buffer.from('begin'), 0);
    await file.preallocate(1024 * 1024);
    expect(file.sizeSync()).toBe(1024 * 1024);
    const reserved = process.platform === 'linux' ? statSync(at('log')).blocks * 512 : 1024 * 1024;
    expect(reserved).toBeGreaterThanOrEqual(1024 * 1024);
    const into = Buffer.alloc(8);
    file.readSync(into, 0);
    expect(into.toString('latin1')).toBe('begin\0\0\0');
    await file.preallocate(3);
    expect(file.sizeSync()).toBe(3);
    file.closeSync();
  });

  it('refuses work after closing and ends what is under way', async () => {
    const file = disk.openSync(at('log'), 'create');
    file.writeSync(Buffer.alloc(100_000, 1), 0);
    const reads = Array.from({ length: 50 }, () => file.read(Buffer.alloc(100_000), 0));
    const sync = file.sync();
    file.closeSync();
    const other = disk.openSync(at('other'), 'create');
    expect(await Promise.all(reads)).toEqual(reads.map(() => 100_000));
    await sync;
    expect(() => file.sizeSync()).toThrow(expect.objectContaining({ code: 'CLOSED' }) as Error);
    expect(() => file.writeSync(Buffer.alloc(1), 0)).toThrow(DiskError);
    await expect(file.sync()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(file.read(Buffer.alloc(1), 0)).rejects.toMatchObject({ code: 'CLOSED' });
    other.closeSync();
  });

  it.runIf(existsSync('/dev/full'))('names a full disk', () => {
    const file = disk.openSync('/dev/full', 'write');
    expect(() => file.writeSync(Buffer.from('x'), 0)).toThrow(expect.objectContaining({ code: 'NO_SPACE' }) as Error);
    file.closeSync();
  });

  it('names what the operating system says', () => {
    const errno = (code: string) => toDiskError(Object.assign(new Error(code), { code }), 'writing', '/store');
    expect(errno('ENOSPC')).toMatchObject({ code: 'NO_SPACE', path: '/store', cause: { code: 'ENOSPC' } });
    expect(errno('EMFILE').message).toContain('ulimit');
    expect(['EDQUOT', 'ENOENT', 'ENFILE', 'EROFS', 'EBADF', 'EIO', 'EACCES'].map((code) => errno(code).code)).toEqual([
      'NO_SPACE',
      'NOT_FOUND',
      'TOO_MANY_FILES',
      'READ_ONLY',
      'CLOSED',
      'IO',
      'IO',
    ]);
  });
});

describe('directories', () => {
  it('makes, lists, renames and removes', async () => {
    disk.makeDirectorySync(at('a/b/c'));
    disk.makeDirectorySync(at('a/b/c'));
    disk.writeFileSync(at('a/z'), Buffer.from('1'));
    disk.writeFileSync(at('a/B'), Buffer.from('2'));
    symlinkSync(at('a/b'), at('a/link'));
    expect(disk.listSync(at('a'))).toEqual([
      { name: 'B', directory: false },
      { name: 'b', directory: true },
      { name: 'link', directory: true },
      { name: 'z', directory: false },
    ]);
    expect(disk.listSync(at('missing'))).toEqual([]);
    disk.renameSync(at('a/z'), at('a/B'));
    expect(text(disk.readFileSync(at('a/B')))).toBe('1');
    await disk.syncDirectory(at('a'));
    expect(disk.statSync(at('a'))).toMatchObject({ directory: true });
    disk.removeSync(at('a'));
    disk.removeSync(at('a'));
    expect(disk.statSync(at('a'))).toBeUndefined();
    await expect(disk.syncDirectory(at('a'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('tells the size of the file system, also of a path that is not there yet', () => {
    const { freeBytes, totalBytes } = disk.usageSync(at('not/yet'));
    expect(totalBytes).toBeGreaterThan(0);
    expect(freeBytes).toBeLessThanOrEqual(totalBytes);
  });

  it('replaces files whole, one after the other', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => Buffer.from(`content ${index}`));
    await Promise.all(contents.map((content) => disk.replaceFile(at('offsets.json'), content)));
    expect(text(disk.readFileSync(at('offsets.json')))).toBe('content 19');
    expect(disk.listSync(directory).map(({ name }) => name)).toEqual(['offsets.json']);
  });

  it('leaves the old content and no rest behind when replacing fails', async () => {
    disk.makeDirectorySync(at('taken/full'));
    await expect(disk.replaceFile(at('taken'), Buffer.from('x'))).rejects.toBeInstanceOf(DiskError);
    expect(disk.listSync(directory).map(({ name }) => name)).toEqual(['taken']);
    await expect(disk.replaceFile(at('no/such'), Buffer.from('x'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
