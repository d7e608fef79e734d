import { encodeProperties, findProperty, readRecord, recordPhysicalOffset } from '@cometmq/protocol';
import { type Disk, randomInt, seededRandom } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import type { MessageStoreOptions } from '../../src/store-options.js';
import type { MessageStore } from '../../src/ports.js';
import { message, stored, textOf } from '../fixtures/messages.js';
import { drain, ROOT, SimHost } from '../fixtures/sim-store.js';

const FOREVER = Number.MAX_SAFE_INTEGER;
const keyed = (uniqueKey: string, keys = '', more: Parameters<typeof message>[0] = {}) =>
  message({
    text: uniqueKey,
    ...more,
    properties: encodeProperties({ UNIQ_KEY: uniqueKey, ...(keys && { KEYS: keys }) }),
  });

async function found(host: SimHost, store: MessageStore, key: string, topic = 'T'): Promise<string[]> {
  return (await host.settle(store.queryByKey(topic, key, 64, 0, FOREVER))).records.map(textOf);
}

/** Waits until the index has followed the log. */
async function upToDate(host: SimHost, store: MessageStore): Promise<void> {
  for (let step = 0; store.indexedOffset() < store.status().commitLogMaxOffset; step++) {
    if (step > 1000) throw new Error(`the index stays at ${store.indexedOffset()}`);
    await host.clock.advance(100);
  }
}

/** Every message that the queues have stands in the index once for each of its keys. */
async function expectComplete(host: SimHost, store: MessageStore): Promise<number> {
  await upToDate(host, store);
  let checked = 0;
  for (const { topic, queueId } of store.queues()) {
    for (const record of await host.settle(drain(store, topic, queueId))) {
      const { properties, physicalOffset } = readRecord(record);
      for (const name of ['UNIQ_KEY', 'KEYS']) {
        const key = findProperty(properties, name);
        if (key === undefined) continue;
        const { records } = await host.settle(store.queryByKey(topic, key, 64, 0, FOREVER));
        const offsets = records.map((each) => recordPhysicalOffset(each));
        expect([key, offsets.filter((offset) => offset === physicalOffset)]).toEqual([key, [physicalOffset]]);
        checked++;
      }
    }
  }
  return checked;
}

const indexFiles = (host: SimHost) => host.disk.listSync(`${ROOT}/index`).map(({ name }) => name);

describe('a message', () => {
  it('is found by its keys as soon as it is acknowledged', async () => {
    const host = new SimHost();
    const store = await host.start();
    await host.clock.settle();
    for (let index = 0; index < 60; index++) {
      stored(await store.put(keyed(`u${index}`, `k${index % 4} other`)));
      expect(await found(host, store, `u${index}`)).toEqual([`u${index}`]);
    }
    expect(await found(host, store, 'k3')).toHaveLength(15);
    expect(await found(host, store, 'other')).toHaveLength(60);
    expect(await found(host, store, 'u1', 'U')).toEqual([]);
    expect(indexFiles(host).length).toBeGreaterThan(5);
    await host.settle(store.close());
  });

  it('of a batch, or half of a transaction, is found, one rolled back is not', async () => {
    const host = new SimHost();
    const store = await host.start();
    await host.clock.settle();
    await store.putBatch([keyed('b1'), keyed('b2', 'k')]);
    await store.put(keyed('half', '', { sysFlag: 0x4 }));
    await store.put(keyed('commit', '', { sysFlag: 0x8 }));
    await store.put(keyed('rolled-back', '', { sysFlag: 0xc }));
    const all = ['b1', 'b2', 'k', 'half', 'commit', 'rolled-back'];
    const expected = [['b1'], ['b2'], ['b2'], ['half'], ['commit'], []];
    for (const [index, key] of all.entries()) expect(await found(host, store, key)).toEqual(expected[index]);
    // The same when it is built from the log.
    host.crash('process');
    host.disk.removeSync(`${ROOT}/index`);
    const again = await host.start();
    await upToDate(host, again);
    for (const [index, key] of all.entries()) expect(await found(host, again, key)).toEqual(expected[index]);
    await host.settle(again.close());
  });

  it('is not found before it is on the disk, with SYNC_FLUSH', async () => {
    const host = new SimHost({ syncMs: [50, 50] });
    const store = await host.start({ flushDiskType: 'SYNC_FLUSH' });
    await host.clock.settle();
    const putting = store.put(keyed('u'));
    await host.clock.advance(20);
    expect((await store.queryByKey('T', 'u', 1, 0, FOREVER)).records).toEqual([]);
    await host.settle(putting);
    expect(await found(host, store, 'u')).toEqual(['u']);
    await host.settle(store.close());
  });

  it('costs no write of its own: entries wait for the interval', async () => {
    const host = new SimHost();
    const writes: string[] = [];
    host.disk = watched(host.disk, (path) => void (path.includes('/index/') && writes.push(path)));
    const store = await host.start({ maxHashSlotNum: 5000, maxIndexNum: 20_000, flushIntervalConsumeQueue: 100 });
    await host.clock.settle();
    for (let index = 0; index < 1000; index++) await store.put(keyed(`u${index}`));
    expect(writes).toEqual([]);
    await host.clock.advance(150);
    expect(writes).toHaveLength(1);
    await host.settle(store.close());
  });
});

