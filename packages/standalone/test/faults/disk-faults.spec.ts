import { pullMessage, records, ResponseCode, sendMessageV2 } from '@cometmq/protocol';
import type { RemotingClient } from '@cometmq/remoting';
import { seededRandom, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { soundClient } from './bystander.js';
import { FaultServer, type FaultServerOptions, until } from './fault-server.js';
import { pullHeader, sendHeader } from './requests.js';

const { SERVICE_NOT_AVAILABLE, SUCCESS, SYSTEM_ERROR } = ResponseCode;
const KIB = 1 << 10;
const STORE = '/store';
const LOG = 'commitlog/';

/** A server on real sockets whose disk and time belong to the test. */
class FaultyDisk {
  readonly clock = new VirtualClock();
  readonly disk = new SimDisk({ clock: this.clock, random: seededRandom(3), capacityBytes: 2 ** 30 });
  server!: FaultServer;
  client!: RemotingClient;

  static async start(options: FaultServerOptions = {}): Promise<FaultyDisk> {
    const faulty = new FaultyDisk();
    faulty.client = await soundClient();
    await faulty.restart(options);
    return faulty;
  }

  async restart({ brokerProperties, ...options }: FaultServerOptions = {}): Promise<void> {
    this.server = await FaultServer.start({
      clock: this.clock,
      disk: this.disk.mount(),
      storeDir: STORE,
      brokerProperties: { mappedFileSizeCommitLog: String(1 << 20), ...brokerProperties },
      ...options,
    });
  }

  /** Code and remark of the answer. */
  async send(topic: string, text: string, bytes = 0): Promise<{ code: number; remark: string | undefined }> {
    const body = Buffer.concat([Buffer.from(text), Buffer.alloc(bytes)]);
    const header = sendHeader(topic);
    const { code, remark } = await this.client.invoke(this.server.address, sendMessageV2, header, { body });
    return { code, remark };
  }

  async sent(topic: string, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) expect(await this.send(topic, text)).toMatchObject({ code: SUCCESS });
  }

  pull(topic: string, offset = 0) {
    return this.client.invoke(this.server.address, pullMessage, pullHeader(topic, offset));
  }

  async texts(topic: string): Promise<string[]> {
    const texts: string[] = [];
    for (;;) {
      const pulled = await this.pull(topic, texts.length);
      if (pulled.code !== SUCCESS) return texts;
      for (const { body } of records(pulled.body)) texts.push(Buffer.from(body).toString().replaceAll('\0', ''));
    }
  }
}

describe('a disk that is full', () => {
  it('takes no messages, says so, gives out what it has, and takes them again when there is space', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'before');
    const taken = ['before'];
    // The commit log grows by a file at a time: fill until the next one does not fit.
    faulty.disk.capacityBytes = faulty.disk.usedBytes + 256 * KIB;
    let refusal: { code: number; remark: string | undefined } = { code: SUCCESS, remark: undefined };
    for (let index = 0; refusal.code === SUCCESS && index < 1000; index++) {
      refusal = await faulty.send('T', `filling ${index}`, 8 * KIB);
      if (refusal.code === SUCCESS) taken.push(`filling ${index}`);
    }
    expect(refusal.code).toBe(SERVICE_NOT_AVAILABLE);
    expect(refusal.remark).toMatch(/disk full/);
    expect(await faulty.send('T', 'small')).toEqual(refusal);
    expect(await faulty.texts('T')).toEqual(taken);
    expect(await faulty.server.page('/health')).toMatchObject({
      status: 200,
      body: { status: 'degraded', reason: expect.stringContaining('disk full') as string },
    });
    expect((await faulty.server.page('/ready')).status).toBe(503);

    faulty.disk.capacityBytes += 32 << 20;
    await faulty.clock.advance(2000);
    await faulty.sent('T', 'after');
    expect((await faulty.server.page('/ready')).status).toBe(200);
    expect(await faulty.texts('T')).toEqual([...taken, 'after']);

    await faulty.server.close();
    faulty.disk.crash('power');
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual([...taken, 'after']);
  });

  it('keeps a topic from being made, and makes it when there is space: it is there after the next start', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'before');
    faulty.disk.plan({ operation: 'write', path: 'topics.json', code: 'NO_SPACE' });
    const refused = await faulty.send('Fresh', 'too early');
    expect(refused.code).not.toBe(SUCCESS);
    expect(refused.remark).toMatch(/topics\.json/);
    expect(await faulty.texts('T')).toEqual(['before']);

    await faulty.sent('Fresh', 'in time');
    faulty.disk.crash('process');
    await faulty.restart();
    expect(await faulty.texts('Fresh')).toEqual(['in time']);
  });

  it('from the first message on leaves nothing that keeps the next server from starting', async () => {
    const faulty = await FaultyDisk.start();
    faulty.disk.capacityBytes = 4 << 20;
    await faulty.sent('T', 'no room for an index file');
    await faulty.clock.advance(5000);
    await faulty.server.close();
    faulty.disk.capacityBytes = 2 ** 30;
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual(['no room for an index file']);
  });

  it('does not keep the server from closing, nor the next one from starting', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'one', 'two');
    faulty.disk.capacityBytes = faulty.disk.usedBytes;
    await faulty.server.close();
    faulty.disk.capacityBytes += 32 << 20;
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual(['one', 'two']);
  });
});

