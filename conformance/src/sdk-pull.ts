import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageQueue, PullConsumer } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { bodies, numbers, firstQueue, outcome, type SdkScenario, type Session, sorted, textOf } from './sdk-session.js';

export const pullScenarios: Readonly<Record<string, SdkScenario>> = {
  'pull/subscribe': subscribe,
  'pull/two-members': twoMembers,
  'pull/assign-seek': assignSeek,
  'pull/pause-resume': pauseResume,
  'pull/commit': commit,
  'pull/tag-filter': tagFilter,
  'pull/auto-commit': autoCommit,
};

/** Polls until that many different bodies are there, or nothing comes any more. */
async function pollAll(consumer: PullConsumer, count: number, max = 32): Promise<string[]> {
  const got: string[] = [];
  const end = performance.now() + 20_000;
  while (new Set(got).size < count && performance.now() < end) {
    got.push(...(await consumer.poll({ max, timeoutMs: 1000 })).map(textOf));
  }
  got.push(...(await consumer.poll({ timeoutMs: 200 })).map(textOf));
  return got;
}

async function subscribe(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 30);
  const client = await session.client();
  const consumer = client.pullConsumer({
    group: session.name('g'),
    subscriptions: [session.name('t')],
    consumeFrom: 'first',
  });
  const first = await consumer.poll({ max: 5, timeoutMs: 10_000 });
  facts.expect('at-most', true, first.length > 0 && first.length <= 5);
  const got = [...first.map(textOf), ...(await pollAll(consumer, 30 - first.length))];
  facts.expect('received', bodies(0, 30), numbers(got));
  facts.expect('duplicates', 0, got.length - 30);
  facts.expect('nothing-more', 0, (await consumer.poll({ timeoutMs: 300 })).length);
  const aborting = outcome(consumer.poll({ signal: AbortSignal.timeout(100) }));
  facts.expect('aborted', 'ABORTED', await aborting);
  await consumer.close();
  facts.expect('closed', 'CLOSED', await outcome(consumer.poll()));
  await session.send(30, 5);
  const next = client.pullConsumer({
    group: session.name('g'),
    subscriptions: [session.name('t')],
    consumeFrom: 'first',
  });
  facts.expect('goes-on', bodies(30, 5), numbers(await pollAll(next, 5)));
}

async function twoMembers(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 4);
  const make = async () =>
    (await session.another()).pullConsumer({
      group: session.name('g'),
      subscriptions: [session.name('t')],
      consumeFrom: 'first',
    });
  const [one, two] = [await make(), await make()];
  const got = await pollAll(one, 4);
  await two.poll({ timeoutMs: 500 });
  await sleep(1000);
  await session.send(4, 20);
  const [a, b] = await Promise.all([pollAll(one, 10), pollAll(two, 10)]);
  facts.expect('all', bodies(0, 24), numbers([...got, ...a, ...b]));
  facts.expect('both', '10 10', `${new Set(a).size} ${new Set(b).size}`);
}

async function assignSeek(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 10, firstQueue);
  await sleep(1100);
  const time = new Date();
  await sleep(100);
  await session.send(10, 10, firstQueue);
  const consumer = (await session.client()).pullConsumer({
    group: session.name('g'),
    autoCommit: false,
    consumeFrom: 'first',
  });
  const queues = await consumer.queues(session.name('t'));
  facts.expect('queues', '0,1,2,3', sorted(queues.map(({ queueId }) => queueId)));
  const queue = queues.find(({ queueId }) => queueId === 0)!;
  facts.expect('nothing-assigned', 'INVALID_ARGUMENT', await outcome(consumer.poll()));
  consumer.assign([queue]);
  facts.expect('begin', bodies(0, 20), numbers(await pollAll(consumer, 20)));
  facts.expect('position', 20, consumer.position(queue));
  await consumer.seek(queue, 15);
  facts.expect('number', bodies(15, 5), numbers(await pollAll(consumer, 5)));
  await consumer.seek(queue, 'begin');
  facts.expect('to-begin', 0, consumer.position(queue));
  facts.expect('from-begin', 20, new Set(await pollAll(consumer, 20)).size);
  await consumer.seek(queue, { timestamp: time });
  facts.expect('timestamp', bodies(10, 10), numbers(await pollAll(consumer, 10)));
  await consumer.seek(queue, 'end');
  await session.send(20, 1, firstQueue);
  facts.expect('end', 'm20', sorted(await pollAll(consumer, 1)));
  facts.expect(
    'other-queue',
    'INVALID_ARGUMENT',
    await outcome(
      consumer.seek(
        queues.find(({ queueId }) => queueId === 1)!,
        0,
      ),
    ),
  );
  await session.send(21, 4);
  consumer.assign(queues);
  facts.expect('more-queues', true, (await pollAll(consumer, 4)).length >= 4);
  facts.expect('not-committed', 0, (await consumer.committed(queue)) ?? 0);
}

