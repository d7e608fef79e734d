import { readRecord } from '@cometmq/protocol';
import { randomInt, seededRandom, sleep } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import type { MessageStore } from '../src/ports.js';
import { message, stored, textOf } from './fixtures/messages.js';
import { drain, SimHost } from './fixtures/sim-store.js';

interface Acked {
  readonly text: string;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
}

/** Puts from several producers until the host crashes; remembers what was acknowledged. */
function workload(host: SimHost, store: MessageStore, seed: number, acked: Acked[]): { stop(): void } {
  const random = seededRandom(seed);
  // Some write without a pause, others slowly, so that checkpoints and files get old.
  const pauseMs = seed % 2 === 0 ? 0 : 150;
  let running = true;
  const producer = async (name: string) => {
    for (let index = 0; running; index++) {
      const topic = `T${randomInt(random, 3)}`;
      const queueId = randomInt(random, 2);
      const text = `${name}-${index}-${'x'.repeat(randomInt(random, 300))}`;
      const result = await store.put(message({ topic, queueId, text }));
      if (running && !('reason' in result)) acked.push({ text, topic, queueId, queueOffset: result.queueOffset });
      if (pauseMs > 0) await sleep(host.clock, randomInt(random, pauseMs));
    }
  };
  for (const name of ['a', 'b', 'c', 'd']) void producer(name);
  return { stop: () => void (running = false) };
}

async function expectAcked(store: MessageStore, acked: readonly Acked[]): Promise<void> {
  for (const { text, topic, queueId, queueOffset } of acked) {
    const entry = await store.entryAt(topic, queueId, queueOffset);
    const record = entry && (await store.recordAt(entry.physicalOffset));
    expect([topic, queueId, queueOffset, record && textOf(record)]).toEqual([topic, queueId, queueOffset, text]);
  }
}

/** Every entry of every queue points to the record that has its place. */
async function expectConsistent(store: MessageStore): Promise<void> {
  expect(store.status().dispatchBehindBytes).toBe(0);
  for (const { topic, queueId } of store.queues()) {
    const records = await drain(store, topic, queueId);
    const places = records.map((record) => {
      const { topic: inRecord, queueId: queue, queueOffset } = readRecord(record);
      return `${inRecord} ${queue} ${queueOffset}`;
    });
    const first = store.minOffset(topic, queueId);
    expect(places).toEqual(records.map((_, index) => `${topic} ${queueId} ${first + index}`));
  }
}

