import { readRecord, tagsCode } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import type { MessageStore, ReadRequest, ReadResult } from '../../src/ports.js';
import { message, stored, textOf } from '../fixtures/messages.js';
import { logFile, queueFile, ROOT, SimHost } from '../fixtures/sim-store.js';

const request = (fields: Partial<ReadRequest> = {}): ReadRequest => ({
  topic: 'T',
  queueId: 0,
  offset: 0,
  maxMessages: 32,
  maxBytes: 1 << 20,
  ...fields,
});

async function withMessages(
  count: number,
  bodyBytes = 10,
  options = {},
): Promise<{ host: SimHost; store: MessageStore }> {
  const host = new SimHost();
  const store = await host.start({ mappedFileSizeCommitLog: 1 << 20, ...options });
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      store.put(
        message({ body: new Uint8Array(bodyBytes).fill(index), properties: `TAGS\u0001tag${index % 3}\u0002` }),
      ),
    ),
  );
  return { host, store };
}

/** The same store without anything in memory. */
async function reopened(host: SimHost, store: MessageStore, options = {}): Promise<MessageStore> {
  await host.settle(store.close());
  return host.start({ mappedFileSizeCommitLog: 1 << 20, ...options });
}

const summary = ({ status, nextOffset, minOffset, maxOffset, records }: ReadResult) => [
  status,
  nextOffset,
  minOffset,
  maxOffset,
  records.length,
];

