import { recordTotalSize } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { message, stored, textOf } from '../fixtures/messages.js';
import { drain, logFile, queueFile, ROOT, SimHost } from '../fixtures/sim-store.js';

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `m${from + index}`);

/** A host whose program ended without closing its store of `count` messages. */
async function crashed(
  count: number,
  options: { readonly topics?: number; readonly seed?: number } = {},
): Promise<SimHost> {
  const host = new SimHost({ seed: options.seed ?? 1 });
  const store = await host.start();
  for (const [index, text] of texts(count).entries()) {
    stored(
      await store.put(message({ text, topic: options.topics === undefined ? 'T' : `T${index % options.topics}` })),
    );
  }
  host.crash('process');
  return host;
}

async function contents(host: SimHost, topic = 'T'): Promise<string[]> {
  const store = await host.start();
  const found = (await drain(store, topic)).map(textOf);
  await host.settle(store.close());
  return found;
}

describe('a store whose program was killed', () => {
  it('has everything that was acknowledged, in as many files as it takes', async () => {
    const host = await crashed(200);
    expect(await contents(host)).toEqual(texts(200));
  });

  it('continues behind the last message', async () => {
    const host = await crashed(10);
    const store = await host.start();
    expect(stored(await store.put(message({ text: 'm10' }))).queueOffset).toBe(10);
    host.crash('process');
    expect(await contents(host)).toEqual(texts(11));
  });

  it('loses only the last record when that is torn, at whatever byte', async () => {
    const host = await crashed(3);
    const whole = host.disk.readFileSync(logFile(0))!.slice();
    const size = recordTotalSize(whole, 0);
    for (let kept = 0; kept < size; kept++) {
      host.edit(logFile(0), (bytes) => {
        bytes.set(whole);
        bytes.fill(0, 2 * size + kept, 3 * size);
      });
      host.disk.writeFileSync(`${ROOT}/abort`, new Uint8Array(1));
      const store = await host.start();
      const found = (await drain(store)).map(textOf);
      // Properties are empty, so the record's last two bytes are zero anyway.
      expect(found).toEqual(kept >= size - 2 ? texts(3) : texts(2));
      expect(stored(await store.put(message({ text: 'next' }))).queueOffset).toBe(found.length);
      await host.settle(store.close());
      expect(await contents(host)).toEqual([...found, 'next']);
    }
  });

  it('loses the last record when a sector of its topic or properties never reached the disk', async () => {
    const host = new SimHost({ seed: 1 });
    const running = await host.start();
    const properties = 'KEYS\u0001'.padEnd(1200, 'k');
    for (const text of texts(2)) stored(await running.put(message({ text, properties })));
    host.crash('process');
    const whole = host.disk.readFileSync(logFile(0))!.slice();
    const size = recordTotalSize(whole, 0);
    // The last record begins in the sector of 1024 and ends in that of 2560.
    for (const lost of [1536, 2048, 2560]) {
      host.edit(logFile(0), (bytes) => {
        bytes.set(whole);
        bytes.fill(0, lost, lost + 512);
      });
      host.disk.writeFileSync(`${ROOT}/abort`, new Uint8Array(1));
      expect(size).toBeGreaterThan(1024);
      expect(await contents(host)).toEqual(texts(1));
    }
  });

  it('does not take what was left behind its end for messages', async () => {
    const host = await crashed(6);
    const whole = host.disk.readFileSync(logFile(0))!.slice();
    const size = recordTotalSize(whole, 0);
    // The third record is lost, the ones behind it are still there.
    host.edit(logFile(0), (bytes) => bytes.fill(0, 2 * size, 3 * size));
    const store = await host.start();
    expect((await drain(store)).map(textOf)).toEqual(texts(2));
    await store.put(message({ text: 'n2' }));
    host.crash('process');
    expect(await contents(host)).toEqual(['m0', 'm1', 'n2']);
  });

  it('does not take a sound record of another place for a message', async () => {
    const host = await crashed(3);
    host.edit(logFile(0), (bytes) => bytes.copyWithin(3 * 94, 94, 2 * 94));
    expect(await contents(host)).toEqual(texts(3));
  });

  it('has its messages when the rest of the last file is zeroed or missing', async () => {
    const host = await crashed(60);
    const files = host.disk.listSync(`${ROOT}/commitlog`).map(({ name }) => `${ROOT}/commitlog/${name}`);
    expect(files.length).toBeGreaterThan(1);
    host.edit(files.at(-1)!, (bytes) => bytes.fill(0));
    const left = await contents(host);
    expect(left.length).toBeGreaterThan(30);
    expect(left).toEqual(texts(left.length));

    const other = await crashed(60);
    other.disk.removeSync(files.at(-1)!);
    expect(await contents(other)).toEqual(left);
  });

  it('opens again although its last files have not got their length', async () => {
    const host = new SimHost();
    const running = await host.start();
    for (const text of texts(60)) await running.put(message({ text }));
    await host.clock.advance(2000);
    host.crash('process');
    for (const path of [logFile(4096), queueFile('T', 0, 1000)]) {
      const file = host.disk.openSync(path, 'write');
      file.truncateSync(100);
      file.closeSync();
    }
    const left = await contents(host);
    expect(left.length).toBeGreaterThan(30);
    expect(left).toEqual(texts(left.length));
    expect(host.disk.statSync(logFile(4096))?.size).toBe(4096);
  });

  it('builds lost consume queues again', async () => {
    const host = await crashed(100, { topics: 3 });
    host.disk.removeSync(`${ROOT}/consumequeue`);
    const store = await host.start();
    for (const topic of [0, 1, 2]) {
      expect((await drain(store, `T${topic}`)).map(textOf)).toEqual(
        texts(100).filter((_, index) => index % 3 === topic),
      );
    }
    await host.settle(store.close());
  });

  it('builds one lost queue again from the start of the log when a later message shows that entries are missing', async () => {
    const host = new SimHost();
    const store = await host.start({ flushConsumeQueueThoroughInterval: 1000 });
    for (const text of texts(100)) {
      await host.settle(store.put(message({ text })));
      await host.clock.advance(1000);
    }
    await store.put(message({ text: 'm100' }));
    host.crash('process');
    host.disk.removeSync(`${ROOT}/consumequeue/T`);
    expect(await contents(host)).toEqual(texts(101));
  });

  it('drops entries that point behind the end of the log', async () => {
    const host = new SimHost();
    const store = await host.start();
    for (const text of texts(100)) await store.put(message({ text }));
    await host.clock.advance(2000);
    host.crash('process');
    for (const { name } of host.disk.listSync(`${ROOT}/commitlog`).slice(1))
      host.disk.removeSync(`${ROOT}/commitlog/${name}`);
    const left = await contents(host);
    expect(left).toEqual(texts(left.length));
    const again = await host.start();
    expect(stored(await again.put(message())).queueOffset).toBe(left.length);
    await host.settle(again.close());
  });

  it('builds entries with a hole or nonsense in them again', async () => {
    for (const bytes of [new Uint8Array(20), new Uint8Array(20).fill(0x11)]) {
      const host = new SimHost();
      const store = await host.start();
      for (const text of texts(30)) await store.put(message({ text }));
      await host.clock.advance(2000);
      host.crash('process');
      host.edit(queueFile('T', 0), (content) => content.set(bytes, 5 * 20));
      expect(await contents(host)).toEqual(texts(30));
    }
  });

  it('does not believe a queue offset that cannot be', async () => {
    const host = await crashed(12);
    // The third record's queue offset gets a bit that makes it a number nobody could count to.
    host.edit(logFile(0), (bytes) => void (bytes[2 * 94 + 22] = 1));
    expect((await contents(host)).slice(0, 2)).toEqual(['m0', 'm1']);
    expect(host.errors.some(({ message: text }) => text.includes('cannot be'))).toBe(true);
  });

  it('passes over a message whose body is damaged, and says where it is, when it was on the disk before the crash', async () => {
    const host = new SimHost();
    const store = await host.start({ flushConsumeQueueThoroughInterval: 1000 });
    for (const text of texts(5)) await store.put(message({ text }));
    await host.clock.advance(10_000);
    await store.put(message({ text: 'm5' }));
    const { physicalOffset } = (await store.entryAt('T', 0, 2))!;
    host.crash('process');
    host.edit(logFile(0), (bytes) => (bytes[physicalOffset + 88]! ^= 1));
    expect(await contents(host)).toEqual(['m0', 'm1', 'm3', 'm4', 'm5']);
    expect(host.errors).toContainEqual(
      expect.objectContaining({
        fields: expect.objectContaining({ path: logFile(0), offset: physicalOffset }) as unknown,
      }),
    );
  });

  it('does not open when flushed messages cannot be read any more, and says where the damage is', async () => {
    const host = new SimHost();
    const store = await host.start({ flushConsumeQueueThoroughInterval: 1000 });
    for (const text of texts(10)) {
      await host.settle(store.put(message({ text })));
      await host.clock.advance(5000);
    }
    const { physicalOffset } = (await store.entryAt('T', 0, 2))!;
    host.crash('process');
    host.edit(logFile(0), (bytes) => (bytes[physicalOffset + 5]! ^= 0x40));
    const damaged = host.open();
    await expect(host.settle(damaged.start())).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringMatching(
        `damaged at offset ${physicalOffset} .*${logFile(0)}.*truncateDamagedCommitLog`,
      ) as string,
    });
    const cut = await host.start({ truncateDamagedCommitLog: true });
    expect((await drain(cut)).map(textOf)).toEqual(texts(2));
    await host.settle(cut.close());
  });
});