describe('after a loss of power', () => {
  it.each(Array.from({ length: 25 }, (_, index) => index + 1))(
    'with SYNC_FLUSH nothing acknowledged is lost (seed %i)',
    async (seed) => {
      const random = seededRandom(seed * 7919);
      const host = new SimHost({ seed, syncMs: [1, 6] });
      const acked: Acked[] = [];
      const options = {
        flushDiskType: 'SYNC_FLUSH',
        flushConsumeQueueThoroughInterval: 300,
        flushIntervalConsumeQueue: 50,
      } as const;
      for (let life = 0; life < 4; life++) {
        const store = await host.start(options);
        await expectAcked(store, acked);
        await expectConsistent(store);
        const producers = workload(host, store, seed + life * 1000, acked);
        await host.clock.advance(20 + randomInt(random, seed % 2 === 0 ? 600 : 12_000));
        producers.stop();
        host.crash('power');
        await host.clock.settle();
      }
      const last = await host.start(options);
      await expectAcked(last, acked);
      await expectConsistent(last);
      expect(acked.length).toBeGreaterThan(20);
      await host.settle(last.close());
    },
  );

  it.each(['crash', 'close'] as const)(
    'nothing is lost behind what a failed sync made the kernel forget before a restart (%s)',
    async (end) => {
      const options = { flushDiskType: 'SYNC_FLUSH', flushConsumeQueueThoroughInterval: 300 } as const;
      const host = new SimHost();
      const first = await host.start(options);
      stored(await host.settle(first.put(message({ text: 'safe' }))));
      await host.clock.advance(1000);
      host.device.plan({ operation: 'sync', path: '/commitlog/', dropsData: true });
      const text = 'forgotten'.padEnd(3000, '.');
      expect(await host.settle(first.put(message({ text })))).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
      if (end === 'close') await host.settle(first.close());
      host.crash('process');
      const second = await host.start(options);
      stored(await host.settle(second.put(message({ text: 'also safe' }))));
      await host.clock.advance(1000);
      host.crash('power');
      const third = await host.start(options);
      expect((await drain(third)).map(textOf)).toEqual(['safe', text, 'also safe']);
      await host.settle(third.close());
    },
  );

  it.each(Array.from({ length: 15 }, (_, index) => index + 1))(
    'with ASYNC_FLUSH a store opens and agrees with itself (seed %i)',
    async (seed) => {
      const random = seededRandom(seed * 104_729);
      const host = new SimHost({ seed, syncMs: [1, 6] });
      const options = {
        flushIntervalCommitLog: 40,
        flushConsumeQueueThoroughInterval: 300,
        flushIntervalConsumeQueue: 50,
      } as const;
      for (let life = 0; life < 4; life++) {
        const store = await host.start(options);
        await expectConsistent(store);
        const steps = randomInt(random, 60);
        for (let step = 0; step < steps; step++) {
          const batch = Array.from({ length: randomInt(random, 8) }, (_, index) =>
            store.put(message({ topic: `T${index % 3}`, text: 'y'.repeat(randomInt(random, 400)) })),
          );
          await host.settle(Promise.all(batch));
          await host.clock.advance(randomInt(random, 20));
        }
        host.crash('power');
        await host.clock.settle();
      }
      const last = await host.start(options);
      await expectConsistent(last);
      expect(stored(await host.settle(last.put(message({ text: 'on it goes' })))).status).toBe('PUT_OK');
      await host.settle(last.close());
    },
  );

  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'a queue that was idle for long is still there (seed %i)',
    async (seed) => {
      const host = new SimHost({ seed });
      const options = { flushConsumeQueueThoroughInterval: 1000, flushIntervalConsumeQueue: 100 };
      const store = await host.start(options);
      await host.settle(store.put(message({ topic: 'idle', text: 'early' })));
      for (let index = 0; index < 100; index++) {
        await host.settle(store.put(message({ topic: 'busy' })));
        await host.clock.advance(200);
      }
      host.crash('power');
      await host.clock.settle();
      const again = await host.start(options);
      expect((await drain(again, 'idle')).map(textOf)).toEqual(['early']);
      await expectConsistent(again);
      await host.settle(again.close());
    },
  );

  it.each(Array.from({ length: 10 }, (_, index) => index + 1))(
    'with the program alone killed nothing acknowledged is lost (seed %i)',
    async (seed) => {
      const random = seededRandom(seed * 31);
      const host = new SimHost({ seed, syncMs: [1, 6] });
      const acked: Acked[] = [];
      for (let life = 0; life < 4; life++) {
        const store = await host.start({ flushIntervalConsumeQueue: 20 });
        await expectAcked(store, acked);
        for (let step = 0; step < 10 + randomInt(random, 60); step++) {
          const topic = `T${step % 3}`;
          const texts = Array.from({ length: 1 + randomInt(random, 6) }, (_, index) => `${life}-${step}-${index}`);
          const results = await host.settle(Promise.all(texts.map((text) => store.put(message({ topic, text })))));
          for (const [index, result] of results.entries()) {
            if (!('reason' in result))
              acked.push({ text: texts[index]!, topic, queueId: 0, queueOffset: result.queueOffset });
          }
          if (random.next() < 0.2) await host.clock.advance(randomInt(random, 40));
        }
        host.crash('process');
        await host.clock.settle();
      }
      const last = await host.start();
      await expectAcked(last, acked);
      await expectConsistent(last);
      expect(acked.length).toBeGreaterThan(20);
      await host.settle(last.close());
    },
  );
});