describe('reading a queue', () => {
  it('answers as Apache does when there is nothing at the offset', async () => {
    const { host, store } = await withMessages(5);
    store.queueEnd('empty', 0);
    const cases: [Partial<ReadRequest>, unknown[]][] = [
      [{ topic: 'none', offset: 7 }, ['NO_MATCHED_LOGIC_QUEUE', 0, 0, 0, 0]],
      [{ topic: 'empty', offset: 3 }, ['NO_MESSAGE_IN_QUEUE', 0, 0, 0, 0]],
      [{ offset: 5 }, ['OFFSET_OVERFLOW_ONE', 5, 0, 5, 0]],
      [{ offset: 9 }, ['OFFSET_OVERFLOW_BADLY', 5, 0, 5, 0]],
      [{ offset: -1 }, ['OFFSET_TOO_SMALL', 0, 0, 5, 0]],
      [{ offset: 3 }, ['FOUND', 5, 0, 5, 2]],
    ];
    for (const [fields, expected] of cases) expect(summary(await store.read(request(fields)))).toEqual(expected);
    await host.settle(store.close());
  });

  it('answers at once from memory, and with a promise from the disk', async () => {
    const { host, store } = await withMessages(100);
    expect(store.read(request({ offset: 60 }))).not.toBeInstanceOf(Promise);
    const again = await reopened(host, store);
    const cold = again.read(request({ offset: 60 }));
    expect(cold).toBeInstanceOf(Promise);
    const { records, status } = await cold;
    expect([status, records.length]).toEqual(['FOUND', 32]);
    expect(records.map((record) => readRecord(record).queueOffset)).toEqual(records.map((_, index) => 60 + index));
    await host.settle(again.close());
  });

  it('gives views that stay as they are when the log goes on', async () => {
    const host = new SimHost();
    const store = await host.start({ mappedFileSizeCommitLog: 1 << 16, recentLogMaxBytes: 1 << 14 });
    await store.put(message({ text: 'first' }));
    const { records } = await store.read(request());
    const before = records[0]!.slice();
    for (let index = 0; index < 200; index++) await store.put(message({ body: new Uint8Array(1000).fill(index) }));
    expect(records[0]).toEqual(before);
    const late = await store.read(request({ offset: 0, maxMessages: 1 }));
    expect(late.records.map(textOf)).toEqual(['first']);
    await host.settle(store.close());
  });

  it.each(['memory', 'disk'] as const)('keeps to the bounds of the request and of the options (%s)', async (from) => {
    const limits = { maxTransferCountOnMessageInMemory: 20, maxTransferBytesOnMessageInMemory: 10_000 };
    const made = await withMessages(100, 900, limits);
    const { host } = made;
    const store = from === 'memory' ? made.store : await reopened(host, made.store, limits);
    const count = async (fields: Partial<ReadRequest>) => (await store.read(request(fields))).records.length;
    const size = (await store.read(request({ maxMessages: 1 }))).bytes;
    expect(await count({ maxMessages: 3 })).toBe(3);
    expect(await count({ maxMessages: 100 })).toBe(Math.floor(10_000 / size));
    expect(await count({ maxBytes: 2 * size })).toBe(2);
    expect(await count({ maxBytes: 2 * size - 1 })).toBe(1);
    // The first message always passes.
    expect(await count({ maxBytes: 1 })).toBe(1);
    await host.settle(store.close());
    const small = await withMessages(100, 10, limits);
    const other = from === 'memory' ? small.store : await reopened(small.host, small.store, limits);
    expect((await other.read(request({ maxMessages: 100 }))).records.length).toBe(20);
    await small.host.settle(other.close());
  });

  it('gives less at a time far behind the end of the log', async () => {
    const limits = { accessMessageInMemoryMaxBytes: 5000 };
    const { host, store } = await withMessages(200, 100, limits);
    expect((await store.read(request({ offset: 0 }))).records.length).toBe(8);
    expect((await store.read(request({ offset: 180 }))).records.length).toBe(20);
    expect(store.isInMemory('T', 0, 0)).toBe(false);
    expect(store.isInMemory('T', 0, 199)).toBe(true);
    expect(store.isInMemory('T', 0, 200)).toBe(false);
    await host.settle(store.close());
  });

  it.each(['memory', 'disk'] as const)(
    'filters by entry and by record, and goes on where it stopped (%s)',
    async (from) => {
      const made = await withMessages(2000);
      const { host } = made;
      const store = from === 'memory' ? made.store : await reopened(host, made.store);
      const code = tagsCode('tag1');
      const byTag = { matchesEntry: (value: number) => value === code };
      const found = await store.read(request({ filter: byTag, maxMessages: 5 }));
      expect(found.records.map((record) => readRecord(record).queueOffset)).toEqual([1, 4, 7, 10, 13]);
      expect(found.nextOffset).toBeLessThanOrEqual(16);
      const seen: number[] = [];
      let looked = 0;
      const byRecord = {
        ...byTag,
        matchesRecord: (record: Uint8Array) => {
          looked++;
          return readRecord(record).queueOffset % 100 === 1;
        },
      };
      for (let offset = 0; offset < 2000;) {
        const result = await store.read(request({ offset, filter: byRecord }));
        seen.push(...result.records.map((record) => readRecord(record).queueOffset));
        expect(result.nextOffset).toBeGreaterThan(offset);
        offset = result.nextOffset;
      }
      expect(seen).toEqual([1, 301, 601, 901, 1201, 1501, 1801]);
      expect(looked).toBe(667);
      await host.settle(store.close());
    },
  );

  it('looks at a bounded number of entries when nothing matches', async () => {
    const { host, store } = await withMessages(2000);
    const nothing = { matchesEntry: () => false };
    expect(summary(await store.read(request({ filter: nothing })))).toEqual(['NO_MATCHED_MESSAGE', 800, 0, 2000, 0]);
    expect(summary(await store.read(request({ filter: nothing, maxMessages: 1000 })))).toEqual([
      'NO_MATCHED_MESSAGE',
      1000,
      0,
      2000,
      0,
    ]);
    const again = await reopened(host, store);
    const next = await again.read(request({ filter: nothing }));
    expect([next.status, next.nextOffset]).toEqual(['NO_MATCHED_MESSAGE', 800]);
    await host.settle(again.close());
  });

  it('steps over messages whose log file is gone, and over missing queue files', async () => {
    const host = new SimHost();
    const store = await host.start();
    for (let index = 0; index < 100; index++) await store.put(message({ text: `m${index}` }));
    await host.settle(store.close());
    const again = await host.start();
    host.disk.removeSync(logFile(0));
    // The store's own file handle still reads it; another store does not find it, as after a hand reached in.
    await host.settle(again.close());
    const third = await host.start();
    const gone = await third.read(request({ offset: third.minOffset('T', 0) }));
    expect(gone.status).toBe('FOUND');
    expect(third.minOffset('T', 0)).toBeGreaterThan(30);
    expect(await third.read(request({ offset: 0 }))).toMatchObject({
      status: 'OFFSET_TOO_SMALL',
      nextOffset: third.minOffset('T', 0),
    });
    await host.settle(third.close());
  });

  it('passes a read error on, and reads again afterwards', async () => {
    const { host, store } = await withMessages(10);
    const again = await reopened(host, store);
    host.device.plan({ operation: 'read', path: '/commitlog/' });
    await expect(again.read(request())).rejects.toMatchObject({ name: 'DiskError' });
    expect((await again.read(request())).records).toHaveLength(10);
    await host.settle(again.close());
  });
});

