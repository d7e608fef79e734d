import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts } from './facts.js';
import {
  bodies,
  Collector,
  firstQueue,
  numbers,
  type SdkScenario,
  type Session,
  sorted,
  until,
} from './sdk-session.js';

/** How a push consumer fetches and how much of it runs at once. */
export const fetchScenarios: Readonly<Record<string, SdkScenario>> = {
  'fetch/pull-interval': pullInterval,
  'fetch/orderly-concurrency': orderlyConcurrency,
  'fetch/slow-and-fast': slowAndFast,
  'fetch/large-bodies': largeBodies,
};

/** One message a pull, and a pause after each: they cannot all be there sooner. */
async function pullInterval(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 5, firstQueue);
  const times: number[] = [];
  const collector = new Collector(() => void times.push(performance.now()));
  await session.consume(collector, { prefetch: { pullBatch: 1, pullIntervalMs: 200 } });
  await collector.await(5);
  facts.expect('received', bodies(0, 5), numbers(collector.bodies));
  // A timer may be early by a millisecond, and a message may have been waiting for its handler.
  facts.expect('not-early', true, times.at(-1)! - times[0]! >= 600);
}

/** Orderly, the number is that of the queues which are worked on at once. */
async function orderlyConcurrency(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 40);
  let running = 0;
  let most = 0;
  const collector = new Collector(async () => {
    most = Math.max(most, ++running);
    await sleep(5);
    running--;
  });
  await session.consume(collector, { mode: 'orderly', concurrency: 1 });
  await collector.await(40);
  facts.expect('most', 1, most);
  facts.expect('received', bodies(0, 40), numbers(collector.bodies));
}

/** A handler that hangs on one message holds neither its queue nor the others, and its offset is not passed. */
async function slowAndFast(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 20);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const collector = new Collector(({ body }) => (body === 'm1' ? released : undefined));
  const consumer = await session.consume(collector);
  await collector.await(20);
  facts.expect('others', bodies(0, 20), numbers(collector.bodies));
  await consumer.close({ timeoutMs: 100 });
  release();
  const rest = new Collector();
  await session.consume(rest, { client: await session.another() });
  await until(() => rest.bodies.includes('m1'));
  facts.expect('comes-again', true, rest.bodies.includes('m1'));
  const hung = collector.messages.find(({ body }) => body === 'm1')!;
  const queues = sorted(rest.messages.map(({ queue }) => queue.queueId));
  facts.expect('its-queue-only', true, queues === String(hung.queue.queueId));
}

/** Bodies of megabytes: an answer never holds as many as the pull asked for. */
async function largeBodies(session: Session, facts: Facts): Promise<void> {
  const client = await session.another({ compression: false });
  const producer = client.producer({ sendTimeoutMs: 20_000 });
  const body = 'x'.repeat(1024 * 1024);
  for (let i = 0; i < 6; i++) {
    await producer.send(session.name('t'), `${i}${body}`, { keys: `m${i}`, ...firstQueue });
  }
  const got = new Set<string>();
  const collector = new Collector((message) => {
    if (String(message.body).length === body.length + 1) {
      got.add(message.keys.join());
    }
  });
  await session.consume(collector, { client, mode: 'orderly' });
  await until(() => got.size >= 6);
  facts.expect('whole', bodies(0, 6), numbers(got));
}
