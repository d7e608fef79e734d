import { type Disk, DiskError, seededRandom, VirtualClock } from '@cometmq/runtime';
import { memoryDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { HandlePool } from '../../src/segment/handle-pool.js';
import { Segment } from '../../src/segment/segment.js';
import { SegmentQueue } from '../../src/segment/segment-queue.js';

function setUp(maxOpenFiles: number): { disk: Disk; pool: HandlePool; segments: Segment[] } {
  const clock = new VirtualClock();
  const disk = memoryDisk(clock, seededRandom(1));
  disk.makeDirectorySync('/q');
  const pool = new HandlePool(disk, maxOpenFiles);
  const segments = Array.from({ length: 20 }, (_, index) => new Segment(pool, '/q', index * 100, 100));
  for (const segment of segments) segment.create(disk);
  return { disk, pool, segments };
}

describe('the pool of open files', () => {
  it('keeps to its bound whether files are made or opened again', () => {
    const { pool, segments } = setUp(4);
    expect(pool.size).toBe(4);
    for (const segment of segments) {
      segment.writeSync(Uint8Array.of(segment.start / 100), segment.start + 7);
      expect(pool.size).toBeLessThanOrEqual(4);
    }
    const byte = new Uint8Array(1);
    for (const segment of segments) {
      expect(segment.readSync(byte, segment.start + 7)).toBe(1);
      expect(byte[0]).toBe(segment.start / 100);
    }
  });

  it('does not close a file with a call under way', async () => {
    const { pool, segments } = setUp(4);
    segments[0]!.writeSync(Uint8Array.of(9), 0);
    const into = new Uint8Array(1);
    const reading = segments[0]!.read(into, 0);
    for (const segment of segments.slice(1)) segment.readSync(new Uint8Array(1), segment.start);
    expect(segments[0]!.file).toBeDefined();
    expect(await reading).toBe(1);
    expect(into[0]).toBe(9);
    for (const segment of segments.slice(1)) segment.readSync(new Uint8Array(1), segment.start);
    expect(segments[0]!.file).toBeUndefined();
    expect(pool.size).toBeLessThanOrEqual(4);
  });

  it('gives files back when the system has too many open', () => {
    const { disk, pool, segments } = setUp(100);
    expect(pool.size).toBe(20);
    const extra = new Segment(pool, '/q', 2000, 100);
    extra.create(disk);
    pool.close(extra);
    const openSync = disk.openSync.bind(disk);
    let full = true;
    disk.openSync = (path, mode) => {
      if (full) {
        full = false;
        throw new DiskError('TOO_MANY_FILES', path, 'too many open files');
      }
      return openSync(path, mode);
    };
    expect(extra.readSync(new Uint8Array(10), 2000)).toBe(10);
    expect(pool.size).toBeLessThan(20);
    expect(segments[0]!.readSync(new Uint8Array(10), 0)).toBe(10);
  });

  it('opens nothing after it was closed', () => {
    const { pool, segments } = setUp(4);
    pool.closeAll();
    expect(pool.size).toBe(0);
    expect(() => segments[0]!.readSync(new Uint8Array(1), 0)).toThrow(/the store is closed/);
  });
});

describe('a queue of files', () => {
  it('finds files by offset, also when some are missing', () => {
    const { disk, pool } = setUp(100);
    disk.removeSync('/q/00000000000000000500');
    const files = new SegmentQueue(disk, pool, '/q', 100);
    files.load('refuse');
    expect(files.segments).toHaveLength(19);
    expect([files.start, files.end, files.gap]).toEqual([0, 2000, 500]);
    expect(files.find(499)?.start).toBe(400);
    expect(files.find(500)).toBeUndefined();
    expect(files.find(601)?.start).toBe(600);
    expect(files.find(1999)?.start).toBe(1900);
    expect(files.find(2000)).toBeUndefined();
    expect(files.after(450)?.start).toBe(600);
  });

  it('ignores what is not one of its files and removes an empty last one', () => {
    const { disk, pool } = setUp(100);
    disk.writeFileSync('/q/notes.txt', new Uint8Array(3));
    disk.makeDirectorySync('/q/00000000000000099900');
    disk.writeFileSync('/q/00000000000000002000', new Uint8Array(0));
    const files = new SegmentQueue(disk, pool, '/q', 100);
    files.load('refuse');
    expect(files.segments).toHaveLength(20);
    expect(disk.statSync('/q/00000000000000002000')).toBeUndefined();
    expect(disk.statSync('/q/notes.txt')).toBeDefined();
  });

  it('refuses, extends or drops files that are too short, as it is told', () => {
    const load = (shortFiles: 'refuse' | 'extend' | 'drop') => {
      const { disk, pool } = setUp(100);
      disk.writeFileSync('/q/00000000000000000300', new Uint8Array(50));
      const files = new SegmentQueue(disk, pool, '/q', 100);
      files.load(shortFiles);
      return [files.segments.length, disk.listSync('/q').length, disk.statSync('/q/00000000000000000300')?.size];
    };
    expect(() => load('refuse')).toThrow(/00000000000000000300 has 50 bytes.*files of 100/);
    expect(load('extend')).toEqual([20, 20, 100]);
    expect(load('drop')).toEqual([3, 3, undefined]);
  });
});
