import { describe, expect, it } from 'vitest';
import { message, stored, textOf } from '../fixtures/messages.js';
import { drain, ROOT, SimHost } from '../fixtures/sim-store.js';

const SYNC = { flushDiskType: 'SYNC_FLUSH' } as const;

/** Counts the syncs of commit log files. */
function countSyncs(host: SimHost): () => number {
  let syncs = 0;
  const { disk } = host;
  const openSync = disk.openSync.bind(disk);
  disk.openSync = (path, mode) => {
    const file = openSync(path, mode);
    if (!path.includes('/commitlog/')) return file;
    const sync = file.sync.bind(file);
    file.sync = () => {
      syncs++;
      return sync();
    };
    return file;
  };
  return () => syncs;
}

describe('flushing', () => {
  it('with SYNC_FLUSH answers when the disk has the message, and shows it to nobody before', async () => {
    const host = new SimHost({ syncMs: [10, 10] });
    const store = await host.start(SYNC);
    let answered = false;
    const put = store.put(message()).then((result) => {
      answered = true;
      return result;
    });
    await host.clock.advance(5);
    expect(answered).toBe(false);
    expect(store.maxOffset('T', 0)).toBe(0);
    await host.clock.advance(20);
    expect(stored(await put).status).toBe('PUT_OK');
    expect(store.maxOffset('T', 0)).toBe(1);
    expect(store.status().flushedOffset).toBe(store.status().commitLogMaxOffset);
    await host.settle(store.close());
  });

  it('shares one sync among all who came while another was under way', async () => {
    const host = new SimHost({ syncMs: [10, 10] });
    const syncs = countSyncs(host);
    const store = await host.start({ ...SYNC, mappedFileSizeCommitLog: 1 << 20 });
    await host.settle(store.put(message()));
    const before = syncs();
    const first = store.put(message());
    await host.clock.advance(1);
    const others = Array.from({ length: 50 }, () => store.put(message()));
    await host.clock.advance(1);
    others.push(...Array.from({ length: 50 }, () => store.put(message())));
    await host.settle(Promise.all([first, ...others]));
    expect(syncs() - before).toBe(2);
    await host.settle(store.close());
  });

  it('does not let messages with waitStoreOk false wait', async () => {
    const host = new SimHost({ syncMs: [1000, 1000] });
    const store = await host.start(SYNC);
    const result = await store.put(message(), { waitStoreOk: false });
    expect(result.status).toBe('PUT_OK');
    expect(store.maxOffset('T', 0)).toBe(0);
    await host.clock.advance(5000);
    expect(store.maxOffset('T', 0)).toBe(1);
    await host.settle(store.close());
  });

  it('answers FLUSH_DISK_TIMEOUT when the disk takes too long; the message becomes visible when it is there', async () => {
    const host = new SimHost();
    const store = await host.start({ ...SYNC, syncFlushTimeout: 100 });
    host.device.syncMs = [1000, 1000];
    const put = store.put(message({ text: 'slow' }));
    await host.clock.advance(150);
    expect(await put).toMatchObject({ status: 'FLUSH_DISK_TIMEOUT', queueOffset: 0 });
    expect(store.maxOffset('T', 0)).toBe(0);
    await host.clock.advance(5000);
    expect((await drain(store)).map(textOf)).toEqual(['slow']);
    await host.settle(store.close());
  });

  it('refuses more puts than may wait for the disk', async () => {
    const host = new SimHost();
    const store = await host.start({ ...SYNC, maxWaitingPuts: 10 });
    host.device.syncMs = [1000, 1000];
    const waiting = Array.from({ length: 10 }, () => store.put(message()));
    await host.clock.settle();
    expect(await store.put(message())).toMatchObject({
      status: 'SERVICE_NOT_AVAILABLE',
      reason: expect.stringContaining('maxWaitingPuts') as string,
    });
    for (const result of await host.settle(Promise.all(waiting))) stored(result);
    stored(await host.settle(store.put(message())));
    await host.settle(store.close());
  });

  it('after a failed sync acknowledges nothing that waited for it and takes no more messages', async () => {
    const host = new SimHost();
    const store = await host.start(SYNC);
    stored(await host.settle(store.put(message({ text: 'safe' }))));
    host.device.syncMs = [10, 10];
    host.device.plan({ operation: 'sync', path: '/commitlog/', dropsData: true });
    const first = store.put(message({ text: 'lost' }));
    await host.clock.advance(1);
    const second = store.put(message({ text: 'also lost' }));
    for (const result of await host.settle(Promise.all([first, second]))) {
      expect(result).toMatchObject({
        status: 'SERVICE_NOT_AVAILABLE',
        reason: expect.stringContaining('syncing the commit log failed') as string,
      });
    }
    await host.clock.advance(60_000);
    expect(await store.put(message())).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
    expect(store.status().condition).toMatchObject({ writable: false });
    expect((await drain(store)).map(textOf)).toEqual(['safe']);
    await host.settle(store.close());
    // It is not a clean end: the next start has to look at everything.
    expect(host.disk.statSync(`${ROOT}/abort`)).toBeDefined();
    host.crash('power');
    const again = await host.start(SYNC);
    expect((await drain(again)).map(textOf)[0]).toBe('safe');
    await host.settle(again.close());
  });

  it('with ASYNC_FLUSH flushes in its interval, few pages only after the thorough interval', async () => {
    const host = new SimHost();
    const store = await host.start({
      mappedFileSizeCommitLog: 1 << 20,
      flushIntervalCommitLog: 500,
      flushCommitLogThoroughInterval: 10_000,
    });
    await store.put(message());
    await host.clock.advance(5000);
    expect(store.status().flushedOffset).toBe(0);
    await host.clock.advance(6000);
    expect(store.status().flushedOffset).toBe(store.status().commitLogMaxOffset);
    await store.put(message({ body: new Uint8Array(20_000) }));
    await host.clock.advance(600);
    expect(store.status().flushedOffset).toBe(store.status().commitLogMaxOffset);
    await host.settle(store.close());
  });
});
