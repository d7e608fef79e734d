import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MessageQueue, PushConsumer, PushConsumerOptions, RocketMQ } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { Program } from './program.js';
import {
  bodies,
  type ConsumeOptions,
  numbers,
  Collector,
  type SdkScenario,
  type Session,
  until,
} from './sdk-session.js';

type Allocate = NonNullable<PushConsumerOptions['allocate']>;

const strategies: Readonly<Record<string, Allocate>> = {
  averagely: 'averagely',
  circle: 'circle',
  'consistent-hash': 'consistent-hash',
  'machine-room-nearby': 'machine-room-nearby',
  // The first member gets queue 0, the last one all others.
  function: (_group, clientId, queues, clients) =>
    queues.filter(({ queueId }) => clients.at(queueId === 0 ? 0 : -1) === clientId),
};

export const rebalanceScenarios: Readonly<Record<string, SdkScenario>> = {
  'rebalance/members': members,
  'rebalance/orderly': orderly,
  'rebalance/crash': crash,
  ...Object.fromEntries(
    Object.entries(strategies).map(([name, allocate]) => [
      `rebalance/${name}`,
      (session: Session, facts: Facts) => twoMembers(session, facts, allocate),
    ]),
  ),
};

interface Share {
  /** Sorted. */
  readonly ids: readonly number[];
}

/** A member of the session's group with a client of its own. */
class Member {
  owned: readonly MessageQueue[] = [];

  private constructor(
    readonly client: RocketMQ,
    readonly consumer: PushConsumer,
    readonly collector: Collector,
    topic: string,
  ) {
    consumer.assignment$.subscribe((queues) => {
      this.owned = queues.filter((queue) => queue.topic === topic);
    });
  }

  static async join(
    session: Session,
    name: string,
    options: ConsumeOptions = {},
    collector = new Collector(),
  ): Promise<Member> {
    const client = options.client ?? (await session.another({ instanceName: session.name(name) }));
    const consumer = await session.consume(collector, { ...options, client });
    return new Member(client, consumer, collector, session.name('t'));
  }

  get ids(): number[] {
    return this.owned.map(({ queueId }) => queueId).toSorted((a, b) => a - b);
  }
}

/** Every queue has exactly one owner among them. */
const complete = (members: readonly Share[]): boolean =>
  members
    .flatMap(({ ids }) => ids)
    .toSorted((a, b) => a - b)
    .join() === '0,1,2,3';

async function twoMembers(session: Session, facts: Facts, allocate: Allocate): Promise<void> {
  await session.send(0, 4);
  const first = await Member.join(session, 'a', { allocate });
  facts.expect('alone', true, await until(() => complete([first]), 40_000));
  const second = await Member.join(session, 'b', { allocate });
  // How the ring of consistent-hash falls depends on the addresses; all others are fixed.
  const sizes = (): string => `${first.ids.join('')}|${second.ids.join('')}`;
  const expected: Readonly<Record<string, string>> = {
    averagely: '01|23',
    circle: '02|13',
    function: '0|123',
    'machine-room-nearby': '01|23',
  };
  const wanted = typeof allocate === 'string' ? expected[allocate] : expected['function'];
  const shared = await until(
    () =>
      complete([first, second]) &&
      (wanted === undefined ? second.ids.length > 0 || first.ids.length === 4 : sizes() === wanted),
    40_000,
  );
  facts.expect('shared', true, shared);
  facts.expect('queues', wanted ?? 'any', wanted === undefined ? 'any' : sizes());
  await sleep(300);
  await session.send(4, 40);
  const union = (): Set<string> => new Set([...first.collector.bodies, ...second.collector.bodies]);
  await until(() => union().size === 44);
  facts.expect('received', bodies(0, 44), numbers(union()));
}

