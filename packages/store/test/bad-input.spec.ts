import { DiskError, randomInt, seededRandom } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { readRecord } from '@cometmq/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStoreReader } from '../src/offline/store-reader.js';
import { StoreError } from '../src/store-error.js';
import { message, stored, textOf } from './fixtures/messages.js';
import { ROOT, SimHost } from './fixtures/sim-store.js';

const QUEUES = [0, 1];
/** Every byte of the last 8 KiB with COMETMQ_NIGHTLY=1, else some. */
const everything = process.env['COMETMQ_NIGHTLY'] === '1';
const SAMPLES = everything ? Number.MAX_SAFE_INTEGER : 7;
const TAIL_BYTES = 8192;

interface Original {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Texts by queue and offset. */
  readonly texts: readonly (readonly string[])[];
  /** How many of each queue are certainly on the disk. */
  readonly synced: readonly number[];
}

function filesOf(host: SimHost, directory: string, into = new Map<string, Uint8Array>()): Map<string, Uint8Array> {
  for (const { name, directory: isDirectory } of host.disk.listSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) filesOf(host, path, into);
    else into.set(path, host.disk.readFileSync(path)!.slice());
  }
  return into;
}

/** A store of several files of each kind, closed in order or not. */
async function original(closed: boolean): Promise<Original> {
  const host = new SimHost();
  const texts: string[][] = QUEUES.map(() => []);
  const store = await host.start({ flushDiskType: 'SYNC_FLUSH' });
  const put = async (count: number) => {
    for (let index = 0; index < count; index++) {
      const queueId = texts[0]!.length > texts[1]!.length ? 1 : 0;
      const text = `message ${texts[0]!.length + texts[1]!.length} ${'x'.repeat(index % 40)}`;
      const properties = `UNIQ_KEY\u0001u${texts[0]!.length + texts[1]!.length}\u0002TAGS\u0001a\u0002`;
      stored(await host.settle(store.put(message({ queueId, text, properties }))));
      texts[queueId]!.push(text);
      await host.clock.advance(7);
    }
  };
  await put(60);
  await host.clock.advance(61_000);
  const synced = texts.map(({ length }) => length);
  await put(6);
  if (closed) await host.settle(store.close());
  else host.crash('process');
  return { files: filesOf(host, ROOT), texts, synced: closed ? texts.map(({ length }) => length) : synced };
}

type Change = (bytes: Uint8Array) => Uint8Array;
interface Mutation {
  readonly path: string;
  readonly what: string;
  readonly kind: 'cut' | 'zeroed' | 'flipped';
  readonly change: Change;
}

function* places(length: number, seed: number): Generator<number> {
  const first = Math.max(0, length - TAIL_BYTES);
  const count = length - first;
  if (count <= SAMPLES) return yield* Array.from({ length: count }, (_, index) => first + index);
  const random = seededRandom(seed);
  for (let index = 0; index < SAMPLES; index++) yield first + randomInt(random, count);
}

function* mutations({ files }: Original): Generator<Mutation> {
  let seed = 1;
  for (const [path, bytes] of files) {
    yield { path, what: 'zeroed', kind: 'zeroed', change: ({ length }) => new Uint8Array(length) };
    for (const at of places(bytes.length, seed++)) {
      yield { path, what: `cut at ${at}`, kind: 'cut', change: (whole) => whole.slice(0, at) };
    }
    // Where there is something, most of the time.
    const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
    for (const at of places(Math.min(bytes.length, used + 16), seed++)) {
      const bit = at % 8;
      const change: Change = (whole) => whole.with(at, whole[at]! ^ (1 << bit));
      yield { path, what: `bit ${bit} of byte ${at} flipped`, kind: 'flipped', change };
    }
  }
}

function hostWith({ files }: Original, { path, change }: Mutation): SimHost {
  const host = new SimHost();
  for (const [name, bytes] of files) {
    host.disk.makeDirectorySync(name.slice(0, name.lastIndexOf('/')));
    host.disk.writeFileSync(name, name === path ? change(bytes) : bytes);
  }
  return host;
}

const isClear = (error: unknown): boolean =>
  (error instanceof StoreError || error instanceof DiskError) && error.message.includes(ROOT);

/** What the broker's store gives out; undefined when it refuses the directory. */
async function openedByBroker(host: SimHost): Promise<Map<string, string> | undefined> {
  const found = new Map<string, string>();
  const store = host.open();
  try {
    await host.settle(store.start());
  } catch (error) {
    if (!isClear(error)) throw error;
    return undefined;
  }
  for (const { topic, queueId } of store.queues()) {
    for (let offset = store.minOffset(topic, queueId); offset < store.maxOffset(topic, queueId);) {
      const request = { topic, queueId, offset, maxMessages: 32, maxBytes: 1 << 20 };
      const result = await host.settle(Promise.resolve(store.read(request)));
      expect(result.nextOffset).toBeGreaterThan(offset);
      for (const record of result.records) keep(found, record);
      offset = result.nextOffset;
    }
  }
  for (const key of ['u3', 'u30', 'u65']) {
    const { records } = await host.settle(store.queryByKey('T', key, 8, 0, Number.MAX_SAFE_INTEGER));
    for (const record of records) keep(found, record);
  }
  await host.settle(store.close());
  return found;
}

