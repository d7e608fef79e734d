import { decodeProperties, getMaxOffset, ResponseCode, sendMessage, sendMessageV2 } from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { bodyText, BrokerHarness, records, sendHeader } from '../../broker-harness.js';
import { brokerPerTest, client, harness } from '../../broker-per-test.js';

brokerPerTest();

const createTopic = (topic: string, more: object = {}) =>
  client.makeTopic(topic, { readQueueNums: 2, writeQueueNums: 2, ...more });
const stored = async (topic: string, queueId = 0) => records((await client.pull(topic, { queueId })).body);

describe('a message to be stored', () => {
  it('gets an id, cluster, region and trace switch, and keeps its own properties', async () => {
    const sent = await client.send('T', 'x', { properties: 'TAGS\u0001A\u0002WAIT\u0001true' });
    const [record] = await stored('T');
    const properties = decodeProperties(record!.properties);
    expect(Object.fromEntries(properties)).toMatchObject({
      TAGS: 'A',
      WAIT: 'true',
      CLUSTER: 'DefaultCluster',
      MSG_REGION: 'DefaultRegion',
      TRACE_ON: 'true',
    });
    expect(properties.get('UNIQ_KEY')).toMatch(/^[0-9A-F]{32}$/);
    expect(sent.header?.transactionId).toBe(properties.get('UNIQ_KEY'));
  });

  it('that comes again has what brokers set only once, and no POP handle', async () => {
    await client.send('T', 'x', {
      properties:
        'CLUSTER\u0001old\u0002POP_CK\u0001handle\u0002MSG_REGION\u0001r\u0002UNIQ_KEY\u0001U\u0002TRACE_ON\u0001false\u0002',
    });
    const [record] = await stored('T');
    expect(record!.properties).toBe(
      'UNIQ_KEY\u0001U\u0002CLUSTER\u0001DefaultCluster\u0002MSG_REGION\u0001DefaultRegion\u0002TRACE_ON\u0001true\u0002',
    );
  });

  it('keeps flag, times and body as they came', async () => {
    const body = Uint8Array.from({ length: 5000 }, (_, index) => index & 0xff);
    await client.send('T', body, { flag: -7, bornTimestamp: 1_234_567_890_123, reconsumeTimes: 2, sysFlag: 1 });
    const [record] = await stored('T');
    expect(record).toMatchObject({
      flag: -7,
      bornTimestamp: 1_234_567_890_123,
      reconsumeTimes: 2,
      sysFlag: 1,
      storeTimestamp: expect.any(Number) as number,
    });
    expect(record!.body).toEqual(body);
  });

  it('with long header names is the same', async () => {
    const answer = await client.ask(sendMessage, sendHeader('T', 1), { body: encodeUtf8('long') });
    expect(answer).toMatchObject({ code: 0, header: { queueOffset: 0 } });
    expect((await stored('T')).map(bodyText)).toEqual(['long']);
  });

  it('for no particular queue goes to one that exists', async () => {
    await createTopic('Two');
    const queues = new Set<number>();
    for (let round = 0; round < 30; round++)
      queues.add((await client.send('Two', 'x', { queueId: -1 })).header!.queueId);
    expect(queues).toEqual(new Set([0, 1]));
  });

  it('of a MULTI_TAG topic is marked', async () => {
    await createTopic('Multi', { topicFilterType: 'MULTI_TAG' });
    await client.send('Multi', 'x');
    expect((await stored('Multi'))[0]?.sysFlag).toBe(2);
  });

  it('cannot call itself half of a transaction or an inner batch', async () => {
    await client.send('T', 'x', { sysFlag: 0x4 | 0xc0 | 0x301 });
    expect((await stored('T'))[0]?.sysFlag).toBe(0x301);
  });

  it('one-way is stored and not answered', async () => {
    await client.send('T', 'first');
    client.connection.oneway(sendMessageV2, sendHeader('T', 1), { body: encodeUtf8('second') });
    await harness.clock.settle();
    expect(await client.ask(getMaxOffset, { topic: 'T', queueId: 0, committed: true })).toMatchObject({
      header: { offset: 2 },
    });
  });

  it('to a topic that may not be written to is taken all the same, as Apache takes it', async () => {
    await createTopic('ReadOnly', { perm: 4 });
    expect((await client.send('ReadOnly', 'x')).code).toBe(ResponseCode.SUCCESS);
  });
});

