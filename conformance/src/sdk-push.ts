import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageView } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import {
  bodies,
  numbers,
  Collector,
  firstQueue,
  many,
  noise,
  type SdkScenario,
  type Session,
  sorted,
  textOf,
  until,
} from './sdk-session.js';

export const pushScenarios: Readonly<Record<string, SdkScenario>> = {
  'push/concurrent': concurrent,
  'push/batch': batch,
  'push/long-poll': longPoll,
  'push/orderly': orderly,
  'push/broadcast': broadcast,
  'push/tag-filter': tagFilter,
  'push/two-handlers': twoHandlers,
  'push/two-groups': twoGroups,
  'push/flow-control': flowControl,
  'push/flow-control-bytes': flowControlBytes,
  'push/flow-control-span': flowControlSpan,
  'push/suspend-resume': suspendResume,
  'push/drain': drain,
  'push/consume-timeout': consumeTimeout,
  'push/health': health,
};

async function concurrent(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 60);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(60);
  facts.expect('waiting', bodies(0, 60), numbers(collector.bodies));
  await session.send(60, 40);
  await collector.await(100);
  facts.expect('all', 100, collector.distinct);
  facts.expect('duplicates', 0, collector.duplicates);
  facts.expect('queues', '0,1,2,3', sorted(collector.messages.map(({ queue }) => queue.queueId)));
  facts.expect('reconsume-times', '0', sorted(collector.messages.map(({ reconsumeTimes }) => reconsumeTimes)));
}

async function batch(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  await producer.sendBatch(
    many(
      session.name('t'),
      Array.from({ length: 20 }, (_, i) => `m${i}`),
    ),
  );
  const calls: string[][] = [];
  const consumer = (await session.client()).pushConsumer({
    group: session.name('g'),
    consumeFrom: 'first',
    batch: { size: 8 },
  });
  consumer.subscribeBatch(session.name('t'), (messages) => void calls.push(messages.map(textOf)));
  await consumer.start();
  await until(() => calls.flat().length >= 20);
  facts.expect('received', bodies(0, 20), numbers(calls.flat()));
  facts.expect('sizes', '8,8,4', calls.map(({ length }) => length).join());
}

/** A consumer that is waiting gets a new message at once; a server that looks only every 5 s would be late. */
async function longPoll(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 1, firstQueue);
  const collector = new Collector();
  await session.consume(collector);
  await collector.await(1);
  let fast = 0;
  for (let i = 1; i <= 5; i++) {
    await session.send(i, 1, firstQueue);
    fast += Number(await until(() => collector.messages.length > i, 3000));
  }
  facts.expect('within-3s', 5, fast);
}

/** Per key in order, one at a time per queue. */
async function orderly(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const topic = session.name('t');
  const keys = ['ada', 'bob', 'cyd', 'dan', 'eve'];
  const send = async (from: number) => {
    for (let i = from; i < from + 10; i++) {
      for (const key of keys) {
        await producer.send(topic, `${key}-${i}`, { shardingKey: key });
      }
    }
  };
  await send(0);
  const running = new Set<number>();
  let overlapping = 0;
  const collector = new Collector(async ({ queue: { queueId } }) => {
    overlapping += Number(running.has(queueId));
    running.add(queueId);
    await sleep(2);
    running.delete(queueId);
  });
  await session.consume(collector, { mode: 'orderly' });
  await collector.await(50);
  await send(10);
  await collector.await(100);
  facts.expect('all', 100, collector.distinct);
  facts.expect('duplicates', 0, collector.duplicates);
  facts.expect('overlapping', 0, overlapping);
  for (const key of keys) {
    const own = collector.bodies.filter((body) => body.startsWith(key));
    facts.expect(key, true, own.join() === Array.from({ length: 20 }, (_, i) => `${key}-${i}`).join());
  }
}

async function broadcast(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 10);
  const [one, two] = [new Collector(), new Collector()];
  const name = session.name('first');
  const first = await session.another({ instanceName: name });
  await session.consume(one, { model: 'broadcasting', client: first });
  await session.consume(two, { model: 'broadcasting', client: await session.another() });
  await one.await(10);
  await two.await(10);
  await session.send(10, 10);
  await one.await(20);
  await two.await(20);
  facts.expect('first', bodies(0, 20), numbers(one.bodies));
  facts.expect('second', bodies(0, 20), numbers(two.bodies));
  facts.expect('duplicates', 0, one.duplicates + two.duplicates);
  await first.close();
  await session.send(20, 5);
  const again = new Collector();
  await session.consume(again, { model: 'broadcasting', client: await session.another({ instanceName: name }) });
  await again.await(5);
  facts.expect('goes-on', bodies(20, 5), numbers(again.bodies));
}

