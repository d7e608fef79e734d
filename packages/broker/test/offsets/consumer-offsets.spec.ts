import {
  consumerOffsetFile,
  consumerOffsetSerializeWrapper,
  deleteSubscriptiongroup,
  deleteTopicInBroker,
  getAllConsumerOffset,
  getEarliestMsgStoretime,
  getMaxOffset,
  getMinOffset,
  queryConsumerOffset,
  ResponseCode,
  searchOffsetByTimestamp,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { encodeUtf8, VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { goldenStore } from '../../../../tools/golden-reader/golden-store.js';
import { type HarnessOptions, STORE } from '../broker-harness.js';
import { client, closeBrokerAfterEach, harness, startBroker } from '../broker-per-test.js';

const FILE = `${STORE}/config/consumerOffset.json`;

const start = async (options: HarnessOptions = {}) => {
  await startBroker(options);
  await client.send('T', 'x');
  await client.consume('CG', { T: '*' });
};
closeBrokerAfterEach();

const commit = (commitOffset: number, more: object = {}) =>
  client.ask(updateConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId: 0, commitOffset, ...more });
const query = (more: object = {}) =>
  client.ask(queryConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId: 0, ...more });
const file = () => consumerOffsetFile.parse(Buffer.from(harness.disk.readFileSync(FILE)!).toString());

describe('an offset', () => {
  it('is kept as it is committed, backwards and negative too', async () => {
    await start();
    for (const offset of [5, 3, 0]) {
      expect((await commit(offset)).code).toBe(0);
      expect(await query()).toMatchObject({ code: 0, header: { offset } });
    }
    await commit(-1);
    expect(await query({ setZeroIfNotFound: false })).toMatchObject({ code: ResponseCode.QUERY_NOT_FOUND });
  });

  it('of a new group is 0 while the first message is in memory, and not found in a queue without messages', async () => {
    await start();
    expect(await query({ consumerGroup: 'New' })).toMatchObject({ code: 0, header: { offset: 0 } });
    expect((await query({ consumerGroup: 'New', setZeroIfNotFound: false })).code).toBe(ResponseCode.QUERY_NOT_FOUND);
    expect((await query({ consumerGroup: 'New', queueId: 3 })).code).toBe(ResponseCode.QUERY_NOT_FOUND);
    expect((await query({ consumerGroup: 'New', queueId: -1 })).code).toBe(ResponseCode.QUERY_NOT_FOUND);
  });

  it.each([
    [{ consumerGroup: 'Nobody' }, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST],
    [{ topic: 'Nowhere' }, ResponseCode.TOPIC_NOT_EXIST],
    [{ queueId: -1 }, ResponseCode.INVALID_PARAMETER],
    [{ queueId: 1 << 30 }, ResponseCode.INVALID_PARAMETER],
  ])('for %j is refused', async (more, code) => {
    await start();
    expect((await commit(1, more)).code).toBe(code);
    expect(harness.gauge('offset_entries')).toBe(0);
  });

  it('is on the disk after five seconds, and after a restart', async () => {
    const clock = new VirtualClock();
    await start({ clock });
    await commit(7);
    await clock.advance(5100);
    expect(file().offsetTable).toEqual(new Map([['T@CG', new Map([[0, 7]])]]));
    expect(file().groupTopicMap).toEqual(new Map([['CG', ['T']]]));
    await commit(8);
    const { disk } = harness;
    await harness.close();
    await start({ clock, disk });
    expect((await query()).header?.offset).toBe(8);
  });

  it('is not written again when nothing changed', async () => {
    await start();
    await commit(7);
    await harness.clock.advance(5100);
    harness.disk.removeSync(FILE);
    await commit(7);
    await harness.clock.advance(20_000);
    expect(harness.disk.statSync(FILE)).toBeUndefined();
  });

  it('is written early when many have changed', async () => {
    await start({ flushConsumerOffsetDirtyCount: 3 });
    for (const offset of [1, 2, 3]) await commit(offset);
    await harness.clock.settle();
    expect(file().offsetTable.get('T@CG')?.get(0)).toBe(3);
  });

  it('goes with its topic, and with its group when that is wished', async () => {
    await start();
    await commit(7);
    await client.ask(deleteSubscriptiongroup, { groupName: 'CG', cleanOffset: false });
    expect((await query()).header?.offset).toBe(7);
    await client.ask(deleteSubscriptiongroup, { groupName: 'CG', cleanOffset: true });
    expect((await query({ setZeroIfNotFound: false })).code).toBe(ResponseCode.QUERY_NOT_FOUND);
    await client.consume('CG', { T: '*' });
    await commit(7);
    await client.ask(deleteTopicInBroker, { topic: 'T' });
    expect((await query()).code).toBe(ResponseCode.QUERY_NOT_FOUND);
    expect(harness.gauge('offset_entries')).toBe(0);
  });

  it('that Apache has written is read', async () => {
    const clock = new VirtualClock();
    await start({ clock });
    const { disk } = harness;
    await harness.close();
    disk.writeFileSync(FILE, goldenStore('clean-5.3.3').get('config/consumerOffset.json')!);
    await start({ clock, disk });
    expect((await query({ consumerGroup: 'GS_reader2', topic: 'GS_tagged', queueId: 1 })).header?.offset).toBe(7);
    const all = consumerOffsetSerializeWrapper.decode((await client.ask(getAllConsumerOffset, {})).body);
    expect(all.offsetTable.get('GS_tagged@GS_reader1')).toEqual(
      new Map([
        [0, 3],
        [1, 4],
      ]),
    );
  });

  it('is lost with a file that nobody can read, and the broker starts from the backup', async () => {
    const clock = new VirtualClock();
    await start({ clock });
    await commit(7);
    await clock.advance(5100);
    await commit(8);
    await clock.advance(5100);
    const { disk } = harness;
    await harness.close();
    disk.writeFileSync(FILE, encodeUtf8('{"offsetTable":{"T@CG":{0:'));
    await start({ clock, disk });
    expect((await query()).header?.offset).toBe(7);
  });
});

describe('offsets of queues', () => {
  it('are those of the store', async () => {
    await start();
    await client.send('T', 'y');
    const at = { topic: 'T', queueId: 0 };
    expect((await client.ask(getMaxOffset, { ...at, committed: true })).header?.offset).toBe(2);
    expect((await client.ask(getMinOffset, at)).header?.offset).toBe(0);
    const first = (await client.ask(getEarliestMsgStoretime, at)).header!.timestamp;
    expect(first).toBeGreaterThan(1_600_000_000_000);
    expect((await client.ask(searchOffsetByTimestamp, { ...at, timestamp: 0 })).header?.offset).toBe(0);
    expect((await client.ask(searchOffsetByTimestamp, { ...at, timestamp: first + 1e9 })).header?.offset).toBe(2);
    expect(
      (await client.ask(searchOffsetByTimestamp, { ...at, timestamp: first + 1e9, boundaryType: 'UPPER' })).header
        ?.offset,
    ).toBe(1);
  });

  it.each([
    ['T', 9],
    ['Nowhere', 0],
    ['T', -1],
  ])('of a queue that is not there: %s %d', async (topic, queueId) => {
    await start();
    const at = { topic, queueId };
    expect((await client.ask(getMaxOffset, { ...at, committed: true })).header?.offset).toBe(0);
    expect((await client.ask(getMinOffset, at)).header?.offset).toBe(0);
    expect((await client.ask(getEarliestMsgStoretime, at)).header?.timestamp).toBe(-1);
    expect((await client.ask(searchOffsetByTimestamp, { ...at, timestamp: 5 })).header?.offset).toBe(0);
  });
});
