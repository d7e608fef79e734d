import { readRecord } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { message, STORE_HOST, stored, textOf } from './fixtures/messages.js';
import { drain, logFile, queueFile, ROOT, SimHost } from './fixtures/sim-store.js';

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `m${from + index}`);

describe('a store', () => {
  it('gives back what was put, across files and after a restart', async () => {
    const host = new SimHost();
    const store = await host.start();
    const results = await Promise.all(texts(100).map((text) => store.put(message({ text }))));
    expect(results.map((result) => stored(result).queueOffset)).toEqual(results.map((_, index) => index));
    expect((await drain(store)).map(textOf)).toEqual(texts(100));
    await store.close();
    const again = await host.start();
    expect((await drain(again)).map(textOf)).toEqual(texts(100));
    expect(stored(await again.put(message())).queueOffset).toBe(100);
    await again.close();
  });

  it('writes every field of a message', async () => {
    const host = new SimHost();
    const store = await host.start();
    const bornHost = Uint8Array.from({ length: 20 }, (_, index) => index);
    const result = stored(
      await store.put(
        message({
          topic: 'Ünïcode',
          queueId: 3,
          flag: -7,
          sysFlag: 8,
          bornTimestamp: 1_234_567_890_123,
          bornHost,
          reconsumeTimes: 2,
          preparedTransactionOffset: 2 ** 40 + 5,
          properties: 'TAGS\u0001ä\u0002',
          text: 'body',
        }),
      ),
    );
    const record = readRecord((await store.recordAt(result.physicalOffset))!);
    expect(record).toMatchObject({
      topic: 'Ünïcode',
      queueId: 3,
      flag: -7,
      sysFlag: 8 | 0x10,
      queueOffset: 0,
      physicalOffset: result.physicalOffset,
      bornTimestamp: 1_234_567_890_123,
      storeTimestamp: result.storeTimestamp,
      reconsumeTimes: 2,
      preparedTransactionOffset: 2 ** 40 + 5,
      properties: 'TAGS\u0001ä\u0002',
    });
    expect([...record.bornHost]).toEqual([...bornHost]);
    expect([...record.storeHost]).toEqual([...STORE_HOST]);
    await store.close();
  });

  it('stores a batch side by side, all or none', async () => {
    const host = new SimHost();
    const store = await host.start();
    await store.put(message());
    const batch = Array.from({ length: 21 }, (_, index) => message({ body: new Uint8Array(100).fill(index) }));
    const result = stored(await store.putBatch(batch));
    expect(result.queueOffset).toBe(1);
    expect(result.physicalOffsets).toHaveLength(21);
    // It did not fit behind the first message, so all of it went to the next file.
    expect(result.physicalOffset).toBe(4096);
    expect(await drain(store)).toHaveLength(22);
    const mixed = await store.putBatch([message(), message({ topic: 'other' })]);
    expect(mixed).toMatchObject({ status: 'MESSAGE_ILLEGAL' });
    expect(await store.putBatch([])).toMatchObject({ status: 'MESSAGE_ILLEGAL' });
    expect(store.maxOffset('T', 0)).toBe(22);
    await store.close();
  });

  it.each([
    ['a body over maxMessageSize', { body: new Uint8Array(2001) }, 'MESSAGE_ILLEGAL', /maxMessageSize/],
    ['a topic that is too long', { topic: 'x'.repeat(128) }, 'MESSAGE_ILLEGAL', /128 bytes, 127/],
    ['an empty topic', { topic: '' }, 'MESSAGE_ILLEGAL', /no queue 0/],
    ['a topic that is no name of a directory', { topic: '../x' }, 'MESSAGE_ILLEGAL', /no queue 0/],
    ['properties that are too long', { properties: 'ä'.repeat(16_384) }, 'PROPERTIES_SIZE_EXCEEDED', /32767/],
    ['a queue id that is none', { queueId: -1 }, 'MESSAGE_ILLEGAL', /-1/],
    ['a host that is none', { bornHost: new Uint8Array(3) }, 'MESSAGE_ILLEGAL', /born host/],
    ['a record larger than a file', { properties: 'x'.repeat(5000) }, 'MESSAGE_ILLEGAL', /commit log file of 4096/],
  ] as const)('refuses %s', async (_, fields, status, reason) => {
    const host = new SimHost();
    const store = await host.start({ maxMessageSize: 2000 });
    const refused = await store.put(message(fields));
    expect(refused).toMatchObject({ status, reason: expect.stringMatching(reason) as string });
    expect(stored(await store.put(message())).queueOffset).toBe(0);
    await store.close();
  });

  it('takes retry topics of up to 255 bytes, as records of version 2', async () => {
    const host = new SimHost();
    const store = await host.start();
    const topic = `%RETRY%${'g'.repeat(248)}`;
    const result = stored(await store.put(message({ topic })));
    expect(readRecord((await store.recordAt(result.physicalOffset))!)).toMatchObject({ topic, version: 2 });
    expect(await store.put(message({ topic: `${topic}g` }))).toMatchObject({ status: 'MESSAGE_ILLEGAL' });
    await store.close();
  });

  it('keeps prepared and rolled back messages out of the queues', async () => {
    const host = new SimHost();
    const store = await host.start();
    const prepared = stored(await store.put(message({ sysFlag: 4 })));
    await store.put(message({ sysFlag: 0xc }));
    await store.put(message({ sysFlag: 8, text: 'committed' }));
    expect((await drain(store)).map(textOf)).toEqual(['committed']);
    expect(readRecord((await store.recordAt(prepared.physicalOffset))!).queueOffset).toBe(0);
    await store.close();
    const again = await host.start();
    expect((await drain(again)).map(textOf)).toEqual(['committed']);
    await again.close();
  });

  it('wakes whoever waits for a queue', async () => {
    const host = new SimHost();
    const store = await host.start();
    const end = store.queueEnd('T', 0);
    expect(end.value).toBe(0);
    const waiting = end.reached(2);
    await store.put(message());
    expect(end.value).toBe(1);
    await store.put(message());
    expect(await waiting).toBe(true);
    const never = end.reached(3);
    await store.close();
    expect(await never).toBe(false);
  });

  it('tells which queues exist', async () => {
    const host = new SimHost();
    const store = await host.start();
    store.queueEnd('waited-for', 0);
    await store.put(message({ topic: 'A', queueId: 1 }));
    await store.put(message({ topic: 'B', queueId: 0 }));
    expect([...store.queues()]).toEqual([
      { topic: 'A', queueId: 1 },
      { topic: 'B', queueId: 0 },
    ]);
    expect([store.minOffset('none', 0), store.maxOffset('none', 0)]).toEqual([0, 0]);
    await store.close();
  });

  it('forgets the queues of a deleted topic, also when it is made again and all queues are rebuilt', async () => {
    const host = new SimHost();
    const store = await host.start();
    for (const text of ['old1', 'old2', 'old3']) await store.put(message({ text }));
    await store.put(message({ topic: 'other' }));
    await host.settle(store.deleteTopic('T'));
    expect(store.maxOffset('T', 0)).toBe(0);
    expect(host.disk.statSync(`${ROOT}/consumequeue/T`)).toBeUndefined();
    expect(stored(await store.put(message({ text: 'new' }))).queueOffset).toBe(0);
    expect((await drain(store)).map(textOf)).toEqual(['new']);
    host.crash('process');
    host.disk.removeSync(`${ROOT}/consumequeue`);
    const again = await host.start();
    expect((await drain(again)).map(textOf)).toEqual(['new']);
    expect(await drain(again, 'other')).toHaveLength(1);
    await again.close();
  });

  it('reports its state', async () => {
    const host = new SimHost();
    const store = host.open();
    expect(store.status().condition).toEqual({ writable: false, reason: 'the store is not open' });
    await host.settle(store.start());
    const { storeTimestamp } = stored(await store.put(message()));
    const status = store.status();
    expect(status).toMatchObject({
      condition: { writable: true },
      commitLogMinOffset: 0,
      dispatchBehindBytes: 0,
      earliestMessageTimestamp: storeTimestamp,
    });
    expect(status.commitLogMaxOffset).toBeGreaterThan(90);
    await host.clock.advance(20_000);
    expect(store.status().flushedOffset).toBe(status.commitLogMaxOffset);
    await host.settle(store.close());
    expect(await store.put(message())).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
  });

  it('closes twice, leaves no abort file and no file made ahead', async () => {
    const host = new SimHost();
    const store = await host.start();
    await store.put(message());
    expect(host.disk.statSync(`${ROOT}/abort`)).toBeDefined();
    await Promise.all([store.close(), store.close()]);
    expect(host.disk.statSync(`${ROOT}/abort`)).toBeUndefined();
    expect(host.disk.listSync(`${ROOT}/commitlog`).map(({ name }) => `${ROOT}/commitlog/${name}`)).toEqual([
      logFile(0),
    ]);
    expect(host.disk.statSync(logFile(0))?.size).toBe(4096);
    expect(host.disk.statSync(queueFile('T', 0))?.size).toBe(200);
    await expect(store.start()).rejects.toThrow(/started once/);
  });

  it('answers what was put before it is closed', async () => {
    const host = new SimHost();
    const store = await host.start();
    const put = store.put(message());
    await store.close();
    expect(stored(await put).queueOffset).toBe(0);
    const again = await host.start();
    expect(again.maxOffset('T', 0)).toBe(1);
    await again.close();
  });

  it('refuses to open a directory that is open', async () => {
    const host = new SimHost();
    const store = await host.start();
    const second = host.open();
    await expect(second.start()).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('open already') as string,
    });
    await store.put(message());
    await store.close();
    const third = await host.start();
    expect(third.maxOffset('T', 0)).toBe(1);
    await third.close();
  });

  it.each([
    [{ mappedFileSizeCommitLog: 12 }, /mappedFileSizeCommitLog=12 .* must be an integer from 1024/],
    [{ flushIntervalCommitLog: 1.5 }, /flushIntervalCommitLog/],
    [{ deleteWhen: '25' }, /deleteWhen/],
    [{ storePathRootDir: '' }, /storePathRootDir/],
    [{ storePathCommitLog: '/a,/b' }, /storePathCommitLog=.* one directory/],
    [{ storeHost: new Uint8Array(4) }, /storeHost/],
    [{ messageDelayLevel: '1s x' }, /messageDelayLevel=1s x/],
  ])('refuses the options %o', (options, reason) => {
    expect(() => new SimHost().open(options)).toThrow(reason);
  });
});