describe('looking at single messages', () => {
  it('finds records only where they start', async () => {
    const { host, store } = await withMessages(10);
    for (const each of [store, await reopened(host, store)]) {
      if (each === store) continue;
      const { physicalOffset, size } = (await each.entryAt('T', 0, 4))!;
      expect((await each.recordAt(physicalOffset))?.length).toBe(size);
      for (const wrong of [
        physicalOffset + 1,
        physicalOffset - 1,
        -1,
        1.5,
        Number.NaN,
        2 ** 52,
        each.status().commitLogMaxOffset,
      ]) {
        expect(await each.recordAt(wrong)).toBeUndefined();
      }
      expect(await each.entryAt('T', 0, 10)).toBeUndefined();
      expect(await each.entryAt('T', 1, 0)).toBeUndefined();
      await host.settle(each.close());
    }
  });

  it('finds offsets by time, with both boundaries', async () => {
    const host = new SimHost();
    const store = await host.start();
    // Times 0, 100, 100, 100, 200, … of the first message.
    const start = stored(await store.put(message())).storeTimestamp;
    await host.clock.advance(100);
    for (let index = 0; index < 3; index++) await store.put(message());
    await host.clock.advance(100);
    await store.put(message());
    const find = (delta: number, boundary: 'LOWER' | 'UPPER') =>
      store.offsetByTimestamp('T', 0, start + delta, boundary);
    const table = [
      [-1, 0, 0],
      [0, 0, 0],
      [50, 1, 0],
      [100, 1, 3],
      [150, 4, 3],
      [200, 4, 4],
      [201, 5, 4],
    ] as const;
    for (const [delta, lower, upper] of table) {
      expect([delta, await find(delta, 'LOWER'), await find(delta, 'UPPER')]).toEqual([delta, lower, upper]);
    }
    expect(await store.offsetByTimestamp('none', 0, start)).toBe(0);
    expect(await store.storeTimestampAt('T', 0, 1)).toBe(start + 100);
    expect(await store.storeTimestampAt('T', 0, 5)).toBeUndefined();
    await host.settle(store.close());
  });

  it('keeps the deliver time in the entries of the delay topic, else the hash of the tags', async () => {
    const host = new SimHost();
    const store = await host.start();
    const topic = 'SCHEDULE_TOPIC_XXXX';
    const properties = [
      'DELAY\u00013\u0002TAGS\u0001a\u0002',
      'DELAY\u000199\u0002',
      'DELAY\u0001x\u0002TAGS\u0001a\u0002',
      '',
    ];
    for (const text of properties) await store.put(message({ topic, properties: text }));
    await store.put(message({ properties: 'DELAY\u00013\u0002TAGS\u0001日本\u0002' }));
    const expected = (time: number) => [time + 10_000, time + 7_200_000, 97, 0];
    const check = async (each: MessageStore) => {
      const time = (await each.storeTimestampAt(topic, 0, 0))!;
      const codes = await Promise.all(
        [0, 1, 2, 3].map(async (offset) => (await each.entryAt(topic, 0, offset))?.tagsCode),
      );
      expect(codes).toEqual(expected(time));
      expect((await each.entryAt('T', 0, 0))?.tagsCode).toBe(tagsCode('日本'));
    };
    await check(store);
    host.crash('process');
    host.disk.removeSync(`${ROOT}/consumequeue`);
    const again = await host.start();
    await check(again);
    await host.settle(again.close());
  });
});

describe('a queue whose first messages are gone', () => {
  it('begins with filler in its first file, as Apache writes it', async () => {
    const host = new SimHost();
    const store = await host.start();
    for (let index = 0; index < 100; index++) await store.put(message());
    await host.settle(store.close());
    host.disk.removeSync(logFile(0));
    host.disk.removeSync(`${ROOT}/consumequeue`);
    const again = await host.start();
    const minOffset = again.minOffset('T', 0);
    expect(minOffset).toBe(42);
    expect(again.maxOffset('T', 0)).toBe(100);
    await host.settle(again.close());
    const bytes = host.disk.readFileSync(queueFile('T', 0, 800))!;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const entry = (index: number) => [
      view.getBigInt64(index * 20),
      view.getInt32(index * 20 + 8),
      view.getBigInt64(index * 20 + 12),
    ];
    expect([entry(0), entry(1)]).toEqual([
      [0n, 0x7fffffff, 0n],
      [0n, 0x7fffffff, 0n],
    ]);
    expect(entry(2)).toEqual([4096n, 97, 0n]);
    const third = await host.start();
    expect([third.minOffset('T', 0), third.maxOffset('T', 0)]).toEqual([42, 100]);
    expect((await third.read(request({ offset: 42 }))).records).toHaveLength(32);
    await host.settle(third.close());
  });
});

describe('a message that cannot be read', () => {
  it.each([
    ['its body was changed', logFile(0), 3 * 112 + 90],
    ['its entry leads elsewhere', queueFile('T', 0), 3 * 20 + 6],
    ['its entry has another size', queueFile('T', 0), 3 * 20 + 9],
  ])('is passed over with a word, and its neighbours are given out, when %s', async (_, path, place) => {
    const { host, store } = await withMessages(8);
    await host.settle(store.close());
    host.edit(path, (bytes) => void (bytes[place] = bytes[place]! ^ 1));
    const again = await host.start({ mappedFileSizeCommitLog: 1 << 20 });
    const { records, nextOffset } = await again.read(request());
    expect(records.map((record) => readRecord(record).queueOffset)).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(nextOffset).toBe(8);
    expect(host.errors).toHaveLength(1);
    expect(host.errors[0]!.message).toContain('T queue 0 offset 3');
    await again.read(request());
    expect(host.errors).toHaveLength(1);
    await host.settle(again.close());
  });
});

describe('the search by time', () => {
  it('goes on when an entry leads to no record', async () => {
    const { host, store } = await withMessages(8);
    const time = (await store.storeTimestampAt('T', 0, 0))!;
    await host.settle(store.close());
    host.edit(queueFile('T', 0), (bytes) => void (bytes[4 * 20 + 7] = bytes[4 * 20 + 7]! ^ 0x5));
    const again = await host.start({ mappedFileSizeCommitLog: 1 << 20 });
    expect(await again.offsetByTimestamp('T', 0, time + 1)).toBe(8);
    await host.settle(again.close());
  });
});
