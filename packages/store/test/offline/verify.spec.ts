import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { openStoreReader } from '../../src/offline/store-reader.js';
import { fingerprints, inTemporaryDirectory, unpackGolden } from '../fixtures/golden.js';
import { message, stored } from '../fixtures/messages.js';
import { logFile, queueFile, ROOT, SimHost } from '../fixtures/sim-store.js';

const verify = async (host: SimHost) => {
  using store = await openStoreReader(ROOT, { ports: { disk: host.disk, codecs: nodeCodecs() } });
  return await store.verify();
};

/** A store of several files with two queues and an index. */
async function filled(count = 60): Promise<SimHost> {
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

describe('verify', () => {
  it.each(['clean-5.3.3', 'clean-4.9.7', 'light-queues', 'killed-5.3.3'])(
    "finds Apache's store %s sound",
    async (name) => {
      await inTemporaryDirectory(async (temporary) => {
        const directory = unpackGolden(name, temporary);
        const before = fingerprints(directory);
        using store = await openStoreReader(directory);
        const report = await store.verify();
        expect(report.findings.filter(({ severity }) => severity === 'damage')).toEqual([]);
        expect(report.log.records).toBeGreaterThan(20);
        expect(report.queues.entries).toBeGreaterThan(20);
        expect(report.index.entries).toBeGreaterThan(20);
        expect(fingerprints(directory)).toEqual(before);
      });
    },
  );

  it('finds a store of ours sound, closed or not', async () => {
    const host = await filled();
    const closed = await verify(host);
    expect(closed).toMatchObject({ closedInOrder: true, findings: [], damages: 0 });
    expect(closed.log.records).toBe(60);
    expect(closed.queues).toMatchObject({ count: 2, entries: 60, rebuild: false });
    expect(closed.index).toMatchObject({ entries: 60, rebuild: false });
    await host.start();
    expect(await verify(host)).toMatchObject({ closedInOrder: false, findings: [] });
  });

  it('tells what the next start will do after a crash', async () => {
    const host = await filled(10);
    const store = await host.start();
    await host.settle(Promise.all([1, 2, 3].map((index) => store.put(message({ text: `late ${index}` })))));
    host.crash('process');
    const report = await verify(host);
    expect(report).toMatchObject({ damages: 0, closedInOrder: false });
    expect(report.findings.map(({ room, message: text }) => `${room}: ${text}`)).toEqual([
      'queue: 3 messages of the log have no entry here; the next start of a broker mends it',
    ]);
  });

  it.each([
    ['a body', logFile(0), 322, 'log', 'damage'],
    ['the size of a record', logFile(4096), 1, 'log', 'damage'],
    ['the position in a queue entry', queueFile('T', 0), 47, 'queue', 'damage'],
    ['the size in a queue entry', queueFile('T', 1, 200), 10, 'queue', 'damage'],
    ['the tags code in a queue entry', queueFile('T', 1, 200), 19, 'queue', 'damage'],
  ])('finds a flipped bit in %s', async (_, path, place, room, severity) => {
    const host = await filled();
    host.edit(path, (bytes) => void (bytes[place] = bytes[place]! ^ 0x04));
    const { findings, damages } = await verify(host);
    expect(damages).toBeGreaterThan(0);
    expect(findings[0]).toMatchObject({ path, room, severity });
  });

  it.each([
    ['hash', 0],
    ['position', 9],
    ['time', 14],
    ['chain', 19],
  ])('finds a flipped bit in the %s of an index entry, and where it is', async (_, place) => {
    const host = await filled();
    const name = host.disk.listSync(`${ROOT}/index`)[1]!.name;
    host.edit(`${ROOT}/index/${name}`, (bytes) => void (bytes[40 + 40 + 5 * 20 + place]! ^= 0x04));
    const { findings } = await verify(host);
    expect(findings[0]).toMatchObject({ room: 'index', severity: 'damage', path: `${ROOT}/index/${name}` });
  });

  it('finds a missing file of log, queue and index, and one of another length', async () => {
    for (const [path, room] of [
      [logFile(4096), 'log'],
      [queueFile('T', 0, 200), 'queue'],
    ] as const) {
      const host = await filled(100);
      host.disk.removeSync(path);
      expect((await verify(host)).findings.find(({ severity }) => severity === 'damage')?.room).toBe(room);
    }
    const host = await filled();
    host.edit(queueFile('T', 0, 200), (bytes) => bytes.fill(0));
    const cut = host.disk.readFileSync(queueFile('T', 1, 0))!.subarray(0, 100);
    host.disk.removeSync(queueFile('T', 1, 0));
    host.disk.writeFileSync(queueFile('T', 1, 0), cut);
    const { findings, queues } = await verify(host);
    expect(findings.every(({ room }) => room === 'queue')).toBe(true);
    expect(queues.damaged).toEqual(['T/0', 'T/1']);
  });

  it('finds messages lost that were on the disk, and a config file that cannot be read', async () => {
    const host = await filled();
    host.edit(`${ROOT}/checkpoint`, (bytes) => void (bytes[5] = 0xff));
    host.disk.makeDirectorySync(`${ROOT}/config`);
    host.disk.writeFileSync(`${ROOT}/config/topics.json`, new TextEncoder().encode('{"topic'));
    host.disk.writeFileSync(`${ROOT}/config/topics.json.bak`, new TextEncoder().encode('{}'));
    const { findings, checkpoint, config } = await verify(host);
    expect(findings.map(({ room }) => room)).toEqual(['checkpoint', 'config']);
    expect(checkpoint.damaged).toBe(true);
    expect(config).toEqual([{ path: `${ROOT}/config/topics.json`, backup: 'sound' }]);
  });
});
