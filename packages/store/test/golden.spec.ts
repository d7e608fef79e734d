import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProperties, decompressBody, readRecord, recordPhysicalOffset } from '@cometmq/protocol';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { describe, expect, it, vi } from 'vitest';
import { openMessageStore } from '../src/message-store.js';
import type { MessageStore } from '../src/ports.js';
import { goldenManifest, type GoldenManifest, type GoldenMessage } from '../../../tools/golden-reader/golden-store.js';
import { fingerprints, goldenAcked, inTemporaryDirectory, unpackGolden } from './fixtures/golden.js';
import { message, STORE_HOST, stored } from './fixtures/messages.js';

const ports = nodePorts({ logger: silentLogger });

function goldenStore(directory: string, manifest: GoldenManifest): MessageStore {
  return openMessageStore(
    {
      storePathRootDir: directory,
      storeHost: STORE_HOST,
      mappedFileSizeCommitLog: Number(manifest.settings['mappedFileSizeCommitLog']),
      mappedFileSizeConsumeQueue: Number(manifest.settings['mappedFileSizeConsumeQueue']),
      maxHashSlotNum: Number(manifest.settings['maxHashSlotNum']),
      maxIndexNum: Number(manifest.settings['maxIndexNum']),
      // The files' times are 0: they would be expired at once.
      cleanResourceInterval: 0,
    },
    ports,
  );
}

/** Every record of the queue, read the way a consumer reads. */
async function readQueue(store: MessageStore, topic: string, queueId: number): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for (let offset = store.minOffset(topic, queueId); offset < store.maxOffset(topic, queueId);) {
    const result = await store.read({ topic, queueId, offset, maxMessages: 32, maxBytes: 1 << 20 });
    expect(result.status).toBe('FOUND');
    records.push(...result.records);
    offset = result.nextOffset;
  }
  return records;
}

/** The message as Apache's own client decoded it. */
function facts(
  bytes: Uint8Array,
): Omit<GoldenMessage, 'tagsCode' | 'msgId' | 'uniqueKey' | 'tags' | 'keys'> & { readonly topic: string } {
  const record = readRecord(bytes);
  const { body, sysFlag } = decompressBody(record.body, record.sysFlag, ports.codecs, 1 << 24);
  return {
    topic: record.topic,
    queueOffset: record.queueOffset,
    physicalOffset: record.physicalOffset,
    size: record.size,
    flag: record.flag,
    sysFlag,
    reconsumeTimes: record.reconsumeTimes,
    preparedTransactionOffset: record.preparedTransactionOffset,
    bodyCRC: record.bodyCrc,
    bodySha1: createHash('sha1').update(body).digest('hex'),
    bodyLength: body.length,
    storeTimestamp: record.storeTimestamp,
    bornTimestamp: record.bornTimestamp,
    properties: Object.fromEntries(decodeProperties(record.properties)),
  };
}

function expectedFacts(topic: string, golden: GoldenMessage): ReturnType<typeof facts> {
  const { topicInRecord, recordQueueOffset, tagsCode: _, msgId: _id, uniqueKey: _key, ...rest } = golden;
  const { tags: _tags, keys: _keys, ...known } = rest;
  return { ...known, topic: topicInRecord ?? topic, queueOffset: recordQueueOffset ?? golden.queueOffset };
}

async function expectManifest(store: MessageStore, manifest: GoldenManifest): Promise<number> {
  let checked = 0;
  for (const { topic, queueId, minOffset, maxOffset, messages } of manifest.queues) {
    expect([topic, queueId, store.minOffset(topic, queueId), store.maxOffset(topic, queueId)]).toEqual([
      topic,
      queueId,
      minOffset,
      maxOffset,
    ]);
    const records = await readQueue(store, topic, queueId);
    expect(records.length).toBe(messages.length);
    for (const [index, golden] of messages.entries()) {
      expect(facts(records[index]!)).toEqual(expectedFacts(topic, golden));
      const { physicalOffset, size } = golden;
      const entry = await store.entryAt(topic, queueId, golden.queueOffset);
      // The manifest lacks some codes: the broker was asked for a part of the long queues only.
      expect(entry).toEqual({ physicalOffset, size, tagsCode: golden.tagsCode ?? entry?.tagsCode });
      expect(Buffer.compare((await store.recordAt(physicalOffset))!, records[index]!)).toBe(0);
      checked++;
    }
  }
  return checked;
}