function placeOf(record: Uint8Array): string {
  const { topic, queueId, queueOffset } = readRecord(record);
  return `${topic} ${queueId} ${queueOffset}`;
}

/** Two messages that name one place are both remembered. */
function keep(found: Map<string, string>, record: Uint8Array): void {
  const place = placeOf(record);
  const text = textOf(record);
  found.set((found.get(place) ?? text) === text ? place : `${place} again`, text);
}

/** What the reader gives out, and what verify says. */
async function openedByReader(host: SimHost): Promise<{ found: Map<string, string>; problems: number }> {
  const found = new Map<string, string>();
  let problems = 0;
  using store = await openStoreReader(ROOT, { ports: { disk: host.disk, codecs: nodeCodecs() } });
  const report = await store.verify();
  problems += report.findings.length;
  for (const { topic, queueId } of await store.queues()) {
    for await (const each of store.read({ topic, queueId, damaged: 'skip' })) keep(found, each.record);
  }
  for await (const each of store.scan({ onDamage: () => void problems++ })) keep(found, each.record);
  for (const key of ['u3', 'u30', 'u65']) for (const each of await store.byKey('T', key)) keep(found, each.record);
  return { found, problems };
}

/** A flipped bit outside of body and sizes of a record cannot be seen without enabledAppendPropCRC, by Apache neither. */
function check(original: Original, found: ReadonlyMap<string, string>, mutation: Mutation): string[] {
  const lost: string[] = [];
  const inLog = mutation.path.includes('/commitlog/') && mutation.kind === 'flipped';
  const known = new Map<string, string>();
  const given = new Set(found.values());
  for (const queueId of QUEUES) {
    for (const [offset, text] of original.texts[queueId]!.entries()) {
      const place = `T ${queueId} ${offset}`;
      known.set(place, text);
      const got = found.get(place);
      if (got === undefined && !(inLog && given.has(text)) && offset < original.synced[queueId]!) lost.push(place);
    }
  }
  const texts = new Set(known.values());
  for (const [place, text] of found) {
    if (inLog) expect(texts).toContain(text);
    else expect([place, text]).toEqual([place, known.get(place)]);
  }
  return lost;
}

describe.each([
  ['closed in order', true],
  ['killed', false],
] as const)('a store that was %s, with one file', (_, closed) => {
  let whole: Original;
  beforeAll(async () => {
    whole = await original(closed);
  });

  it('has everything as it is', async () => {
    const none: Mutation = { path: '', what: '', kind: 'zeroed', change: (bytes) => bytes };
    const found = await openedByBroker(hostWith(whole, none));
    expect(check(whole, found!, none)).toEqual([]);
    const { found: read, problems } = await openedByReader(hostWith(whole, none));
    expect(check(whole, read, none)).toEqual([]);
    if (closed) expect(problems).toBe(0);
  });

  it(
    'cut, zeroed or with a flipped bit: the broker gives out what was stored, or says why not',
    { timeout: 600_000 },
    async () => {
      const failures: string[] = [];
      for (const mutation of mutations(whole)) {
        const host = hostWith(whole, mutation);
        try {
          const found = await openedByBroker(host);
          if (found === undefined) continue;
          const lost = check(whole, found, mutation);
          if (lost.length > 0 && host.errors.length === 0)
            failures.push(
              `${mutation.path} ${mutation.what}: silently lost ${lost.length}: ${lost.slice(0, 3).join()}`,
            );
        } catch (error) {
          failures.push(`${mutation.path} ${mutation.what}: ${String(error).slice(0, 300)}`);
        }
      }
      expect(failures).toEqual([]);
    },
  );

  it(
    'cut, zeroed or with a flipped bit: reader and verify give out what was stored, or tell',
    { timeout: 600_000 },
    async () => {
      const failures: string[] = [];
      for (const mutation of mutations(whole)) {
        const host = hostWith(whole, mutation);
        const before = filesOf(host, ROOT);
        try {
          const { found, problems } = await openedByReader(host);
          const lost = check(whole, found, mutation);
          if (lost.length > 0 && problems === 0)
            failures.push(
              `${mutation.path} ${mutation.what}: silently lost ${lost.length}: ${lost.slice(0, 3).join()}`,
            );
          expect(filesOf(host, ROOT)).toEqual(before);
        } catch (error) {
          if (!isClear(error)) failures.push(`${mutation.path} ${mutation.what}: ${String(error).slice(0, 300)}`);
        }
      }
      expect(failures).toEqual([]);
    },
  );
});
