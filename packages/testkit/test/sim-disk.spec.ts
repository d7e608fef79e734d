import { type Disk, seededRandom, VirtualClock } from '@cometmq/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryDisk, SimDisk } from '../src/sim-disk.js';
import type { SimDiskOptions } from '../src/disk-device.js';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1');

function setUp(options: Partial<SimDiskOptions> = {}, seed = 1) {
  const clock = new VirtualClock();
  const device = new SimDisk({ clock, random: seededRandom(seed), ...options });
  return { clock, device, disk: device.mount() };
}

async function durable(disk: Disk, path: string, content: string): Promise<void> {
  await disk.replaceFile(path, ascii(content));
}

describe('SimDisk as a disk', () => {
  it.each(['faulty', 'memory'] as const)('reads and writes at positions (%s)', async (mode) => {
    const { disk } = setUp({ mode });
    const file = disk.openSync('/store/../log', 'create');
    file.writeSync(ascii('hello'), 200_000);
    expect(file.sizeSync()).toBe(200_005);
    const into = Buffer.alloc(10, 'x');
    expect(file.readSync(into, 199_998)).toBe(7);
    expect(into.toString('latin1')).toBe('\0\0helloxxx');
    expect(await file.read(into, 200_000)).toBe(5);
    expect(file.readSync(into, 300_000)).toBe(0);
    file.truncateSync(200_002);
    file.truncateSync(200_004);
    expect(file.readSync(into, 200_000)).toBe(4);
    expect(into.toString('latin1', 0, 4)).toBe('he\0\0');
    await file.sync();
    await file.preallocate(1024 ** 3);
    expect(disk.statSync('log')).toMatchObject({ size: 1024 ** 3, directory: false });
    file.closeSync();
    file.closeSync();
    expect(() => file.sizeSync()).toThrow(expect.objectContaining({ code: 'CLOSED' }) as Error);
  });

  it('has directories', async () => {
    const { disk } = setUp();
    disk.makeDirectorySync('/a/b/c');
    disk.makeDirectorySync('a/b/c');
    disk.writeFileSync('/a/z', ascii('1'));
    disk.writeFileSync('/a/B', ascii('2'));
    expect(disk.listSync('/a')).toEqual([
      { name: 'B', directory: false },
      { name: 'b', directory: true },
      { name: 'z', directory: false },
    ]);
    expect(disk.listSync('/none')).toEqual([]);
    disk.renameSync('/a/z', '/a/B');
    disk.renameSync('/a/b', '/moved');
    expect(text(disk.readFileSync('/a/B'))).toBe('1');
    expect(disk.listSync('/moved').map(({ name }) => name)).toEqual(['c']);
    disk.removeSync('/moved');
    disk.removeSync('/moved');
    expect(disk.statSync('/moved/c')).toBeUndefined();
    expect(disk.readFileSync('/moved')).toBeUndefined();
    expect(() => disk.openSync('/no', 'write')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }) as Error);
    expect(() => disk.openSync('/no/no', 'create')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }) as Error);
    expect(() => disk.renameSync('/no', '/b')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }) as Error);
    await expect(disk.syncDirectory('/no')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps a removed file for those who have it open', () => {
    const { device, disk } = setUp();
    const file = disk.openSync('/log', 'create');
    file.writeSync(ascii('still here'), 0);
    disk.removeSync('/log');
    const into = Buffer.alloc(10);
    file.readSync(into, 0);
    expect(into.toString('latin1')).toBe('still here');
    expect(device.usedBytes).toBe(4096);
    file.closeSync();
    expect(device.usedBytes).toBe(0);
  });

  it('is full at its capacity', () => {
    const { disk } = setUp({ capacityBytes: 10_000 });
    const file = disk.openSync('/log', 'create');
    file.writeSync(Buffer.alloc(8_192), 0);
    expect(() => file.writeSync(ascii('x'), 8_192)).toThrow(expect.objectContaining({ code: 'NO_SPACE' }) as Error);
    expect(disk.usageSync('/')).toEqual({ totalBytes: 10_000, freeBytes: 10_000 - 8_192 });
    file.truncateSync(100);
    file.writeSync(ascii('x'), 4_000);
    disk.removeSync('/log');
    file.closeSync();
    expect(disk.usageSync('/').freeBytes).toBe(10_000);
  });

  it('has locks that end with their program', async () => {
    const { device, disk } = setUp();
    const lock = await disk.lock('/lock');
    expect(text(disk.readFileSync('/lock'))).toBe('lock');
    await expect(device.mount('another').lock('/lock')).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('a simulated program') as string,
    });
    lock.release();
    lock.release();
    await device.mount('another').lock('/lock');
    device.crash('process');
    await device.mount().lock('/lock');
  });
});