/** Tags "Aa" and "BB" have the same Java hash code: the server's index cannot tell them apart, the client must. */
async function tagFilter(session: Session, facts: Facts): Promise<void> {
  for (const [i, tags] of ['a', 'b', 'c', 'BB', 'Aa'].entries()) {
    await session.send(i * 10, 10, { tags });
  }
  await session.send(100, 10);
  const collector = new Collector();
  await session.consume(collector, { filter: 'a || b || Aa' });
  await collector.await(30);
  await session.send(50, 5, { tags: 'c' });
  await session.send(55, 5, { tags: 'b' });
  await collector.await(35);
  facts.expect('all', 35, collector.distinct);
  facts.expect('tags', 'Aa,a,b', sorted(collector.messages.map(({ tags }) => tags)));
  facts.expect('duplicates', 0, collector.duplicates);
}

async function twoHandlers(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 10, { tags: 'a' });
  await session.send(10, 10, { tags: 'b' });
  await session.send(20, 10);
  await session.send(0, 10, {}, session.name('other'));
  const got: Record<string, Set<string>> = { a: new Set(), rest: new Set(), other: new Set() };
  const into = (name: string) => (message: MessageView<unknown>) => void got[name]!.add(textOf(message));
  const consumer = (await session.client()).pushConsumer({ group: session.name('g'), consumeFrom: 'first' });
  consumer.subscribe({ topic: session.name('t'), filter: { tags: ['a'] } }, into('a'));
  consumer.subscribe(session.name('t'), into('rest'));
  consumer.subscribe(session.name('other'), into('other'));
  await consumer.start();
  await until(() => got['a']!.size === 10 && got['rest']!.size === 20 && got['other']!.size === 10);
  facts.expect('a', bodies(0, 10), numbers(got['a']!));
  facts.expect('rest', bodies(10, 20), numbers(got['rest']!));
  facts.expect('other', bodies(0, 10), numbers(got['other']!));
}

async function twoGroups(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 20);
  const [one, two] = [new Collector(), new Collector()];
  await session.consume(one, { group: session.name('g1') });
  await session.consume(two, { group: session.name('g2') });
  facts.expect('first', 20, (await one.await(20)).distinct);
  facts.expect('second', 20, (await two.await(20)).distinct);
}

/** Handlers that never end let no more than the window be taken from the broker, which shows in what stays behind. */
async function flowControl(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 100, firstQueue);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let running = 0;
  let most = 0;
  const collector = new Collector(async () => {
    most = Math.max(most, ++running);
    await released;
    running--;
  });
  const prefetch = { messages: 8, pullBatch: 4 };
  const consumer = await session.consume(collector, { prefetch, concurrency: 50 });
  await until(() => collector.messages.length >= 8);
  await sleep(700);
  facts.expect('held', 8, collector.messages.length);
  const limited = new Collector(() => released);
  await session.consume(limited, { group: session.name('g2'), concurrency: 3 });
  await until(() => limited.messages.length >= 3);
  await sleep(300);
  facts.expect('running', 3, limited.messages.length);
  release();
  await collector.await(100);
  await limited.await(100);
  facts.expect('all', bodies(0, 100), numbers(collector.bodies));
  facts.expect('all-limited', 100, limited.distinct);
  facts.expect('most', true, most <= 8);
  facts.expect('duplicates', 0, collector.duplicates + limited.duplicates);
  await consumer.close();
}

/** Bodies of 10 000 bytes, a window of 50 000: five records are over it. */
async function flowControlBytes(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  for (let i = 0; i < 20; i++) {
    await producer.send(session.name('t'), noise(10_000), { keys: `m${i}`, ...firstQueue });
  }
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const got = new Set<string>();
  const collector = new Collector(({ keys }) => {
    got.add(keys.join());
    return released;
  });
  await session.consume(collector, { prefetch: { bytes: 50_000, pullBatch: 1 }, concurrency: 50 });
  await until(() => got.size >= 5);
  await sleep(700);
  facts.expect('held', 5, got.size);
  release();
  await until(() => got.size >= 20);
  facts.expect('all', bodies(0, 20), numbers(got));
}

