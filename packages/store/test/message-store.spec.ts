import { readRecord } from '@cometmq/protocol';
import { seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { memoryDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { openMessageStore } from '../src/message-store.js';
import { message, STORE_HOST, stored } from './fixtures/messages.js';

describe('a store', () => {
  it('gives back what was put', async () => {
    const clock = new VirtualClock();
    const store = openMessageStore(
      {
        storePathRootDir: '/store',
        storeHost: STORE_HOST,
        mappedFileSizeCommitLog: 4096,
        mappedFileSizeConsumeQueue: 200,
      },
      { clock, disk: memoryDisk(clock, seededRandom(1)), codecs: nodeCodecs(), logger: silentLogger },
    );
    await store.start();
    const results = await Promise.all(Array.from({ length: 100 }, (_, i) => store.put(message({ text: `m${i}` }))));
    expect(results.map((r) => stored(r).queueOffset)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const read = await store.read({ topic: 'T', queueId: 0, offset: 40, maxMessages: 5, maxBytes: 100_000 });
    expect(read.records.map((r) => Buffer.from(readRecord(r).body).toString())).toEqual([
      'm40',
      'm41',
      'm42',
      'm43',
      'm44',
    ]);
    await store.close();
  });
});
