import { readRecord } from '@cometmq/protocol';
import { type Random, randomInt, seededRandom } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import type { MessageStore } from '../src/ports.js';
import { message, stored, textOf } from './fixtures/messages.js';
import { SimHost } from './fixtures/sim-store.js';

/** What the store should hold: per queue the bodies in order. */
type Model = Map<string, string[]>;

const QUEUES = 5;
const keyOf = (topic: string, queueId: number) => `${topic}/${queueId}`;

async function putSome(store: MessageStore, random: Random, model: Model): Promise<number> {
  const topic = `T${randomInt(random, 2)}`;
  const queueId = randomInt(random, QUEUES);
  const key = keyOf(topic, queueId);
  const known = model.get(key) ?? [];
  model.set(key, known);
  const texts = Array.from(
    { length: 1 + randomInt(random, 60) },
    (_, index) => `${key}:${known.length + index}:${'z'.repeat(randomInt(random, 40))}`,
  );
  const messages = texts.map((text) => message({ topic, queueId, text }));
  const asBatch = random.next() < 0.3 && texts.length < 25;
  const results = asBatch
    ? [await store.putBatch(messages)]
    : await Promise.all(messages.map((each) => store.put(each)));
  expect(results.map((result) => stored(result).queueOffset)).toEqual(results.map((_, index) => known.length + index));
  known.push(...texts);
  return texts.length;
}

async function readSome(store: MessageStore, random: Random, model: Model): Promise<void> {
  for (const [key, known] of model) {
    const [topic, queue] = key.split('/') as [string, string];
    const queueId = Number(queue);
    expect(store.maxOffset(topic, queueId)).toBe(known.length);
    const offset = randomInt(random, known.length);
    const maxMessages = 1 + randomInt(random, 40);
    const result = await store.read({ topic, queueId, offset, maxMessages, maxBytes: 1 << 20 });
    expect(result.status).toBe('FOUND');
    const count = Math.min(maxMessages, 32, known.length - offset);
    expect(result.records.map(textOf)).toEqual(known.slice(offset, offset + count));
    expect(result.nextOffset).toBe(offset + count);
    for (const [index, record] of result.records.entries()) expect(readRecord(record).queueOffset).toBe(offset + index);
  }
}

describe('a store of many tiny files', () => {
  it.each([1, 2, 3])(
    'holds 40 000 messages as a plain list would, through restarts and crashes (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const host = new SimHost({ seed, mode: 'memory' });
      const options = () => ({
        mappedFileSizeCommitLog: 8192,
        mappedFileSizeConsumeQueue: 400,
        recentLogMaxBytes: 4096 + randomInt(random, 100_000),
        maxQueueTailBytes: 1024 + randomInt(random, 20_000),
        maxOpenFiles: 8 + randomInt(random, 20),
        flushIntervalConsumeQueue: 50,
        flushConsumeQueueThoroughInterval: 500,
      });
      const model: Model = new Map();
      let store = await host.start(options());
      for (let count = 0, step = 0; count < 40_000; step++) {
        count += await putSome(store, random, model);
        if (step % 7 === 0) await readSome(store, random, model);
        if (random.next() < 0.1) await host.clock.advance(randomInt(random, 200));
        if (random.next() < 0.01) {
          if (random.next() < 0.5) await host.settle(store.close());
          else host.crash('process');
          await host.clock.settle();
          store = await host.start(options());
          await readSome(store, random, model);
        }
      }
      await readSome(store, random, model);
      expect([...model.values()].flat().length).toBeGreaterThanOrEqual(40_000);
      await host.settle(store.close());
    },
    60_000,
  );
});
