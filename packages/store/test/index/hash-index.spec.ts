import { type Disk, seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashIndex } from '../../src/index/hash-index.js';
import { indexFileBytes } from '../../src/index/index-layout.js';
import { keyHash } from '../../src/index/key-hash.js';
import { HandlePool } from '../../src/segment/handle-pool.js';

const DIRECTORY = '/index';
const SIZES = { maxHashSlotNum: 5, maxIndexNum: 8 };
const FOREVER = Number.MAX_SAFE_INTEGER;

class Bench {
  readonly clock = new VirtualClock();
  readonly disk: Disk;

  constructor(capacityBytes = 1 << 30) {
    const { clock } = this;
    this.disk = new SimDisk({ clock, random: seededRandom(1), mode: 'memory', capacityBytes }).mount();
  }

  open(sizes = SIZES, crashed = false, indexMsgTimestamp = 0): HashIndex {
    const ports = { clock: this.clock, disk: this.disk, logger: silentLogger };
    const index = new HashIndex({ directory: DIRECTORY, ...sizes }, ports, new HandlePool(this.disk, 8));
    index.load(crashed, indexMsgTimestamp);
    return index;
  }

  bytes(name: string): DataView {
    const bytes = this.disk.readFileSync(`${DIRECTORY}/${name}`)!.slice();
    return new DataView(bytes.buffer);
  }

  async flush(index: HashIndex): Promise<void> {
    const mark = index.mark();
    if (mark === undefined) return;
    const writing = index.write(mark);
    await this.clock.settle();
    await writing;
    await index.sync(mark);
    await index.commit(mark);
  }
}

const put = (index: HashIndex, key: string, offset: number, time: number) => index.put(keyHash('T', key), offset, time);
const find = async (index: HashIndex, key: string, maxNum = 64, begin = 0, end = FOREVER) =>
  (await index.find('T', key, maxNum, begin, end)).offsets;

describe('an index file', () => {
  it('has the bytes of store-format, section 7', async () => {
    const bench = new Bench();
    const index = bench.open();
    put(index, 'a', 0x1_0000_0001, 1_700_000_000_123);
    put(index, 'b', 0x1_0000_0101, 1_700_000_002_122);
    put(index, 'a', 0x1_0000_0201, 1_700_000_002_123);
    await bench.flush(index);
    const [name] = index.fileNames;
    const view = bench.bytes(name!);
    expect(view.byteLength).toBe(40 + 5 * 4 + 8 * 20);
    expect([0, 8, 16, 24].map((at) => Number(view.getBigInt64(at)))).toEqual([
      1_700_000_000_123, 1_700_000_002_123, 0x1_0000_0001, 0x1_0000_0201,
    ]);
    const [a, b] = [keyHash('T', 'a'), keyHash('T', 'b')];
    expect(a % 5).not.toBe(b % 5);
    expect([view.getInt32(32), view.getInt32(36)]).toEqual([2, 4]);
    const slots = Array.from({ length: 5 }, (_, slot) => view.getInt32(40 + slot * 4));
    expect(slots).toEqual(slots.map((_, slot) => (slot === a % 5 ? 3 : slot === b % 5 ? 2 : 0)));
    const entry = (number: number) => {
      const at = 60 + number * 20;
      return [view.getInt32(at), Number(view.getBigInt64(at + 4)), view.getInt32(at + 12), view.getInt32(at + 16)];
    };
    expect([0, 1, 2, 3, 4].map(entry)).toEqual([
      [0, 0, 0, 0],
      [a, 0x1_0000_0001, 0, 0],
      [b, 0x1_0000_0101, 1, 0],
      [a, 0x1_0000_0201, 2, 1],
      [0, 0, 0, 0],
    ]);
  });

  it('is followed by one that begins with its end, when it is full', async () => {
    const bench = new Bench();
    const index = bench.open();
    for (let number = 1; number <= 7; number++) put(index, `k${number}`, number * 100, 10_000 + number);
    expect(index.fileNames).toHaveLength(1);
    put(index, 'k8', 800, 16_007);
    expect(index.fileNames).toHaveLength(2);
    await bench.flush(index);
    const [first, second] = index.fileNames.map((name) => bench.bytes(name));
    expect(first!.getInt32(36)).toBe(8);
    expect([0, 8, 16, 24].map((at) => Number(second!.getBigInt64(at)))).toEqual([16_007, 16_007, 800, 800]);
    // Its first entry is measured from the end of the file before (IndexFile.putKey).
    expect(second!.getInt32(40 + 5 * 4 + 20 + 12)).toBe(6);
    expect(await find(index, 'k1')).toEqual([100]);
    expect(await find(index, 'k8')).toEqual([800]);
  });
});

