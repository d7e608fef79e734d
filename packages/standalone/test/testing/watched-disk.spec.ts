import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@cometmq/runtime/node';
import { afterAll, describe, expect, it } from 'vitest';
import { watchedDisk } from '../../src/testing/watched-disk.js';

const dir = mkdtempSync(join(tmpdir(), 'cometmq-watched-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const at = (name: string) => join(dir, name);

describe('a watched disk', () => {
  it('counts what is under way, failures as well', async () => {
    const { disk, work } = watchedDisk(nodeDisk());
    const file = disk.openSync(at('log'), 'create');
    file.writeSync(Uint8Array.of(1, 2, 3), 0);
    const syncs = [file.sync(), file.sync(), disk.syncDirectory(dir)];
    expect(work.pending).toBe(3);
    await Promise.all(syncs);
    expect(work.pending).toBe(0);
    const failing = disk.syncDirectory(at('nowhere'));
    expect(work.pending).toBe(1);
    await expect(failing).rejects.toThrow(/nowhere/);
    expect(work.pending).toBe(0);
    file.closeSync();
  });

  it('is the disk beneath it in everything else', async () => {
    const { disk } = watchedDisk(nodeDisk());
    disk.makeDirectorySync(at('folder'));
    disk.writeFileSync(at('folder/a'), Uint8Array.of(7));
    await disk.replaceFile(at('folder/b'), Uint8Array.of(8, 9));
    disk.renameSync(at('folder/a'), at('folder/c'));
    expect(disk.listSync(at('folder')).map(({ name }) => name)).toEqual(['b', 'c']);
    expect([...disk.readFileSync(at('folder/b'))!]).toEqual([8, 9]);
    expect(disk.statSync(at('folder/c'))).toMatchObject({ size: 1, directory: false });
    const file = disk.openSync(at('folder/b'), 'write');
    const into = new Uint8Array(2);
    expect(await file.read(into, 0)).toBe(2);
    expect([...into]).toEqual([8, 9]);
    await file.preallocate(4096);
    expect(file.sizeSync()).toBe(4096);
    file.truncateSync(1);
    expect(file.readSync(into, 0)).toBe(1);
    expect(file.path).toBe(at('folder/b'));
    file.closeSync();
    const lock = await disk.lock(at('lock'));
    await expect(disk.lock(at('lock'))).rejects.toMatchObject({ code: 'LOCKED' });
    lock.release();
    disk.removeSync(at('folder'));
    expect(disk.statSync(at('folder'))).toBeUndefined();
    expect(disk.usageSync(dir).totalBytes).toBeGreaterThan(0);
  });
});
