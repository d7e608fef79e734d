import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place, Server, ServerKind } from './server.js';
import { type Acked, delayLevels, sendUntilGone, writeContents } from './store-contents.js';
import { difference, lost, storeBytes, storeFacts } from './store-facts.js';

const nothing = { acked: [], progress: [] };
/** Cut off the last record, which is longer. */
const tornBytes = 1000;

/** Small files: a run makes several of each kind. */
const settings = {
  messageDelayLevel: delayLevels,
  mappedFileSizeCommitLog: String(1 << 20),
  mappedFileSizeConsumeQueue: '2000',
  maxHashSlotNum: '500',
  maxIndexNum: '1000',
};

type Report = (scenario: string, problem: string) => void;

/**
 * One directory that changes hands between two brokers. Each is asked for everything that it has: queues, messages by
 * offset, by place, by key and by unique key, progress of groups; answers have to be equal to the byte.
 */
export async function exchangeStores(first: ServerKind, second: ServerKind, report: Report): Promise<void> {
  const scenarios = { 'closed in order': closedInOrder, killed, 'killed and cut': killedAndCut };
  for (const [name, scenario] of Object.entries(scenarios)) {
    const store = mkdtempSync(join(tmpdir(), 'cometmq-conformance-store-'));
    const pair = `${first.name} to ${second.name}, ${name}`;
    try {
      await scenario({ store, settings }, first, second, (what, problem) => report(`${pair}: ${what}`, problem));
      rmSync(store, { recursive: true, force: true });
    } catch (error) {
      report(`${pair}: run`, `${String(error)} (the store is kept in ${store})`);
    }
  }
}

/** Runs a broker on the place, asks it, and ends it in order. */
async function using<T>(kind: ServerKind, place: Place, work: (server: Server) => Promise<T>): Promise<T> {
  const server = await kind.start(place);
  let result: T;
  try {
    result = await work(server);
  } catch (error) {
    await server.stop(true).catch(() => undefined);
    throw error;
  }
  await server.stop(false);
  return result;
}

async function closedInOrder(place: Place, first: ServerKind, second: ServerKind, report: Report): Promise<void> {
  const { store } = place;
  const [before, wanted] = await using(first, place, async ({ broker }) => {
    const written = await writeContents(broker, 'one');
    return [await storeFacts(broker, store, written), written] as const;
  });
  const closed = storeBytes(store);
  const after = await using(second, place, ({ broker }) => storeFacts(broker, store, wanted));
  report(`${before.size} answers`, difference(before, after));
  report('opened and closed, no byte of log, queues and index changed', difference(closed, storeBytes(store)));
  const [continued, more] = await using(second, place, async ({ broker }) => {
    const written = await writeContents(broker, 'two');
    return [await storeFacts(broker, store, written), written] as const;
  });
  const back = await using(first, place, ({ broker }) => storeFacts(broker, store, more));
  report(`written on, and back: ${continued.size} answers`, difference(continued, back));
}

async function crash(place: Place, kind: ServerKind): Promise<Acked[]> {
  const server = await kind.start(place);
  let begin: () => void = () => undefined;
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const sending = sendUntilGone(server.broker, 'load', begin);
  await began;
  await server.kill();
  return sending;
}

async function reopened(
  place: Place,
  kinds: readonly [ServerKind, ServerKind],
  acked: readonly Acked[],
  report: Report,
): Promise<void> {
  const [first, second] = kinds;
  const wanted = { ...nothing, acked };
  const there = await using(second, place, ({ broker }) => storeFacts(broker, place.store, wanted));
  report(`${acked.length} acknowledged messages`, lost(there, acked));
  const back = await using(first, place, ({ broker }) => storeFacts(broker, place.store, wanted));
  report(`and back: ${there.size} answers`, difference(there, back));
}

async function killed(place: Place, first: ServerKind, second: ServerKind, report: Report): Promise<void> {
  const acked = await crash(place, first);
  await reopened(place, [first, second], acked, report);
}

async function killedAndCut(place: Place, first: ServerKind, second: ServerKind, report: Report): Promise<void> {
  const acked = await crash(place, first);
  const directory = join(place.store, 'commitlog');
  const files = readdirSync(directory).toSorted().toReversed();
  for (const name of files) {
    const bytes = readFileSync(join(directory, name));
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    if (end > tornBytes) {
      writeFileSync(join(directory, name), bytes.fill(0, end - tornBytes));
      break;
    }
  }
  // The newest one may be the one that was cut; each sender had one under way.
  const newest = new Map(acked.map((each) => [each.queueId, each.queueOffset]));
  const older = acked.filter(({ queueId, queueOffset }) => queueOffset < newest.get(queueId)!);
  await reopened(place, [first, second], older, report);
}