describe('the memory of the newest entries', () => {
  it('is bounded: when it is full they are written, and all are found', async () => {
    const bench = new Bench();
    const sizes = { maxHashSlotNum: 100_000, maxIndexNum: 1_000_000 };
    const index = bench.open(sizes);
    const last = 450_000;
    const hashes = Array.from({ length: 1000 }, (_, key) => keyHash('T', `k${key}`));
    for (let number = 1; number <= last; number++) index.put(hashes[number % 1000]!, number, 1000);
    const view = bench.bytes(index.fileNames[0]!);
    const offsetOf = (number: number) => Number(view.getBigInt64(40 + 400_000 + number * 20 + 4));
    expect([1, 200_000, 400_000].map(offsetOf)).toEqual([1, 200_000, 400_000]);
    // The newest are in memory, the others in the file.
    expect(await find(index, 'k7')).toEqual(Array.from({ length: 64 }, (_, round) => 449_007 - round * 1000));
  });
});

describe('looking for a key', () => {
  it('gives other keys of the same hash, too, but not those of the same slot', async () => {
    const index = new Bench().open();
    // Java's best known collision.
    put(index, 'Aa', 1, 1000);
    put(index, 'BB', 2, 1000);
    const inSlot = Array.from({ length: 100 }, (_, number) => `x${number}`).find(
      (key) => keyHash('T', key) % 5 === keyHash('T', 'Aa') % 5,
    )!;
    put(index, inSlot, 3, 1000);
    expect(await find(index, 'Aa')).toEqual([2, 1]);
    expect(await find(index, inSlot)).toEqual([3]);
  });

  it('begins with the newest file and ends with maxNum', async () => {
    const index = new Bench().open();
    for (let number = 1; number <= 30; number++) put(index, 'k', number, number * 1000);
    expect(await find(index, 'k', 3)).toEqual([30, 29, 28]);
    expect(await find(index, 'k', 0)).toEqual([]);
    expect(await find(index, 'k', 64, 5000, 7000)).toEqual([7, 6, 5]);
    expect(await find(index, 'k', 64, 31_000, FOREVER)).toEqual([]);
  });

  it('survives damage: chains that lead nowhere or into a circle', async () => {
    const bench = new Bench();
    const index = bench.open();
    for (let number = 1; number <= 6; number++) put(index, 'k', number, 1000);
    await bench.flush(index);
    const path = `${DIRECTORY}/${index.fileNames[0]}`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(indexFileBytes(SIZES) - 1), fc.nat(255))), async (changes) => {
        const bytes = bench.disk.readFileSync(path)!.slice();
        const whole = bytes.slice();
        for (const [at, value] of changes) bytes[at] = value;
        bench.disk.writeFileSync(path, bytes);
        const damaged = bench.open();
        expect((await find(damaged, 'k')).length).toBeLessThanOrEqual(64);
        await damaged.prepare();
        bench.disk.writeFileSync(path, whole);
      }),
    );
  });
});

/** What an index is for, in the simplest way. */
class Model {
  readonly #files: { readonly entries: { key: string; offset: number; second: number }[]; begin: number }[] = [];
  #lastTime = 0;

  put(key: string, offset: number, time: number): void {
    let file = this.#files.at(-1);
    if (file === undefined || file.entries.length === SIZES.maxIndexNum - 1) {
      this.#files.push((file = { entries: [], begin: this.#lastTime }));
    }
    const second = file.begin <= 0 ? 0 : Math.max(0, Math.trunc((time - file.begin) / 1000));
    if (file.entries.length === 0) file.begin = time;
    file.entries.push({ key, offset, second });
    this.#lastTime = time;
  }

  /** Without bounds on time, where the two rules of ending early do not matter. */
  find(key: string, maxNum: number): number[] {
    const all = this.#files.flatMap(({ entries }) => entries).filter((entry) => entry.key === key);
    return all
      .toReversed()
      .slice(0, maxNum)
      .map(({ offset }) => offset);
  }
}

