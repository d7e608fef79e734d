import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { repairStore } from '../../src/offline/repair.js';
import type { RepairStep } from '../../src/offline/repair-plan.js';
import { openStoreReader } from '../../src/offline/store-reader.js';
import { inTemporaryDirectory, unpackGolden } from '../fixtures/golden.js';
import { message, stored, textOf } from '../fixtures/messages.js';
import { logFile, queueFile, ROOT, SimHost } from '../fixtures/sim-store.js';

const repair = (host: SimHost) =>
  host.settle(
    repairStore(ROOT, { ports: { disk: host.disk, codecs: nodeCodecs(), clock: host.clock, logger: silentLogger } }),
  );
const kinds = (steps: readonly RepairStep[]) => steps.map(({ kind }) => kind);

async function filled(count = 100): Promise<SimHost> {
  const host = new SimHost();
  const store = await host.start();
  for (let index = 0; index < count; index++) {
    const fields = {
      text: `message ${index}`,
      queueId: index % 2,
      properties: `KEYS\u0001k${index}\u0002TAGS\u0001a\u0002`,
    };
    stored(await host.settle(store.put(message(fields))));
  }
  await host.settle(store.close());
  return host;
}

/** What our own store gives out after the repair. */
async function readable(host: SimHost, queueId: number): Promise<string[]> {
  const store = await host.start();
  const found: string[] = [];
  for (let at = store.minOffset('T', queueId); at < store.maxOffset('T', queueId);) {
    const result = await store.read({ topic: 'T', queueId, offset: at, maxMessages: 32, maxBytes: 1 << 20 });
    found.push(...result.records.map(textOf));
    at = result.nextOffset;
  }
  await host.settle(store.close());
  return found;
}

const all = (queueId: number, without: readonly number[] = [], count = 100) =>
  Array.from({ length: count }, (_, index) => index)
    .filter((index) => index % 2 === queueId && !without.includes(index))
    .map((index) => `message ${index}`);

