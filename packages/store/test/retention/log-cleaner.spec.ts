import { describe, expect, it } from 'vitest';
import type { MessageStore } from '../../src/ports.js';
import { message, stored } from '../fixtures/messages.js';
import { drain, ROOT, SimHost } from '../fixtures/sim-store.js';

const HOUR_MS = 3_600_000;

const logFiles = (host: SimHost) => host.disk.listSync(`${ROOT}/commitlog`).map(({ name }) => Number(name));
const queueFiles = (host: SimHost) => host.disk.listSync(`${ROOT}/consumequeue/T/0`).map(({ name }) => Number(name));

async function fill(store: MessageStore, count: number): Promise<void> {
  for (let index = 0; index < count; index++) stored(await store.put(message()));
}

/** Moves the wall clock to a local hour and lets the cleaner have a look. */
async function atHour(host: SimHost, hour: number): Promise<void> {
  const now = new Date(host.clock.now());
  const wanted = new Date(now);
  wanted.setHours(hour, 30, 0, 0);
  if (wanted <= now) wanted.setDate(wanted.getDate() + 1);
  host.clock.jumpWallClock(wanted.getTime() - now.getTime());
  await host.clock.advance(60_000);
}

describe('retention', () => {
  it('removes expired files in the hour of deleteWhen, with what queues know of them', async () => {
    const host = new SimHost();
    const store = await host.start({ fileReservedTime: 10, deleteWhen: '04' });
    await fill(store, 100);
    await host.clock.advance(2000);
    expect(logFiles(host)).toEqual([0, 4096, 8192]);
    await atHour(host, 3);
    host.clock.jumpWallClock(24 * HOUR_MS);
    await host.clock.advance(60_000);
    expect(logFiles(host)).toEqual([0, 4096, 8192]);
    await atHour(host, 4);
    // The last file stays whatever its age.
    expect(logFiles(host)).toEqual([8192]);
    expect(store.minOffset('T', 0)).toBe(84);
    expect(queueFiles(host)[0]).toBe(1600);
    expect(await drain(store)).toHaveLength(16);
    expect(store.status()).toMatchObject({ commitLogMinOffset: 8192 });
    expect(await store.read({ topic: 'T', queueId: 0, offset: 3, maxMessages: 1, maxBytes: 1 })).toMatchObject({
      status: 'OFFSET_TOO_SMALL',
      nextOffset: 84,
    });
    await host.settle(store.close());
    const again = await host.start();
    expect([again.minOffset('T', 0), again.maxOffset('T', 0)]).toEqual([84, 100]);
    await host.settle(again.close());
  });

  it('keeps what is not expired', async () => {
    const host = new SimHost();
    const store = await host.start({ fileReservedTime: 72 });
    await fill(store, 50);
    await host.clock.advance(HOUR_MS);
    await fill(store, 50);
    host.clock.jumpWallClock(71.5 * HOUR_MS);
    expect(await host.settle(store.deleteExpired())).toBeGreaterThan(0);
    expect(logFiles(host)).toEqual([4096, 8192]);
    await host.settle(store.close());
  });

  it('removes at most deleteFileBatchMax files at a time', async () => {
    const host = new SimHost();
    const store = await host.start({ fileReservedTime: 0, deleteFileBatchMax: 2 });
    await fill(store, 250);
    const before = logFiles(host).length;
    await host.settle(store.deleteExpired());
    expect(logFiles(host).length).toBe(before - 2);
    await host.settle(store.close());
  });

  it('makes room at any hour when the disk is getting full, refuses puts over the warning level and takes them again', async () => {
    const host = new SimHost({ capacityBytes: 100_000 });
    const store = await host.start({
      fileReservedTime: 72,
      deleteWhen: '04',
      diskSpaceWarningLevelRatio: 80,
      deleteFileBatchMax: 3,
    });
    await atHour(host, 12);
    await fill(store, 720);
    expect(store.status().diskUsedRatio).toBeGreaterThan(0.8);
    const before = logFiles(host).length;
    await host.clock.advance(10_000);
    expect(logFiles(host).length).toBe(before - 3);
    const refused = await store.put(message());
    expect(refused).toMatchObject({
      status: 'SERVICE_NOT_AVAILABLE',
      reason: expect.stringContaining('disk full') as string,
    });
    expect(store.status().condition).toMatchObject({ writable: false });
    await host.clock.advance(60_000);
    expect(store.status().diskUsedRatio).toBeLessThanOrEqual(0.8);
    expect(stored(await store.put(message())).queueOffset).toBe(720);
    await host.settle(store.close());
  });

  it('removes nothing that is not expired when that is not allowed', async () => {
    const host = new SimHost({ capacityBytes: 60_000 });
    const store = await host.start({
      fileReservedTime: 72,
      cleanFileForciblyEnable: false,
      diskSpaceWarningLevelRatio: 80,
    });
    await atHour(host, 12);
    await fill(store, 350);
    const before = logFiles(host).length;
    await host.clock.advance(60_000);
    expect(logFiles(host).length).toBe(before);
    expect(await store.put(message())).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
    host.device.capacityBytes = 1_000_000;
    await host.clock.advance(20_000);
    expect(stored(await store.put(message())).queueOffset).toBe(350);
    await host.settle(store.close());
  });

  it('leaves a queue empty with its maximum when all of its messages are gone', async () => {
    const host = new SimHost();
    const store = await host.start({ fileReservedTime: 0 });
    for (let index = 0; index < 5; index++) await store.put(message({ topic: 'old' }));
    await fill(store, 100);
    await host.settle(store.deleteExpired());
    expect([store.minOffset('old', 0), store.maxOffset('old', 0)]).toEqual([5, 5]);
    expect(await store.read({ topic: 'old', queueId: 0, offset: 0, maxMessages: 1, maxBytes: 1 })).toMatchObject({
      status: 'OFFSET_TOO_SMALL',
      nextOffset: 5,
    });
    expect(stored(await store.put(message({ topic: 'old' }))).queueOffset).toBe(5);
    await host.settle(store.close());
    const again = await host.start();
    expect([again.minOffset('old', 0), again.maxOffset('old', 0)]).toEqual([5, 6]);
    await host.settle(again.close());
  });

  it('steps over messages that go while they are being read', async () => {
    const host = new SimHost({ readMs: [50, 50] });
    const first = await host.start({ fileReservedTime: 0 });
    await fill(first, 100);
    await host.settle(first.close());
    const store = await host.start({ fileReservedTime: 0 });
    const reading = store.read({ topic: 'T', queueId: 0, offset: 0, maxMessages: 32, maxBytes: 100_000 });
    await host.clock.advance(60);
    await host.settle(store.deleteExpired());
    const result = await host.settle(Promise.resolve(reading));
    expect(['FOUND', 'MESSAGE_WAS_REMOVING']).toContain(result.status);
    expect(result.nextOffset).toBeGreaterThan(0);
    await host.settle(store.close());
  });
});