describe('an index, against a plain list', () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ kind: fc.constant('put' as const), key: fc.nat(12), gapMs: fc.nat(3000) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('find' as const), key: fc.nat(12), maxNum: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'write' as const }) },
  );

  it('finds the same, through new files, flushes and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const bench = new Bench();
        const model = new Model();
        let index = bench.open();
        let time = 1_700_000_000_000;
        let offset = 0;
        const answers: [found: unknown, wanted: unknown][] = [];
        for (const each of steps) {
          if (each.kind === 'put') {
            time += each.gapMs;
            offset += 100;
            put(index, `key${each.key}`, offset, time);
            model.put(`key${each.key}`, offset, time);
          } else if (each.kind === 'find') {
            const key = `key${each.key}`;
            answers.push([await find(index, key, each.maxNum), model.find(key, each.maxNum)]);
          } else if (each.kind === 'write') index.writeEntries();
          else await bench.flush(index);
          if (each.kind !== 'reopen') continue;
          index = bench.open();
          answers.push([await index.prepare(), offset === 0 ? 0 : 1], [index.lastPhyOffset ?? 0, offset]);
        }
        expect(answers.map(([found]) => found)).toEqual(answers.map(([, wanted]) => wanted));
      }),
    );
  });
});

describe('the files of an index', () => {
  async function filled(bench: Bench, count: number): Promise<HashIndex> {
    const index = bench.open();
    for (let number = 1; number <= count; number++) put(index, 'k', number, number * 1000);
    await bench.flush(index);
    return index;
  }

  it('are refused with other sizes after a clean end, saying what helps', async () => {
    const bench = new Bench();
    await filled(bench, 3);
    expect(() => bench.open({ maxHashSlotNum: 6, maxIndexNum: 8 })).toThrow(/220 bytes.*of 224.*maxHashSlotNum/);
  });

  it('leave nothing behind when there is no space for them', () => {
    const bench = new Bench(100);
    const index = bench.open();
    expect(() => put(index, 'k', 1, 1000)).toThrow(/space/);
    expect(bench.disk.listSync(DIRECTORY)).toEqual([]);
    expect(bench.open().fileNames).toEqual([]);
  });

  it('stay after a crash as far as the checkpoint knows them', async () => {
    for (const [known, left] of [
      [20_000, 20],
      [19_000, 14],
      [14_000, 14],
      [13_999, 7],
      [0, undefined],
    ] as const) {
      const bench = new Bench();
      await filled(bench, 20);
      const index = bench.open(SIZES, true, known);
      expect(index.lastPhyOffset).toBe(left);
      expect(bench.disk.listSync(DIRECTORY)).toHaveLength(index.fileNames.length);
    }
  });

  it('go when their messages are no more in the log; the last one stays', async () => {
    const bench = new Bench();
    const index = await filled(bench, 20);
    expect(index.removeExpired(7)).toBe(0);
    expect(index.removeExpired(8)).toBe(1);
    expect(await find(index, 'k')).toHaveLength(13);
    expect(index.removeExpired(1000)).toBe(1);
    expect(index.fileNames).toHaveLength(1);
  });

  it('go when the log ends before them', async () => {
    const index = await filled(new Bench(), 20);
    index.cutAt(21);
    expect(index.lastPhyOffset).toBe(20);
    index.cutAt(14);
    expect(index.lastPhyOffset).toBe(7);
  });

  it('tell how many keys of the last message they have, across files', async () => {
    const bench = new Bench();
    const index = bench.open();
    for (let number = 1; number <= 5; number++) put(index, 'k', number, 1000);
    for (const key of ['a', 'b', 'c', 'd']) put(index, key, 6, 1000);
    await bench.flush(index);
    expect(index.fileNames).toHaveLength(2);
    expect(await bench.open().prepare()).toBe(4);
  });

  it('that are no index files are let alone', () => {
    const bench = new Bench();
    bench.disk.makeDirectorySync(DIRECTORY);
    bench.disk.writeFileSync(`${DIRECTORY}/notes.txt`, new Uint8Array(3));
    expect(bench.open().fileNames).toEqual([]);
  });
});
