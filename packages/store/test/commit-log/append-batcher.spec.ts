import { readRecord } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import type { PutResult } from '../../src/ports.js';
import { message, stored, textOf } from '../fixtures/messages.js';
import { drain, logFile, ROOT, SimHost } from '../fixtures/sim-store.js';

/** The writes to commit log files. */
function watchWrites(host: SimHost): { path: string; position: number; bytes: number }[] {
  const writes: { path: string; position: number; bytes: number }[] = [];
  const { disk } = host;
  const openSync = disk.openSync.bind(disk);
  disk.openSync = (path, mode) => {
    const file = openSync(path, mode);
    if (!path.includes('/commitlog/')) return file;
    const writeSync = file.writeSync.bind(file);
    file.writeSync = (bytes, position) => {
      writes.push({ path, position, bytes: bytes.length });
      writeSync(bytes, position);
    };
    return file;
  };
  return writes;
}

describe('appending', () => {
  it('writes the puts of a turn together, 32 at a time', async () => {
    const host = new SimHost();
    const writes = watchWrites(host);
    const store = await host.start({ mappedFileSizeCommitLog: 1 << 20 });
    const results = await Promise.all(
      Array.from({ length: 256 }, (_, index) => store.put(message({ queueId: index % 8 }))),
    );
    const parts = Array.from({ length: 8 }, (_, part) => ({
      path: logFile(0),
      position: part * 32 * 97,
      bytes: 32 * 97,
    }));
    expect(writes).toEqual(parts);
    expect(new Set(results.map((result) => stored(result).storeTimestamp)).size).toBe(1);
    expect(stored(results[17]!)).toMatchObject({ queueOffset: 2, physicalOffset: 17 * 97, physicalOffsets: [17 * 97] });
    await host.settle(store.close());
  });

  it('takes the next message from whoever has just been told of one, at any place of the file', async () => {
    const host = new SimHost();
    const store = await host.start();
    const told: number[] = [];
    let left = 200;
    // Files of 4096 bytes: some puts come when a batch is full, some when a file is, some at the end of a turn.
    const next = (): void => {
      if (left-- <= 0) return;
      const body = new Uint8Array(1 + (left % 50));
      store.append(message({ body }), true, (result) => {
        told.push(stored(result).queueOffset);
        next();
      });
    };
    for (let index = 0; index < 40; index++) next();
    for (let turn = 0; turn < 50; turn++) await host.clock.settle();
    expect(told).toEqual(Array.from({ length: 200 }, (_, offset) => offset));
    const found = (await drain(store)).map((record) => readRecord(record));
    expect(found.map(({ queueOffset }) => queueOffset)).toEqual(told);
    await host.settle(store.close());
  });

  it('ends a file with a blank and continues in the next one', async () => {
    const host = new SimHost();
    const store = await host.start();
    for (let index = 0; index < 5; index++) await store.put(message({ body: new Uint8Array(900) }));
    // 992 bytes each: four fit, 128 bytes are left.
    const bytes = host.disk.readFileSync(logFile(0))!;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect([view.getInt32(4 * 992), view.getUint32(4 * 992 + 4)]).toEqual([128, 0xcbd43194]);
    expect((await store.entryAt('T', 0, 4))?.physicalOffset).toBe(4096);
    await host.settle(store.close());
  });

  it('fills a file up to the eight bytes that a blank needs', async () => {
    for (const [spare, file] of [
      [8, 0],
      [7, 1],
    ] as const) {
      const host = new SimHost();
      const store = await host.start();
      await store.put(message({ body: new Uint8Array(4096 - 92 - spare) }));
      expect((await store.entryAt('T', 0, 0))?.physicalOffset).toBe(file === 0 ? 0 : undefined);
      await host.settle(store.close());
    }
  });

  it.each(Array.from({ length: 8 }, (_, index) => [(['IO', 'NO_SPACE'] as const)[index % 2]!, index] as const))(
    'takes a batch back whose write failed (%s, seed %i): nothing of it is there afterwards',
    async (code, seed) => {
      const host = new SimHost({ seed });
      const store = await host.start();
      for (const text of ['a', 'b']) await store.put(message({ text }));
      host.device.plan({ operation: 'write', path: '/commitlog/', code });
      const lost = await Promise.all(['x0', 'x1', 'x2'].map((text) => store.put(message({ text }))));
      for (const result of lost) expect(result).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
      expect(store.maxOffset('T', 0)).toBe(2);
      // The next one is of the same size: what is left of the failed write must not appear behind it.
      await host.clock.advance(2000);
      expect(stored(await store.put(message({ text: 'c0' }))).queueOffset).toBe(2);
      expect((await drain(store)).map(textOf)).toEqual(['a', 'b', 'c0']);
      host.crash('process');
      const again = await host.start();
      expect((await drain(again)).map(textOf)).toEqual(['a', 'b', 'c0']);
      await host.settle(again.close());
    },
  );

  it('refuses puts while the disk is full, reads on, and takes them again when there is space', async () => {
    const host = new SimHost({ capacityBytes: 200_000 });
    const store = await host.start();
    const accepted: string[] = [];
    let refused: PutResult | undefined;
    for (let index = 0; refused === undefined; index++) {
      const result = await store.put(message({ text: `m${index}`, properties: 'x'.repeat(500) }));
      if ('reason' in result) refused = result;
      else accepted.push(`m${index}`);
    }
    expect(refused).toMatchObject({
      status: 'SERVICE_NOT_AVAILABLE',
      reason: expect.stringContaining('disk full') as string,
    });
    expect(accepted.length).toBeGreaterThan(100);
    expect((await drain(store)).map(textOf)).toEqual(accepted);
    await host.clock.advance(10_000);
    expect(await store.put(message())).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
    host.device.capacityBytes = 1_000_000;
    await host.clock.advance(3000);
    expect(stored(await store.put(message({ text: 'after' }))).queueOffset).toBe(accepted.length);
    host.crash('process');
    const again = await host.start();
    expect((await drain(again)).map(textOf)).toEqual([...accepted, 'after']);
    await host.settle(again.close());
  });

  it('says so when the next file cannot be made', async () => {
    const host = new SimHost();
    const store = await host.start();
    await store.put(message({ body: new Uint8Array(3000) }));
    host.device.plan({ operation: 'open', path: '/commitlog/' });
    expect(await store.put(message({ body: new Uint8Array(3000) }))).toMatchObject({
      status: 'CREATE_MAPPED_FILE_FAILED',
    });
    expect(stored(await store.put(message({ body: new Uint8Array(3000) }))).queueOffset).toBe(1);
    await host.settle(store.close());
  });

  it('keeps consume queue entries in memory while they cannot be written, takes no more messages, and goes on later', async () => {
    const host = new SimHost();
    const store = await host.start();
    for (let index = 0; index < 20; index++) await store.put(message({ text: `m${index}` }));
    host.device.plan({ operation: 'write', path: '/consumequeue/', count: 3, code: 'NO_SPACE' });
    await host.clock.advance(1500);
    expect(await store.put(message())).toMatchObject({
      status: 'SERVICE_NOT_AVAILABLE',
      reason: expect.stringContaining('consume queues cannot be written') as string,
    });
    expect(await drain(store)).toHaveLength(20);
    await host.clock.advance(5000);
    expect(stored(await store.put(message())).queueOffset).toBe(20);
    await host.settle(store.close());
    expect(host.disk.statSync(`${ROOT}/abort`)).toBeUndefined();
    const again = await host.start();
    expect(await drain(again)).toHaveLength(21);
    await host.settle(again.close());
  });
});