function watched(disk: Disk, onWrite: (path: string) => void): Disk {
  const openSync: Disk['openSync'] = (path, mode) => {
    const file = disk.openSync(path, mode);
    const write = file.writeSync.bind(file);
    file.writeSync = (bytes, position) => {
      onWrite(path);
      write(bytes, position);
    };
    return file;
  };
  return new Proxy(disk, {
    get: (target, name) => {
      if (name === 'openSync') return openSync;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Puts messages with keys for a while, some fast, some slowly. */
async function work(host: SimHost, store: MessageStore, seed: number, life: number): Promise<void> {
  const random = seededRandom(seed * 1000 + life);
  const steps = 5 + randomInt(random, 30);
  for (let step = 0; step < steps; step++) {
    const puts = Array.from({ length: randomInt(random, 8) }, (_, index) =>
      store.put(keyed(`${life}-${step}-${index}`, `k${life}-${step}-${index}`, { topic: `T${index % 2}` })),
    );
    await host.settle(Promise.all(puts));
    await host.clock.advance(randomInt(random, 60));
  }
}

describe('after a crash', () => {
  const options: Partial<MessageStoreOptions> = {
    flushIntervalConsumeQueue: 30,
    flushConsumeQueueThoroughInterval: 90,
    flushIntervalCommitLog: 40,
  };

  it.each(
    (['process', 'power'] as const).flatMap((how) =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((seed) => [how, seed] as const),
    ),
  )('of the %s each message is in the index once for each key (seed %i)', async (how, seed) => {
    const host = new SimHost({ seed, syncMs: [1, 20], readMs: [0, 2] });
    const sizes = seed % 2 === 0 ? {} : { maxHashSlotNum: 7, maxIndexNum: 300 };
    let checked = 0;
    for (let life = 0; life < 6; life++) {
      const store = await host.start({ ...options, ...sizes });
      if (life % 3 !== 2) checked += await expectComplete(host, store);
      await work(host, store, seed, life);
      if (life === 3) await host.settle(store.close());
      else host.crash(how);
      await host.clock.settle();
    }
    const last = await host.start({ ...options, ...sizes });
    checked += await expectComplete(host, last);
    expect(checked).toBeGreaterThan(50);
    await host.settle(last.close());
  });

  it('what was synced needs not be built again', async () => {
    const host = new SimHost();
    const store = await host.start({ ...options, maxIndexNum: 1000, maxHashSlotNum: 100 });
    for (let index = 0; index < 100; index++) await store.put(keyed(`u${index}`));
    await host.clock.advance(5000);
    const [name] = indexFiles(host);
    host.crash('power');
    const again = await host.start({ ...options, maxIndexNum: 1000, maxHashSlotNum: 100 });
    expect(indexFiles(host)).toEqual([name]);
    await host.clock.settle();
    expect(await found(host, again, 'u99')).toEqual(['u99']);
    await host.settle(again.close());
  });
});

describe('the index', () => {
  it('is built from the log when its directory is gone', async () => {
    const host = new SimHost();
    const store = await host.start();
    await work(host, store, 1, 4);
    await host.settle(store.close());
    host.disk.removeSync(`${ROOT}/index`);
    const again = await host.start();
    expect(await expectComplete(host, again)).toBeGreaterThan(20);
    await host.settle(again.close());
  });

  it('is not there when it is switched off, and is completed when it is switched on', async () => {
    const host = new SimHost();
    const store = await host.start({ messageIndexEnable: false });
    await work(host, store, 1, 4);
    expect((await store.queryByKey('T0', '4-0-0', 1, 0, FOREVER)).records).toEqual([]);
    await host.settle(store.close());
    expect(host.disk.statSync(`${ROOT}/index`)).toBeUndefined();
    const again = await host.start();
    expect(await expectComplete(host, again)).toBeGreaterThan(20);
    await host.settle(again.close());
  });

  it('forgets messages that the log has lost, so that others can take their places', async () => {
    const host = new SimHost();
    const store = await host.start();
    await host.clock.settle();
    for (let index = 0; index < 60; index++) await store.put(keyed(`u${index}`));
    await host.settle(store.close());
    host.disk.removeSync(`${ROOT}/commitlog`);
    const again = await host.start();
    for (let index = 0; index < 20; index++) await again.put(keyed(`n${index}`, 'k'));
    expect(await expectComplete(host, again)).toBe(40);
    expect(await found(host, again, 'u7')).toEqual([]);
    await host.settle(again.close());
  });

  it('follows later when its file cannot be made or written; messages are taken meanwhile', async () => {
    for (const operation of ['open', 'write'] as const) {
      const host = new SimHost();
      const store = await host.start();
      await host.clock.settle();
      await store.put(keyed('before'));
      host.device.faults.plan({ operation, path: '/index/', count: 3, code: 'NO_SPACE' });
      for (let index = 0; index < 40; index++) {
        expect(stored(await store.put(keyed(`u${index}`, 'a b'))).status).toBe('PUT_OK');
      }
      expect(store.indexedOffset()).toBeLessThan(store.status().commitLogMaxOffset);
      await upToDate(host, store);
      for (let index = 0; index < 40; index++) expect(await found(host, store, `u${index}`)).toEqual([`u${index}`]);
      expect(await found(host, store, 'a')).toHaveLength(40);
      await host.settle(store.close());
      expect(host.disk.statSync(`${ROOT}/abort`)).toBeUndefined();
    }
  });

  it('whose sync fails is completed at the next start', async () => {
    const host = new SimHost();
    const store = await host.start({ flushConsumeQueueThoroughInterval: 1000 });
    await work(host, store, 1, 4);
    host.device.faults.plan({ operation: 'sync', path: '/index/', dropsData: true });
    await host.clock.advance(3000);
    await work(host, store, 1, 2);
    await host.settle(store.close());
    expect(host.errors.some(({ message }) => message.includes('the index of message keys'))).toBe(true);
    host.crash('power');
    const again = await host.start();
    expect(await expectComplete(host, again)).toBeGreaterThan(20);
    await host.settle(again.close());
  });

  it('loses the files of messages that have expired', async () => {
    const host = new SimHost();
    const store = await host.start({ fileReservedTime: 0 });
    await host.clock.settle();
    for (let index = 0; index < 200; index++) await store.put(keyed(`u${index}`));
    const before = indexFiles(host).length;
    await host.settle(store.deleteExpired());
    const { commitLogMinOffset } = store.status();
    expect(commitLogMinOffset).toBeGreaterThan(0);
    expect(indexFiles(host).length).toBeLessThan(before);
    expect(await found(host, store, 'u0')).toEqual([]);
    expect(await found(host, store, 'u199')).toEqual(['u199']);
    await host.settle(store.close());
    const again = await host.start();
    expect(await expectComplete(host, again)).toBeGreaterThan(10);
    await host.settle(again.close());
  });

  it('stays as it is when a store is opened and closed', async () => {
    const host = new SimHost();
    const store = await host.start();
    await work(host, store, 2, 1);
    await host.settle(store.close());
    const bytes = () => indexFiles(host).map((name) => [name, ...host.disk.readFileSync(`${ROOT}/index/${name}`)!]);
    const before = bytes();
    const again = await host.start();
    await upToDate(host, again);
    await host.settle(again.close());
    expect(bytes()).toEqual(before);
  });

  it('gives answers that fit into a frame', async () => {
    const host = new SimHost({ mode: 'memory' });
    const store = await host.start({ mappedFileSizeCommitLog: 1 << 23 });
    await host.clock.settle();
    for (let index = 0; index < 6; index++)
      stored(await store.put(keyed(`u${index}`, 'k', { body: new Uint8Array(4 << 20) })));
    const { records } = await host.settle(store.queryByKey('T', 'k', 64, 0, FOREVER));
    expect(records.map((record) => findProperty(readRecord(record).properties, 'UNIQ_KEY'))).toEqual([
      'u3',
      'u4',
      'u5',
    ]);
    await host.settle(store.close());
  });
});