describe('faults', () => {
  it('happen as planned', async () => {
    const { device, disk } = setUp();
    const file = disk.openSync('/commitlog/../log', 'create');
    file.writeSync(ascii('0123456789'), 0);
    device.plan({ operation: 'read', path: 'log', skip: 1, count: 2 });
    device.plan({ operation: 'write', code: 'NO_SPACE' });
    device.plan({ operation: 'sync' });
    device.plan({ operation: 'open', path: 'other', code: 'TOO_MANY_FILES' });
    expect(file.readSync(Buffer.alloc(4), 0)).toBe(4);
    expect(() => file.readSync(Buffer.alloc(4), 0)).toThrow('simulated');
    await expect(file.read(Buffer.alloc(4), 0)).rejects.toMatchObject({ code: 'IO' });
    expect(file.readSync(Buffer.alloc(4), 0)).toBe(4);
    expect(() => file.writeSync(ascii('x'), 0)).toThrow(expect.objectContaining({ code: 'NO_SPACE' }) as Error);
    file.writeSync(ascii('x'), 0);
    await expect(file.sync()).rejects.toMatchObject({ code: 'IO' });
    await file.sync();
    expect(() => disk.openSync('/other', 'create')).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_FILES' }) as Error,
    );
    device.plan({ operation: 'read', count: 1_000 });
    device.faults.clear();
    expect(file.readSync(Buffer.alloc(4), 0)).toBe(4);
  });

  it('a failed sync can make the kernel forget the data', async () => {
    for (const dropsData of [true, false]) {
      const { device, disk } = setUp();
      await durable(disk, '/log', 'old');
      const file = disk.openSync('/log', 'write');
      file.writeSync(ascii('new'), 0);
      device.plan({ operation: 'sync', dropsData });
      await expect(file.sync()).rejects.toThrow('simulated');
      await file.sync();
      expect(text(disk.readFileSync('/log'))).toBe('new');
      device.crash('power');
      expect(text(device.mount().readFileSync('/log'))).toBe(dropsData ? 'old' : 'new');
    }
  });

  it('syncs and reads take time', async () => {
    const { clock, disk } = setUp({ syncMs: [5, 10], readMs: [2, 2] });
    const file = disk.openSync('/log', 'create');
    let synced = false;
    void file.sync().then(() => (synced = true));
    await clock.advance(4);
    expect(synced).toBe(false);
    await clock.advance(6);
    expect(synced).toBe(true);
    let read = false;
    void file.read(Buffer.alloc(1), 0).then(() => (read = true));
    await clock.advance(1);
    expect(read).toBe(false);
    await clock.advance(1);
    expect(read).toBe(true);
  });
});

