import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts } from './facts.js';
import { bodies, Collector, numbers, outcome, type SdkScenario, type Session } from './sdk-session.js';

export const offsetScenarios: Readonly<Record<string, SdkScenario>> = {
  'offset/restart': restart,
  'offset/first': (session, facts) => from(session, facts, 'first'),
  'offset/last': (session, facts) => from(session, facts, 'last'),
  'offset/timestamp': (session, facts) => from(session, facts, 'timestamp'),
  'offset/stored': stored,
};

async function restart(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 20);
  const before = new Collector();
  const first = await session.consume(before);
  await before.await(20);
  await first.close();
  await session.send(20, 10);
  const after = new Collector();
  await session.consume(after);
  await after.await(10);
  facts.expect('after', bodies(20, 10), numbers(after.bodies));
  facts.expect('closed', 'CLOSED', await outcome(first.start()));
  facts.expect('duplicates', 0, before.duplicates + after.duplicates);
}

/** A group that is new; young topics are read from their beginning whatever is asked for, as Apache's broker decides. */
async function from(session: Session, facts: Facts, where: 'first' | 'last' | 'timestamp'): Promise<void> {
  await session.send(0, 8);
  await sleep(1200);
  const time = new Date();
  await sleep(300);
  await session.send(8, 8);
  const collector = new Collector();
  await session.consume(collector, { consumeFrom: where === 'timestamp' ? { timestamp: time } : where });
  await collector.await(where === 'first' ? 16 : 0);
  await sleep(500);
  await session.send(16, 4);
  await collector.await(where === 'first' ? 20 : 4);
  await sleep(500);
  facts.note('received', numbers(collector.bodies));
  facts.expect(
    'new-ones',
    true,
    ['m16', 'm17', 'm18', 'm19'].every((body) => collector.bodies.includes(body)),
  );
  facts.expect('duplicates', 0, collector.duplicates);
}

/** Progress is stored while the consumer runs, not only when it closes. */
async function stored(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 12);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(12);
  const reader = (await session.another()).pullConsumer({ group: session.name('g') });
  const queues = await reader.queues(session.name('t'));
  const offsets = async (): Promise<string> =>
    (await Promise.all(queues.map((queue) => reader.committed(queue)))).join();
  for (let i = 0; i < 100 && (await offsets()) !== '3,3,3,3'; i++) {
    await sleep(100);
  }
  facts.expect('offsets', '3,3,3,3', await offsets());
}