describe('a store that was closed', () => {
  async function closed(count: number): Promise<SimHost> {
    const host = new SimHost();
    const store = await host.start();
    for (const text of texts(count)) await store.put(message({ text }));
    await host.settle(store.close());
    return host;
  }

  it('builds lost consume queues again', async () => {
    const host = await closed(100);
    host.disk.removeSync(`${ROOT}/consumequeue`);
    expect(await contents(host)).toEqual(texts(100));
  });

  it('builds a queue with a lost file in the middle again', async () => {
    const host = await closed(100);
    host.disk.removeSync(queueFile('T', 0, 400));
    expect(await contents(host)).toEqual(texts(100));
  });

  it('drops entries behind the end of the log', async () => {
    const host = await closed(20);
    host.edit(queueFile('T', 0, 400 - 200), (bytes) => bytes.copyWithin(180, 160, 180));
    expect((await contents(host)).length).toBeGreaterThanOrEqual(19);
  });

  it('does not open with a file of another size', async () => {
    const host = await closed(100);
    const file = host.disk.openSync(logFile(0), 'write');
    file.truncateSync(4000);
    file.closeSync();
    await expect(host.open().start()).rejects.toMatchObject({
      code: 'WRONG_FILE_SIZE',
      message: expect.stringContaining(`${logFile(0)} has 4000 bytes`) as string,
    });
    await expect(host.open({ mappedFileSizeCommitLog: 8192 }).start()).rejects.toThrow(/files of 8192/);
  });

  it('does not open without one of its log files, and deletes nothing then', async () => {
    const host = await closed(150);
    host.disk.removeSync(logFile(4096));
    const before = host.disk.listSync(`${ROOT}/commitlog`).length;
    await expect(host.open().start()).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(host.disk.listSync(`${ROOT}/commitlog`).length).toBe(before);
  });

  it('does not cut off sound files behind a damaged record when queues have to be rebuilt', async () => {
    const host = await closed(150);
    host.disk.removeSync(`${ROOT}/consumequeue`);
    host.edit(logFile(0), (bytes) => bytes.fill(0xff, 192, 196));
    await expect(host.settle(host.open().start())).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(host.disk.listSync(`${ROOT}/commitlog`).length).toBeGreaterThan(3);
  });

  it('passes over records whose head is nonsense', async () => {
    const host = await closed(20);
    host.disk.removeSync(`${ROOT}/consumequeue`);
    // The queue id of the third record, and the topic of the sixth.
    host.edit(logFile(0), (bytes) => {
      bytes.fill(0xff, 2 * 94 + 12, 2 * 94 + 16);
      bytes[5 * 94 + 91] = '/'.charCodeAt(0);
    });
    const store = await host.start();
    expect([...store.queues()]).toEqual([{ topic: 'T', queueId: 0 }]);
    expect(store.maxOffset('T', 0)).toBe(20);
    expect(host.errors.length).toBeGreaterThan(1);
    const before = await store.read({ topic: 'T', queueId: 0, offset: 0, maxMessages: 32, maxBytes: 10_000 });
    expect(before.records.map(textOf)).toEqual(texts(20).filter((text) => text !== 'm2' && text !== 'm5'));
    await host.settle(store.close());
  });

  it('without a commit log has no queues either', async () => {
    const host = await closed(20);
    host.disk.removeSync(`${ROOT}/commitlog`);
    const store = await host.start();
    expect([...store.queues()]).toEqual([]);
    expect(stored(await store.put(message())).queueOffset).toBe(0);
    await host.settle(store.close());
  });

  it('is left as it is when nothing is written', async () => {
    const host = await closed(100);
    const read = () =>
      [
        ...host.disk.listSync(`${ROOT}/commitlog`).map(({ name }) => `${ROOT}/commitlog/${name}`),
        queueFile('T', 0),
      ].map((path) => [path, Buffer.from(host.disk.readFileSync(path)!).toString('base64')]);
    const before = read();
    await contents(host);
    expect(read()).toEqual(before);
  });

  it('stamps messages in order although the clock was set back meanwhile', async () => {
    const host = await closed(3);
    host.clock.jumpWallClock(-3_600_000);
    const store = await host.start();
    const before = (await store.storeTimestampAt('T', 0, 2))!;
    const { storeTimestamp } = stored(await store.put(message()));
    expect(storeTimestamp).toBeGreaterThanOrEqual(before);
    host.clock.jumpWallClock(-3_600_000);
    expect(stored(await store.put(message())).storeTimestamp).toBeGreaterThanOrEqual(storeTimestamp);
    host.crash('process');
    expect((await contents(host)).length).toBe(5);
  });
});