describe('crashes', () => {
  it('of the program keep all that was written, and close its files for good', async () => {
    const { clock, device, disk } = setUp({ syncMs: [5, 5] });
    const file = disk.openSync('/log', 'create');
    file.writeSync(ascii('written'), 0);
    let ended = false;
    void file.sync().finally(() => (ended = true));
    device.crash('process');
    await clock.advance(1_000);
    expect(ended).toBe(false);
    expect(() => file.writeSync(ascii('x'), 0)).toThrow(expect.objectContaining({ code: 'CLOSED' }) as Error);
    expect(() => disk.readFileSync('/log')).toThrow(expect.objectContaining({ code: 'CLOSED' }) as Error);
    expect(text(device.mount().readFileSync('/log'))).toBe('written');
  });

  it('of the machine lose nothing in memory mode', () => {
    const { device, disk } = setUp({ mode: 'memory' });
    disk.writeFileSync('/log', ascii('written'));
    device.crash('power');
    expect(text(device.mount().readFileSync('/log'))).toBe('written');
  });

  it('of the machine lose a new name that its directory was not synced for', async () => {
    const outcomes = new Set<string | undefined>();
    for (let seed = 0; seed < 30; seed++) {
      const { device, disk } = setUp({}, seed);
      const file = disk.openSync('/log', 'create');
      file.writeSync(ascii('data'), 0);
      await file.sync();
      device.crash('power');
      outcomes.add(text(device.mount().readFileSync('/log')));
    }
    expect(outcomes).toEqual(new Set([undefined, 'data']));
  });

  it('keep the order of the changes of a directory', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const { device, disk } = setUp({}, seed);
      for (const name of ['1', '2', '3', '4']) disk.makeDirectorySync(`/${name}`);
      device.crash('power');
      const left = device
        .mount()
        .listSync('/')
        .map(({ name }) => name);
      expect(['1', '2', '3', '4'].slice(0, left.length)).toEqual(left);
    }
  });

  it('never lose what was synced, and leave each sector old or new', async () => {
    const write = fc.record({ at: fc.nat(40_000), length: fc.integer({ min: 1, max: 9_000 }), sync: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 12 }), fc.integer(), async (writes, seed) => {
        const { device, disk } = setUp({}, seed);
        await durable(disk, '/log', '');
        const file = disk.openSync('/log', 'write');
        const model = Buffer.alloc(50_000);
        /** Per byte: the values that a crash may leave, each a bit. */
        const allowed = new Uint32Array(model.length).fill(1);
        let syncedSize = 0;
        for (const [index, { at, length, sync }] of writes.entries()) {
          const bytes = Buffer.alloc(length, index + 1);
          file.writeSync(bytes, at);
          bytes.copy(model, at);
          for (let n = at; n < at + length; n++) allowed[n]! |= 1 << (index + 1);
          if (!sync) continue;
          await file.sync();
          for (const [n, byte] of model.entries()) allowed[n] = 1 << byte;
          syncedSize = file.sizeSync();
        }
        const size = file.sizeSync();
        device.crash('power');
        const left = device.mount().readFileSync('/log')!;
        expect(left.length).toBeGreaterThanOrEqual(syncedSize);
        expect(left.length).toBeLessThanOrEqual(size);
        expect(left.every((byte, n) => (allowed[n]! & (1 << byte)) !== 0)).toBe(true);
        device.crash('power');
        expect(Buffer.from(device.mount().readFileSync('/log')!).equals(left)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('do the same for the same seed, and lose, keep and tear for others', async () => {
    const run = async (seed: number) => {
      const { device, disk } = setUp({}, seed);
      await durable(disk, '/log', 'o'.repeat(4_096));
      const file = disk.openSync('/log', 'write');
      file.writeSync(Buffer.alloc(4_096, 'n'), 0);
      device.crash('power');
      return text(device.mount().readFileSync('/log'))!;
    };
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const outcome = await run(seed);
      expect(await run(seed)).toBe(outcome);
      outcomes.add(outcome);
    }
    expect([...outcomes].some((outcome) => outcome.includes('n') && outcome.includes('o'))).toBe(true);
  });

  it('leave the old or the new content of a replaced file, whenever they come', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { clock, device, disk } = setUp({ syncMs: [1, 3] }, seed);
      const first = durable(disk, '/offsets.json', 'old'.repeat(1_000));
      await clock.advance(10);
      await first;
      void durable(disk, '/offsets.json', 'new!'.repeat(1_000));
      await clock.advance(seed % 7);
      device.crash('power');
      const left = text(device.mount().readFileSync('/offsets.json'))!;
      expect(['old'.repeat(1_000), 'new!'.repeat(1_000)]).toContain(left);
      seen.add(left.slice(0, 3));
    }
    expect(seen).toEqual(new Set(['old', 'new']));
  });

  it('leave a moved file under one of its names', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const { device, disk } = setUp({}, seed);
      disk.makeDirectorySync('/from');
      disk.makeDirectorySync('/to');
      await disk.syncDirectory('/');
      await durable(disk, '/from/log', 'data');
      disk.renameSync('/from/log', '/to/log');
      disk.writeFileSync('/from/next', ascii('x'));
      if (seed % 2 === 0) await disk.syncDirectory(seed % 4 === 0 ? '/from' : '/to');
      device.crash('power');
      const after = device.mount();
      const names = [after.readFileSync('/from/log'), after.readFileSync('/to/log')].map(text);
      expect(names.filter((content) => content === 'data').length).toBe(1);
      expect(names[1]).toBe(seed % 2 === 0 || names[0] === undefined ? 'data' : undefined);
    }
  });
});

it('memoryDisk is a disk', () => {
  const disk = memoryDisk(new VirtualClock(), seededRandom(1));
  disk.writeFileSync('/a', ascii('1'));
  expect(text(disk.readFileSync('/a'))).toBe('1');
});