describe('repair', () => {
  it('does nothing to a sound store', async () => {
    const host = await filled();
    expect(await repair(host)).toMatchObject({ steps: [], aside: undefined, after: { damages: 0 } });
  });

  it('covers damage in the middle of the log: what is behind it stays, and what was there is kept aside', async () => {
    const host = await filled();
    const before = host.disk.readFileSync(logFile(0))!.slice(232, 348);
    host.edit(logFile(0), (bytes) => void (bytes[322] = bytes[322]! ^ 4));
    const { steps, after, aside } = await repair(host);
    expect(kinds(steps)).toEqual(['cover', 'move aside', 'move aside', 'move aside', 'rebuild']);
    expect(after).toMatchObject({ damages: 0, closedInOrder: true });
    expect(await readable(host, 0)).toEqual(all(0, [2]));
    expect(await readable(host, 1)).toEqual(all(1));
    const kept = host.disk.readFileSync(`${aside}/commitlog/00000000000000000000.from-232`)!;
    expect(kept.length).toBe(before.length);
    expect([...kept].filter((byte, index) => byte !== before[index]).length).toBe(1);
  });

  it('covers damage that goes on to the end of a file, and puts a file in the place of a missing one', async () => {
    const host = await filled();
    host.edit(logFile(0), (bytes) => bytes.fill(0xff, 3600));
    expect((await repair(host)).after.damages).toBe(0);
    const rest = await readable(host, 0);
    expect(rest.length).toBeGreaterThan(45);
    expect(rest.at(-1)).toBe('message 98');
    host.disk.removeSync(logFile(4096));
    const { steps, after } = await repair(host);
    expect(kinds(steps)).toContain('fill gap');
    expect(after.damages).toBe(0);
    expect((await readable(host, 0)).at(-1)).toBe('message 98');
  });

  it('builds damaged queues again, with the offsets that messages had', async () => {
    const host = await filled();
    host.edit(queueFile('T', 0, 200), (bytes) => void (bytes[47] = bytes[47]! ^ 4));
    host.disk.removeSync(queueFile('T', 1, 0));
    const { after, aside } = await repair(host);
    expect(after).toMatchObject({ damages: 0, findings: [] });
    expect(host.disk.listSync(`${aside}/consumequeue/T`).map(({ name }) => name)).toEqual(['0', '1']);
    expect(await readable(host, 0)).toEqual(all(0));
    expect(await readable(host, 1)).toEqual(all(1));
  });

  it('builds a damaged index again and leaves queues and log as they are', async () => {
    const host = await filled();
    const log = host.disk.readFileSync(logFile(0));
    const name = host.disk.listSync(`${ROOT}/index`)[1]!.name;
    host.edit(`${ROOT}/index/${name}`, (bytes) => bytes.fill(0xee, 100, 140));
    expect((await repair(host)).after).toMatchObject({ damages: 0, findings: [] });
    expect(host.disk.readFileSync(logFile(0))).toEqual(log);
    const store = await host.start();
    const { records } = await host.settle(store.queryByKey('T', 'k30', 8, 0, Number.MAX_SAFE_INTEGER));
    expect(records.map(textOf)).toEqual(['message 30']);
  });

  it('copies a tail aside that is no message and clears it', async () => {
    const host = await filled();
    const end = (await filledEnd(host)) - 8192;
    host.edit(logFile(8192), (bytes) => bytes.set([0, 0, 1, 0, 0xda, 0xa3, 0x20, 0xa7, 1, 2, 3], end));
    const { steps, after, aside } = await repair(host);
    expect(kinds(steps)).toContain('cut tail');
    expect(after.damages).toBe(0);
    expect(host.disk.readFileSync(`${aside}/commitlog/00000000000000008192.from-${end + 8192}`)?.slice(1, 8)).toEqual(
      new Uint8Array([0, 1, 0, 0xda, 0xa3, 0x20, 0xa7]),
    );
    expect(await readable(host, 1)).toEqual(all(1));
  });

  it('takes the backup of a config file', async () => {
    const host = await filled();
    host.disk.makeDirectorySync(`${ROOT}/config`);
    const write = (name: string, text: string) =>
      host.disk.writeFileSync(`${ROOT}/config/${name}`, new TextEncoder().encode(text));
    write('topics.json', '{"topic');
    write('topics.json.bak', '{"a":1}');
    const { steps, after, aside } = await repair(host);
    expect(kinds(steps)).toEqual(['move aside', 'restore']);
    expect(after.findings).toEqual([]);
    expect(new TextDecoder().decode(host.disk.readFileSync(`${ROOT}/config/topics.json`))).toBe('{"a":1}');
    expect(new TextDecoder().decode(host.disk.readFileSync(`${aside}/config/topics.json`))).toBe('{"topic');
  });

  it('refuses while a broker has the store open', async () => {
    const host = await filled();
    const store = await host.start();
    await expect(repair(host)).rejects.toMatchObject({ code: 'LOCKED' });
    await host.settle(store.close());
  });

  it("mends Apache's store: a flipped bit, a lost queue file, a cut log", async () => {
    await inTemporaryDirectory(async (temporary) => {
      const directory = unpackGolden('clean-5.3.3', temporary);
      using before = await openStoreReader(directory);
      const ranges = await before.queues();
      const victim = ranges.find(({ maxOffset, minOffset }) => maxOffset - minOffset > 5)!;
      const [second] = await collect(before.read({ ...victim, from: victim.minOffset + 1 }));
      const log = join(directory, 'commitlog', readdirSync(join(directory, 'commitlog'))[0]!);
      const bytes = readFileSync(log);
      bytes[second!.physicalOffset + 90] = bytes[second!.physicalOffset + 90]! ^ 1;
      writeFileSync(log, bytes);
      const other = ranges.find((range) => range.maxOffset > 0 && range.topic !== victim.topic)!;
      rmSync(join(directory, 'consumequeue', other.topic, String(other.queueId)), { recursive: true });
      const { after } = await repairStore(directory);
      expect(after.damages).toBe(0);
      using mended = await openStoreReader(directory);
      expect(await mended.queues()).toEqual(ranges);
      expect((await collect(mended.read({ ...victim, damaged: 'skip' }))).length).toBe(
        victim.maxOffset - victim.minOffset - 1,
      );
    });
  });
});

async function filledEnd(host: SimHost): Promise<number> {
  using store = await openStoreReader(ROOT, { ports: { disk: host.disk, codecs: nodeCodecs() } });
  return (await store.logRange()).maxOffset;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}