/** One, two, three, two, one: nothing is lost on the way. */
async function members(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 4);
  const collector = new Collector();
  const one = await Member.join(session, 'a', {}, collector);
  facts.expect('one', true, await until(() => complete([one]), 40_000));
  let sending = true;
  let sent = 4;
  const stream = (async () => {
    while (sending) {
      await session.send(sent++, 1);
      await sleep(5);
    }
  })();
  const two = await Member.join(session, 'b', {}, collector);
  facts.expect('two', '2,2', await shares([one, two]));
  const three = await Member.join(session, 'c', {}, collector);
  facts.expect('three', '1,1,2', await shares([one, two, three]));
  await two.consumer.close();
  facts.expect('two-left', '2,2', await shares([one, three]));
  await one.client.close();
  facts.expect('one-left', '4', await shares([three]));
  sending = false;
  await stream;
  await until(() => collector.distinct === sent);
  facts.expect('lost', 0, sent - collector.distinct);
}

/** The sizes of the shares, once every queue has one owner and the sizes are even. */
async function shares(members: readonly Share[]): Promise<string> {
  const sizes = (): number[] => members.map(({ ids }) => ids.length).toSorted((a, b) => a - b);
  await until(() => complete(members) && sizes().at(-1)! - sizes()[0]! <= 1, 40_000);
  return complete(members) ? sizes().join() : `incomplete: ${members.map(({ ids }) => ids.join('')).join('|')}`;
}

/** While queues change hands nothing overtakes, and no two members work on one queue at a time. */
async function orderly(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  const keys = ['ada', 'bob', 'cyd', 'dan'];
  const last = new Map<string, number>();
  const running = new Set<number>();
  let overlapping = 0;
  let overtaking = 0;
  const collector = new Collector(async ({ body, queue: { queueId } }) => {
    const [key, number] = String(body).split('-') as [string, string];
    overlapping += Number(running.has(queueId));
    running.add(queueId);
    await sleep(3);
    // What comes again after a hand-over is no overtaking; a gap is.
    overtaking += Number(Number(number) > (last.get(key) ?? -1) + 1);
    last.set(key, Math.max(last.get(key) ?? -1, Number(number)));
    running.delete(queueId);
  });
  let sending = true;
  let rounds = 0;
  const stream = (async () => {
    for (; sending; rounds++) {
      for (const key of keys) {
        await producer.send(session.name('t'), `${key}-${rounds}`, { shardingKey: key });
      }
      await sleep(5);
    }
  })();
  const options = { mode: 'orderly' } as const;
  const one = await Member.join(session, 'a', options, collector);
  facts.expect('one', '4', await shares([one]));
  const two = await Member.join(session, 'b', options, collector);
  facts.expect('two', '2,2', await shares([one, two]));
  await sleep(500);
  await one.consumer.close();
  facts.expect('one-left', '4', await shares([two]));
  sending = false;
  await stream;
  facts.expect('complete', true, await until(() => keys.every((key) => last.get(key) === rounds - 1)));
  facts.expect('overlapping', 0, overlapping);
  facts.expect('overtaking', 0, overtaking);
}

/** A member that dies without a word: the broker notices, the others take over. */
async function crash(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 4);
  const got = new Set<string>();
  const one: { ids: number[] } = { ids: [] };
  const script = fileURLToPath(new URL('sdk-member.js', import.meta.url));
  const program = Program.start(process.execPath, [script, session.namesrv, session.name('t'), session.name('g')], {
    log: join(process.cwd(), 'member.log'),
    onLine: (line) => {
      const said = JSON.parse(line) as { body?: string; ids?: number[] };
      one.ids = said.ids ?? one.ids;
      if (said.body !== undefined) {
        got.add(said.body);
      }
    },
  });
  const collector = new Collector(({ body }) => void got.add(String(body)));
  const two = await Member.join(session, 'b', {}, collector);
  facts.expect('two', '2,2', await shares([one, two]));
  // It has no handler for signals: it ends at once.
  await program.stop(1000);
  await session.send(4, 20);
  facts.expect('taken-over', '4', await shares([two]));
  await until(() => got.size === 24);
  facts.expect('received', bodies(0, 24), numbers(got));
}