/** One message that is not done keeps all but the ten behind it from being pulled. */
async function flowControlSpan(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 40, firstQueue);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const collector = new Collector(({ body }) => (body === 'm0' ? released : undefined));
  await session.consume(collector, { prefetch: { span: 10, pullBatch: 1 } });
  await until(() => collector.messages.length >= 11);
  await sleep(700);
  facts.expect('held', bodies(0, 11), numbers(collector.bodies));
  release();
  await collector.await(40);
  facts.expect('all', bodies(0, 40), numbers(collector.bodies));
}

async function suspendResume(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 8);
  const collector = new Collector();
  const consumer = await session.consume(collector);
  facts.expect('before', 8, (await collector.await(8)).distinct);
  consumer.suspend();
  await session.send(8, 10);
  // Pulls that the server held when the consumer was suspended may still deliver.
  await sleep(1500);
  facts.note('while-suspended-at-most-one-pull-a-queue', collector.distinct <= 8 + 4);
  const before = collector.messages.length;
  await session.send(18, 20);
  await sleep(1500);
  facts.expect('while-suspended', 0, collector.messages.length - before);
  consumer.resume();
  await collector.await(38);
  facts.expect('after-resume', bodies(0, 38), numbers(collector.bodies));
  facts.expect('duplicates', 0, collector.duplicates);
}

/** Closing waits for the handlers, commits what they did, and the next member gets the rest only. */
async function drain(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 40, firstQueue);
  let ended = 0;
  const slow = new Collector(async () => {
    await sleep(1000);
    ended++;
  });
  const consumer = await session.consume(slow, { concurrency: 4 });
  await until(() => slow.messages.length >= 4);
  await consumer.close();
  facts.expect('started', 4, slow.messages.length);
  facts.expect('ended', 4, ended);
  const rest = new Collector();
  await session.consume(rest, { client: await session.another() });
  await rest.await(36);
  facts.expect('rest', bodies(4, 36), numbers(rest.bodies));
  facts.expect('duplicates', 0, rest.duplicates);
  const stuck = new Collector(
    (_, { signal }) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  );
  const hanging = await session.consume(stuck, { group: session.name('g2') });
  await until(() => stuck.messages.length >= 1);
  const start = performance.now();
  await hanging.close({ timeoutMs: 200 });
  facts.expect('gives-up', true, performance.now() - start < 5000);
  const unsettled = new Collector();
  await session.consume(unsettled, { group: session.name('g2'), client: await session.another() });
  facts.expect('not-committed', 40, (await unsettled.await(40)).distinct);
}

async function consumeTimeout(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 3);
  let aborted = 0;
  const collector = new Collector((message, { signal }) => {
    if (message.body !== 'm1' || message.reconsumeTimes > 0) {
      return undefined;
    }
    return new Promise<void>(() => signal.addEventListener('abort', () => aborted++));
  });
  await session.consume(collector, { consumeTimeoutMs: 500 });
  await until(() => collector.messages.length >= 4);
  facts.expect('aborted', 1, aborted);
  const tries = collector.messages.filter(({ body }) => body === 'm1');
  facts.expect('reconsume-times', '0,1', tries.map(({ reconsumeTimes }) => reconsumeTimes).join());
}

async function health(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 10);
  const client = await session.another();
  let hold = true;
  const collector = new Collector(async () => {
    await until(() => !hold);
  });
  await session.consume(collector, { client, concurrency: 2 });
  await until(() => collector.messages.length >= 2);
  const busy = await client.health({ lag: true });
  const of = busy.consumers[0];
  facts.expect('busy', 'connected 2 true', `${busy.state} ${of?.inFlight} ${of?.running}`);
  facts.expect('lag', 10, of?.lag);
  facts.expect('brokers', 1, busy.brokers.filter(({ connected }) => connected).length);
  hold = false;
  await collector.await(10);
  let lag: number | undefined;
  for (let i = 0; i < 50 && lag !== 0; i++) {
    lag = (await client.health({ lag: true })).consumers[0]?.lag;
    await sleep(50);
  }
  facts.expect('idle-lag', 0, lag);
  await client.close();
  facts.expect('closed', 'closed', (await client.health()).state);
}
