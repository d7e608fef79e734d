import {
  consumerSendMsgBack,
  decodeProperties,
  ResponseCode,
  updateAndCreateSubscriptiongroup,
} from '@cometmq/protocol';
import { encodeUtf8, seededRandom, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { BrokerHarness, bodyText, records } from '../../broker-harness.js';
import { brokerPerTest, client, harness } from '../../broker-per-test.js';

brokerPerTest(() => client.consume('CG', { T: '*' }));

const back = (offset: number, more: object = {}) =>
  client.ask(consumerSendMsgBack, { offset, group: 'CG', delayLevel: 0, unitMode: false, ...more });
const stored = async (topic: string, queueOffset = 0) => records((await client.pull(topic, { queueOffset })).body);
const sendOne = async (body = 'work', properties = '') => {
  await client.send('T', body, { properties });
  return (await stored('T')).at(-1)!;
};
const group = (more: object) =>
  client.ask(updateAndCreateSubscriptiongroup, {}, { body: encodeUtf8(JSON.stringify({ groupName: 'CG', ...more })) });

describe('a message that is given back', () => {
  it('comes again after ten seconds, later and later, and then lies with the dead letters', async () => {
    await group({ retryMaxTimes: 2 });
    let record = await sendOne('work', 'UNIQ_KEY\u0001U\u0002TAGS\u0001A\u0002');
    const origin = record;
    for (const [times, seconds] of [
      [1, 10],
      [2, 30],
    ] as const) {
      expect((await back(record.physicalOffset)).code).toBe(ResponseCode.SUCCESS);
      await harness.clock.advance(seconds * 1000 - 1000);
      expect(await stored('%RETRY%CG', times - 1)).toEqual([]);
      await harness.clock.advance(1100);
      [record] = (await stored('%RETRY%CG', times - 1)) as [typeof record];
      expect(bodyText(record)).toBe('work');
      expect(record).toMatchObject({
        reconsumeTimes: times,
        bornTimestamp: origin.bornTimestamp,
        topic: '%RETRY%CG',
        queueOffset: times - 1,
      });
    }
    const properties = decodeProperties(record.properties);
    expect(properties.get('RETRY_TOPIC')).toBe('T');
    expect(properties.get('UNIQ_KEY')).toBe('U');
    expect(properties.get('ORIGIN_MESSAGE_ID')).toBe('7F00000100002A9F0000000000000000');
    expect((await back(record.physicalOffset)).code).toBe(ResponseCode.SUCCESS);
    const [dead] = await stored('%DLQ%CG');
    expect(dead).toMatchObject({ reconsumeTimes: 3, queueId: 0 });
    expect(decodeProperties(dead!.properties).get('RETRY_TOPIC')).toBe('T');
    expect(await stored('%RETRY%CG', 2)).toEqual([]);
    expect(harness.gauge('dead_letters_total')).toBe(1);
  });

  it('is not taken back before it is as safe as when it was sent', async () => {
    const clock = new VirtualClock();
    const disk = new SimDisk({ clock, random: seededRandom(1) });
    const store = { flushDiskType: 'SYNC_FLUSH' as const, syncFlushTimeout: 1000 };
    const other = await BrokerHarness.start({ clock, disk: disk.mount(), store });
    const consumer = other.client();
    await consumer.consume('CG', { T: '*' });
    await consumer.send('T', 'work');
    const [record] = records((await consumer.pull('T')).body);
    const header = { offset: record!.physicalOffset, group: 'CG', delayLevel: 1, unitMode: false };
    disk.syncMs = [3000, 3000];
    // Another copy comes later: what counts is that the consumer does not go on.
    expect((await consumer.ask(consumerSendMsgBack, header)).code).toBe(ResponseCode.SYSTEM_ERROR);
    disk.syncMs = [0, 0];
    await clock.advance(5000);
    expect((await consumer.ask(consumerSendMsgBack, header)).code).toBe(ResponseCode.SUCCESS);
    await other.close();
  });

  it('goes to the dead letters at once when the client says so', async () => {
    expect((await back((await sendOne()).physicalOffset, { delayLevel: -1 })).code).toBe(0);
    expect((await stored('%DLQ%CG')).map(bodyText)).toEqual(['work']);
  });

  it('waits as long as the client says', async () => {
    await back((await sendOne()).physicalOffset, { delayLevel: 1 });
    await harness.clock.advance(1100);
    expect((await stored('%RETRY%CG')).map(bodyText)).toEqual(['work']);
  });

  it('is counted by what the client allows', async () => {
    await back((await sendOne()).physicalOffset, { maxReconsumeTimes: 0 });
    expect((await stored('%DLQ%CG')).map(bodyText)).toEqual(['work']);
  });

  it('is dropped when its group wants no retries', async () => {
    await group({ retryQueueNums: 0 });
    expect((await back((await sendOne()).physicalOffset)).code).toBe(0);
    expect(harness.gauge('send_backs_total')).toBe(0);
  });

  it.each([1 << 30, 7, -1, Number.MAX_SAFE_INTEGER])('but is not at offset %d is refused', async (offset) => {
    await sendOne();
    expect(await back(offset)).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: `look message by offset failed, ${offset}`,
    });
  });

  it('to a group with an illegal name is refused', async () => {
    expect((await back(0, { group: 'no way' })).code).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  });
});