describe('a message that is refused', () => {
  const code = async (promise: Promise<{ code: number; remark: string | undefined; fields: object }>) => {
    const answer = await promise;
    expect(answer.fields).toMatchObject({ MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' });
    return [answer.code, answer.remark];
  };

  it.each([
    ['an illegal name', 'bad topic!', {}, ResponseCode.INVALID_PARAMETER, 'bad topic!'],
    ['an empty name', '', {}, ResponseCode.INVALID_PARAMETER, 'no name'],
    ['a name that is too long', 'x'.repeat(128), {}, ResponseCode.INVALID_PARAMETER, '128'],
    ['a system topic', 'SCHEDULE_TOPIC_XXXX', {}, ResponseCode.NO_PERMISSION, 'forbidden'],
    ['the half topic', 'RMQ_SYS_TRANS_HALF_TOPIC', {}, ResponseCode.NO_PERMISSION, 'forbidden'],
    [
      'an unknown topic without a template',
      'Unknown',
      { defaultTopic: 'NoSuch' },
      ResponseCode.TOPIC_NOT_EXIST,
      'apply first',
    ],
    ['a queue that is not there', 'T', { queueId: 99 }, ResponseCode.INVALID_PARAMETER, 'queueId[99] is illegal'],
    [
      'a transaction',
      'T',
      { properties: 'TRAN_MSG\u0001true\u0002PGROUP\u0001PG\u0002' },
      ResponseCode.NO_PERMISSION,
      'transactions are not supported',
    ],
    ['a timer', 'T', { properties: 'TIMER_DELAY_SEC\u00015\u0002' }, ResponseCode.SYSTEM_ERROR, 'timer wheel'],
    [
      'a time of delivery',
      'T',
      { properties: 'TIMER_DELIVER_MS\u00015\u0002' },
      ResponseCode.SYSTEM_ERROR,
      'timer wheel',
    ],
    [
      'properties over 32 KiB',
      'T',
      { properties: `a\u0001${'y'.repeat(40_000)}\u0002` },
      ResponseCode.MESSAGE_ILLEGAL,
      'properties length',
    ],
    [
      'properties over 32 KiB in bytes only',
      'T',
      { properties: `a\u0001${'ü'.repeat(17_000)}\u0002` },
      ResponseCode.MESSAGE_ILLEGAL,
      'properties length',
    ],
    [
      'properties that the broker would make too long',
      'T',
      { properties: `a\u0001${'y'.repeat(32_760)}\u0002` },
      ResponseCode.MESSAGE_ILLEGAL,
      'properties length',
    ],
  ])('for %s says why', async (_, topic, more, wanted, remark) => {
    const [got, text] = await code(client.send(topic, 'x', more));
    expect(got).toBe(wanted);
    expect(text).toContain(remark);
  });

  it('for its size says which is allowed', async () => {
    const [got, text] = await code(client.send('T', new Uint8Array(4 * 1024 * 1024 + 1)));
    expect(got).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect(text).toContain('4194304B');
    expect((await client.send('T', new Uint8Array(0))).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
  });

  it('for a missing key in a compacted topic says so', async () => {
    await createTopic('Compact', { attributes: '+cleanup.policy=COMPACTION' });
    expect(await client.send('Compact', 'x')).toMatchObject({
      code: ResponseCode.MESSAGE_ILLEGAL,
      remark: 'Required message key is missing',
    });
    expect((await client.send('Compact', 'x', { properties: 'KEYS\u0001k\u0002' })).code).toBe(0);
  });

  it('because the topic has no queue to choose says so', async () => {
    await createTopic('None', { writeQueueNums: 0 });
    expect((await client.send('None', 'x', { queueId: -1 })).code).toBe(ResponseCode.INVALID_PARAMETER);
  });

  it('leaves nothing behind', async () => {
    await client.send('T', 'good');
    await client.send('T', 'x', { queueId: 99 });
    await client.send('T', 'x', { properties: 'TIMER_DELAY_MS\u00015\u0002' });
    await client.send('Unknown', 'x', { defaultTopic: 'NoSuch' });
    expect((await stored('T')).map(bodyText)).toEqual(['good']);
    expect((await client.pull('Unknown')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });
});

describe('sending while sends may not make topics', () => {
  it('takes known topics and retry topics only', async () => {
    const strict = await BrokerHarness.start({ autoCreateTopicEnable: false });
    const other = strict.client();
    expect((await other.send('New', 'x')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect((await other.send('%RETRY%CG', 'x')).code).toBe(ResponseCode.SUCCESS);
    await strict.close();
  });
});

describe('a message that its consumer sends to its retry topic itself', () => {
  const properties = 'RETRY_TOPIC\u0001T\u0002';

  it('stays there while it may be tried again', async () => {
    await client.send('%RETRY%CG', 'again', { properties, reconsumeTimes: 16 });
    expect((await stored('%RETRY%CG')).map(bodyText)).toEqual(['again']);
  });

  it('goes to the dead letters when it was tried too often', async () => {
    await client.send('%RETRY%CG', 'often', { properties, reconsumeTimes: 17 });
    const [dead] = await stored('%DLQ%CG');
    expect(bodyText(dead!)).toBe('often');
    expect(decodeProperties(dead!.properties).get('DELAY')).toBe('-1');
    expect(await stored('%RETRY%CG')).toEqual([]);
    expect(harness.gauge('dead_letters_total')).toBe(1);
  });

  it('is counted by what the client allows', async () => {
    await client.send('%RETRY%CG', 'twice', { properties, reconsumeTimes: 3, maxReconsumeTimes: 2 });
    expect((await stored('%DLQ%CG')).map(bodyText)).toEqual(['twice']);
  });

  it('of a group that may not come into being is refused', async () => {
    const strict = await BrokerHarness.start({ autoCreateSubscriptionGroup: false });
    expect((await strict.client().send('%RETRY%CG', 'x')).code).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    await strict.close();
  });
});