/** What Apache answered to queries by key; and every message by its unique key, as far as the log goes. */
async function expectKeys(store: MessageStore, manifest: GoldenManifest): Promise<number> {
  let checked = 0;
  await vi.waitFor(() => expect(store.indexedOffset()).toBe(store.status().commitLogMaxOffset));
  const offsets = async (topic: string, key: string) =>
    (await store.queryByKey(topic, key, 64, 0, Number.MAX_SAFE_INTEGER)).records.map((record) =>
      recordPhysicalOffset(record),
    );
  expect(manifest.keyQueries.length).toBeGreaterThan(20);
  for (const { topic, key, physicalOffsets } of manifest.keyQueries) {
    expect([topic, key, await offsets(topic, key)]).toEqual([topic, key, physicalOffsets]);
  }
  for (const { topic, messages } of manifest.queues) {
    for (const { physicalOffset, topicInRecord, properties } of messages) {
      const key = properties['UNIQ_KEY'];
      const found = key === undefined ? [physicalOffset] : await offsets(topicInRecord ?? topic, key);
      expect(found).toContain(physicalOffset);
      checked++;
    }
  }
  return checked;
}

describe.each(['clean-5.3.3', 'clean-4.9.7', 'light-queues', 'killed-5.3.3'])("Apache's store %s", (name) => {
  const manifest = goldenManifest(name);

  it('has the same queues and messages as Apache saw in it', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const store = goldenStore(unpackGolden(name, temporary), manifest);
      await store.start();
      expect(store.status().commitLogMinOffset).toBe(manifest.commitLogMinOffset);
      expect(store.status().commitLogMaxOffset).toBe(manifest.commitLogMaxOffset);
      expect(await expectManifest(store, manifest)).toBeGreaterThan(20);
      await store.close();
    });
  });

  it('is built again from its commit log alone', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden(name, temporary);
      ports.disk.removeSync(join(directory, 'consumequeue'));
      const store = goldenStore(directory, manifest);
      await store.start();
      expect(await expectManifest(store, manifest)).toBeGreaterThan(20);
      await store.close();
    });
  });

  it('finds by key what Apache found, in the index as it is', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const store = goldenStore(unpackGolden(name, temporary), manifest);
      await store.start();
      expect(await expectKeys(store, manifest)).toBeGreaterThan(20);
      await store.close();
    });
  });

  it('gets the index that Apache wrote, byte for byte, when it is built again', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden(name, temporary);
      const index = join(directory, 'index');
      const files = () => readdirSync(index).map((file) => readFileSync(join(index, file)));
      const before = files();
      ports.disk.removeSync(index);
      const store = goldenStore(directory, manifest);
      await store.start();
      await expectKeys(store, manifest);
      await store.close();
      const after = files();
      expect(after.length).toBe(before.length);
      for (const [number, bytes] of before.entries()) expect(Buffer.compare(after[number]!, bytes)).toBe(0);
    });
  });

  it('takes more messages and has all of them after the next start', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden(name, temporary);
      const { topic, queueId, maxOffset } = manifest.queues[0]!;
      const first = goldenStore(directory, manifest);
      await first.start();
      const body = Buffer.alloc(3000, 7);
      const results = await Promise.all(
        Array.from({ length: 800 }, () => first.put(message({ topic, queueId, body }))),
      );
      expect(results.map((result) => stored(result).queueOffset)).toEqual(results.map((_, index) => maxOffset + index));
      await first.close();
      const second = goldenStore(directory, manifest);
      await second.start();
      expect(second.maxOffset(topic, queueId)).toBe(maxOffset + 800);
      const rest = { ...manifest, queues: manifest.queues.slice(1) };
      await expectManifest(second, rest);
      await second.close();
    });
  });
});

describe.each(['clean-5.3.3', 'clean-4.9.7', 'light-queues'])("Apache's store %s", (name) => {
  it('is left as it was when nothing is written', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden(name, temporary);
      const before = fingerprints(directory);
      const store = goldenStore(directory, goldenManifest(name));
      await store.start();
      await store.close();
      const after = fingerprints(directory);
      for (const found of [before, after]) for (const path of ['lock', 'checkpoint']) delete found[path];
      expect(after).toEqual(before);
    });
  });
});

describe("the store of Apache's broker that was killed", () => {
  it('has everything that its producer was told is stored', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const store = goldenStore(unpackGolden('killed-5.3.3', temporary), goldenManifest('killed-5.3.3'));
      await store.start();
      const acked = goldenAcked('killed-5.3.3');
      expect(acked.length).toBeGreaterThan(1000);
      for (const { uniqueKey, queueId, queueOffset, msgId } of acked) {
        const entry = await store.entryAt('GK_load', queueId, queueOffset);
        expect(entry?.physicalOffset).toBe(Number.parseInt(msgId.slice(16), 16));
        const record = readRecord((await store.recordAt(entry!.physicalOffset))!);
        expect(record.properties).toContain(uniqueKey);
      }
      await store.close();
    });
  });

  it('does not open with another file size', async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden('clean-5.3.3', temporary);
      appendFileSync(join(directory, 'commitlog', '00000000000000000000'), 'x');
      const store = goldenStore(directory, goldenManifest('clean-5.3.3'));
      await expect(store.start()).rejects.toThrow(/00000000000000000000 has 1048577 bytes.*files of 1048576/);
    });
  });
});