describe('a disk that does not sync', () => {
  it('is told nothing is safe: SYNC_FLUSH acknowledges none, the reason is in /health, reads go on', async () => {
    const faulty = await FaultyDisk.start({ brokerProperties: { flushDiskType: 'SYNC_FLUSH' } });
    await faulty.sent('T', 'safe');
    faulty.disk.plan({ operation: 'sync', path: LOG, dropsData: true });
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => faulty.send('T', text)));
    for (const { code, remark } of answers) {
      expect(code).toBe(SERVICE_NOT_AVAILABLE);
      expect(remark).toMatch(/syncing the commit log failed/);
    }
    // Once is enough: nobody knows what the kernel has dropped.
    expect((await faulty.send('T', 'later')).code).toBe(SERVICE_NOT_AVAILABLE);
    expect(await faulty.texts('T')).toEqual(['safe']);
    expect(await faulty.server.page('/health')).toMatchObject({
      status: 200,
      body: { status: 'degraded', reason: expect.stringContaining('syncing the commit log failed') as string },
    });
    expect((await faulty.server.page('/ready')).status).toBe(503);

    await faulty.server.close();
    faulty.disk.crash('power');
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual(['safe']);
    await faulty.sent('T', 'again');
  });

  it('with ASYNC_FLUSH takes no more messages from then on, and still gives out all it has', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'one', 'two');
    faulty.disk.plan({ operation: 'sync', path: LOG });
    await faulty.send('T', 'large', 64 * KIB);
    await faulty.clock.advance(12_000);
    const refused = await faulty.send('T', 'three');
    expect(refused).toMatchObject({ code: SERVICE_NOT_AVAILABLE });
    expect(refused.remark).toMatch(/syncing the commit log failed/);
    expect(await faulty.texts('T')).toEqual(['one', 'two', 'large']);
    expect((await faulty.server.page('/health')).body).toMatchObject({ status: 'degraded' });
    // The kernel has what was acknowledged: the end of the program loses nothing.
    faulty.disk.crash('process');
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual(['one', 'two', 'large']);
  });

  it('slows nobody down beyond the timeout', async () => {
    const faulty = await FaultyDisk.start({
      brokerProperties: { flushDiskType: 'SYNC_FLUSH', syncFlushTimeout: '500' },
    });
    await faulty.sent('T', 'first');
    faulty.disk.syncMs = [60_000, 60_000];
    const waiting = faulty.send('T', 'slow');
    let settled = false;
    void waiting.finally(() => (settled = true));
    await until(async () => {
      await faulty.clock.advance(100);
      return settled;
    });
    expect((await waiting).code).toBe(ResponseCode.FLUSH_DISK_TIMEOUT);
    expect((await faulty.server.page('/health')).body).toMatchObject({ status: 'up' });
    faulty.disk.syncMs = [0, 0];
    await faulty.clock.advance(60_000);
    expect(await faulty.texts('T')).toEqual(['first', 'slow']);
  });
});

describe('a disk that cannot be read', () => {
  it('for a moment fails the pulls of that moment, clearly, and nothing else', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'one', 'two');
    await faulty.server.close();
    await faulty.restart();
    // The index of keys reads the log, too, and is ready by then.
    await faulty.clock.advance(10_000);
    faulty.disk.plan({ operation: 'read', path: LOG, count: 1 });
    const failed = await faulty.pull('T');
    expect(failed.code).toBe(SYSTEM_ERROR);
    expect(failed.remark).toMatch(/simulated failure of read|DiskError/);
    expect(faulty.server.log.some(({ level }) => level === 'error')).toBe(true);
    await faulty.sent('T', 'three');
    expect(await faulty.texts('T')).toEqual(['one', 'two', 'three']);
  });

  it('at the start keeps the server from starting, with the path, and without having changed anything', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'one', 'two');
    faulty.disk.crash('process');
    faulty.disk.plan({ operation: 'read', path: LOG, count: 1 });
    await expect(faulty.restart()).rejects.toThrow(/commitlog/);
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual(['one', 'two']);
  });

  it('when it cannot be written either refuses the message, and the next one is taken', async () => {
    const faulty = await FaultyDisk.start();
    await faulty.sent('T', 'one');
    faulty.disk.plan({ operation: 'write', path: LOG, count: 1 });
    const refused = await faulty.send('T', 'lost');
    expect(refused.code).not.toBe(SUCCESS);
    expect(refused.remark).toMatch(/writing to the commit log failed/);
    await faulty.sent('T', 'two');
    expect(await faulty.texts('T')).toEqual(['one', 'two']);
    faulty.disk.crash('process');
    await faulty.restart();
    expect(await faulty.texts('T')).toEqual(['one', 'two']);
  });
});