async function pauseResume(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 20);
  const consumer = (await session.client()).pullConsumer({
    group: session.name('g'),
    subscriptions: [session.name('t')],
    consumeFrom: 'first',
  });
  facts.expect('before', 20, (await pollAll(consumer, 20)).length);
  const queues = await consumer.queues(session.name('t'));
  const paused = queues.filter(({ queueId }) => queueId < 2);
  consumer.pause(paused);
  const results = await session.send(20, 20);
  const open = results.filter(({ queue }) => queue.queueId >= 2).length;
  const got = await pollAll(consumer, open);
  facts.expect('others', 10, got.length);
  facts.expect('paused', 0, (await consumer.poll({ timeoutMs: 500 })).length);
  consumer.resume(paused);
  got.push(...(await pollAll(consumer, 10)));
  facts.expect('all', bodies(20, 20), numbers(got));
}

async function commit(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 12, firstQueue);
  const client = await session.client();
  const open = () => client.pullConsumer({ group: session.name('g'), autoCommit: false, consumeFrom: 'first' });
  const first = open();
  const queue: MessageQueue = (await first.queues(session.name('t'))).find(({ queueId }) => queueId === 0)!;
  facts.note('at-first', await first.committed(queue));
  first.assign([queue]);
  const got = await first.poll({ max: 5, timeoutMs: 10_000 });
  facts.expect('polled', 5, got.length);
  await first.commit();
  facts.expect('committed', 5, await settled(() => first.committed(queue), 5));
  await first.commit(new Map([[queue, 3]]));
  facts.expect('by-hand', 3, await settled(() => first.committed(queue), 3));
  await pollAll(first, 7);
  await first.close();
  const second = open();
  facts.note('after-close', await second.committed(queue));
  await second.commit(new Map([[queue, 4]]));
  await settled(() => second.committed(queue), 4);
  second.assign([queue]);
  facts.expect('goes-on', bodies(4, 8), numbers(await pollAll(second, 8)));
}

/** What the user has polled and come back from is committed while it goes on, and when it ends. */
async function autoCommit(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 8, firstQueue);
  const client = await session.client();
  const subscriptions = [session.name('t')];
  const consumer = client.pullConsumer({
    group: session.name('g'),
    subscriptions,
    autoCommit: { intervalMs: 100 },
    consumeFrom: 'first',
  });
  facts.expect('received', bodies(0, 8), numbers(await pollAll(consumer, 8)));
  const reader = (await session.another()).pullConsumer({ group: session.name('g') });
  const queue = (await reader.queues(session.name('t'))).find(({ queueId }) => queueId === 0)!;
  facts.expect('while-it-runs', 8, await settled(() => reader.committed(queue), 8, 20_000));
  await session.send(8, 4, firstQueue);
  await pollAll(consumer, 4);
  await consumer.close();
  facts.expect('at-its-end', 12, await settled(() => reader.committed(queue), 12, 20_000));
}

/** Commits have no answer: asks until the value is there, for a while. */
async function settled(
  ask: () => Promise<number | undefined>,
  wanted: number,
  patienceMs = 5000,
): Promise<number | undefined> {
  const end = performance.now() + patienceMs;
  let value = await ask();
  while (value !== wanted && performance.now() < end) {
    await sleep(20);
    value = await ask();
  }
  return value;
}

async function tagFilter(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 10, { tags: 'a' });
  await session.send(10, 10, { tags: 'b' });
  const subscriptions = [{ topic: session.name('t'), filter: { tags: 'b' } }];
  const consumer = (await session.client()).pullConsumer({
    group: session.name('g'),
    subscriptions,
    consumeFrom: 'first',
  });
  facts.expect('received', bodies(10, 10), numbers(await pollAll(consumer, 10)));
}
