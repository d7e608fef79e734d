import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenManifest } from '../../../../tools/golden-reader/golden-store.js';
import { openStoreReader, type StoreReader } from '../../src/offline/store-reader.js';
import { fingerprints, inTemporaryDirectory, unpackGolden } from '../fixtures/golden.js';
import { message, stored } from '../fixtures/messages.js';
import { logFile, ROOT, SimHost } from '../fixtures/sim-store.js';
import { nodeCodecs } from '@cometmq/runtime/node';

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

describe.each(['clean-5.3.3', 'clean-4.9.7', 'light-queues', 'killed-5.3.3'])("Apache's store %s", (name) => {
  const manifest = goldenManifest(name);
  const use = (test: (store: StoreReader, directory: string) => Promise<void>) =>
    inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden(name, temporary);
      const before = fingerprints(directory);
      using store = await openStoreReader(directory);
      await test(store, directory);
      expect(fingerprints(directory)).toEqual(before);
    });

  it('has the queues and messages that Apache saw, and no byte of it changes', async () => {
    await use(async (store) => {
      expect(await store.logRange()).toEqual({
        minOffset: manifest.commitLogMinOffset,
        maxOffset: manifest.commitLogMaxOffset,
      });
      const ranges = new Map((await store.queues()).map((range) => [`${range.topic} ${range.queueId}`, range]));
      for (const { topic, queueId, minOffset, maxOffset, messages } of manifest.queues) {
        const found = await all(store.read({ topic, queueId }));
        if (maxOffset > 0) expect(ranges.get(`${topic} ${queueId}`)).toEqual({ topic, queueId, minOffset, maxOffset });
        expect(found.map((each) => [each.queueOffset, each.physicalOffset, each.size, sha1(each.body)])).toEqual(
          messages.map((each) => [each.queueOffset, each.physicalOffset, each.size, each.bodySha1]),
        );
        for (const [index, golden] of messages.entries()) {
          expect(Object.fromEntries(found[index]!.properties)).toEqual(golden.properties);
          expect(found[index]!.offsetMessageId).toBe(golden.msgId);
          expect((await store.byOffsetMessageId(golden.msgId))?.physicalOffset).toBe(golden.physicalOffset);
        }
      }
    });
  });

  it('finds by key what Apache found', async () => {
    await use(async (store) => {
      for (const { topic, key, physicalOffsets } of manifest.keyQueries) {
        const found = await store.byKey(topic, key);
        const wanted = [];
        for (const offset of physicalOffsets) {
          const each = (await store.messageAt(offset))!;
          // Apache's broker leaves it to the client to drop other keys of the same hash.
          if (each.topic === topic && each.hasKey(key)) wanted.push(offset);
        }
        expect([key, found.map((each) => each.physicalOffset)]).toEqual([key, wanted]);
      }
    });
  });

  it('finds the same without an index', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden(name, temporary);
      using store = await openStoreReader(directory);
      const [query] = manifest.keyQueries.filter(({ physicalOffsets }) => physicalOffsets.length > 0);
      const before = await store.byKey(query!.topic, query!.key);
      rmSync(join(directory, 'index'), { recursive: true });
      const after = await store.byKey(query!.topic, query!.key);
      expect(after.map((each) => each.physicalOffset)).toEqual(before.map((each) => each.physicalOffset));
    });
  });

  it('has the progress of its groups', async () => {
    await use(async (store) => {
      const text = manifest.consumerOffsets.replaceAll(/([{,])(\d+):/g, '$1"$2":');
      const table = (JSON.parse(text) as { offsetTable: Record<string, Record<string, number>> }).offsetTable;
      const wanted = Object.entries(table).flatMap(([key, offsets]) =>
        Object.entries(offsets).map(([queueId, offset]) => `${key} ${queueId} ${offset}`),
      );
      const found = store.progress().map((each) => `${each.topic}@${each.group} ${each.queueId} ${each.offset}`);
      expect(found.toSorted()).toEqual(wanted.toSorted());
    });
  });
});

describe('a reader', () => {
  const read = (host: SimHost) => openStoreReader(ROOT, { ports: { disk: host.disk, codecs: nodeCodecs() } });

  it('reads beside a running broker, and sees what it writes', async () => {
    const host = new SimHost();
    const broker = await host.start();
    using store = await read(host);
    expect(await store.queues()).toEqual([]);
    for (let round = 1; round <= 3; round++) {
      for (let index = 0; index < 20; index++)
        stored(
          await host.settle(
            broker.put(message({ text: `m${round}-${index}`, properties: `KEYS\u0001k${index}\u0002` })),
          ),
        );
      await host.clock.advance(2000);
      expect(await store.queues('T')).toEqual([{ topic: 'T', queueId: 0, minOffset: 0, maxOffset: round * 20 }]);
      const found = await all(store.read({ topic: 'T', queueId: 0, from: round * 20 - 5, to: round * 20 - 2 }));
      expect(found.map((each) => new TextDecoder().decode(each.body))).toEqual(
        [15, 16, 17].map((index) => `m${round}-${index}`),
      );
      expect((await store.byKey('T', 'k7')).length).toBe(round);
      expect(store.unfinished()?.processId).toBe(process.pid);
    }
    await host.settle(broker.close());
    expect(store.unfinished()).toBeUndefined();
  });

  it('names the place of a message that cannot be read, or passes over it', async () => {
    const host = new SimHost();
    const broker = await host.start();
    for (let index = 0; index < 10; index++) await host.settle(broker.put(message({ text: `message ${index}` })));
    await host.settle(broker.close());
    host.edit(logFile(0), (bytes) => void (bytes[290] = bytes[290]! ^ 1));
    using store = await read(host);
    await expect(all(store.read({ topic: 'T', queueId: 0 }))).rejects.toThrow(
      /consumequeue\/T\/0\/0{20}: offset 2 of T/,
    );
    expect(
      (await all(store.read({ topic: 'T', queueId: 0, damaged: 'skip' }))).map((each) => each.queueOffset),
    ).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9]);
    const damage: unknown[] = [];
    const scanned = await all(store.scan({ onDamage: (piece) => damage.push(piece.kind) }));
    expect([scanned.length, damage]).toEqual([9, ['damaged']]);
  });

  it('does not take for a message what is being written', async () => {
    const host = new SimHost();
    const broker = await host.start();
    for (let index = 0; index < 5; index++) await host.settle(broker.put(message({ text: `message ${index}` })));
    const end = broker.status().commitLogMaxOffset;
    await host.settle(broker.close());
    host.edit(logFile(0), (bytes) => bytes.copyWithin(end, 0, 60));
    using store = await read(host);
    expect((await all(store.scan())).length).toBe(5);
    expect((await store.logRange()).maxOffset).toBe(end);
  });

  it('says so when there is no store', async () => {
    await inTemporaryDirectory(async (directory) => {
      await expect(openStoreReader(directory)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  it.each(['consumequeue', 'config/topics', 'config/rdb'])(
    'refuses a RocksDB in %s, as the broker does',
    async (where) => {
      await inTemporaryDirectory(async (temporary) => {
        const directory = unpackGolden('clean-5.3.3', temporary);
        cpSync(join(directory, 'lock'), join(directory, where, 'CURRENT'));
        appendFileSync(join(directory, where, 'CURRENT'), 'MANIFEST-000004\n');
        await expect(openStoreReader(directory)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: /RocksDB/ });
      });
    },
  );
});
