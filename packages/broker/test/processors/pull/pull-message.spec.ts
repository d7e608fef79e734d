import {
  litePullMessage,
  queryConsumerOffset,
  ResponseCode,
  updateAndCreateSubscriptiongroup,
  updateBrokerConfig,
} from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { bodyText, BrokerHarness, pullHeader, records } from '../../broker-harness.js';
import { brokerPerTest, client, harness } from '../../broker-per-test.js';

brokerPerTest(() => client.makeTopic('T'));

const fill = async (count: number, tag = 'A') => {
  for (let index = 0; index < count; index++)
    await client.send('T', `${tag}${index}`, { properties: `TAGS\u0001${tag}\u0002` });
};
/** Held until something comes; `subscription` stands in the pull. */
const HELD = { sysFlag: 2 | 4 } as const;

describe('a pull', () => {
  it.each([
    ['before the first', { queueOffset: -5 }, ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_TOO_SMALL', 0],
    ['at the start', { queueOffset: 0 }, ResponseCode.SUCCESS, 'FOUND', 3],
    ['in the middle', { queueOffset: 2 }, ResponseCode.SUCCESS, 'FOUND', 3],
    ['at the end', { queueOffset: 3 }, ResponseCode.PULL_NOT_FOUND, 'OFFSET_OVERFLOW_ONE', 3],
    ['beyond the end', { queueOffset: 99 }, ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_OVERFLOW_BADLY', 3],
    [
      'far beyond the end',
      { queueOffset: Number.MAX_SAFE_INTEGER },
      ResponseCode.PULL_OFFSET_MOVED,
      'OFFSET_OVERFLOW_BADLY',
      3,
    ],
    ['with another tag', { subscription: 'B' }, ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MESSAGE', 3],
    ['of one message', { maxMsgNums: 1 }, ResponseCode.SUCCESS, 'FOUND', 1],
    ['of no message at all', { maxMsgNums: 0 }, ResponseCode.SUCCESS, 'FOUND', 1],
    ['of fewer than none', { maxMsgNums: -9 }, ResponseCode.SUCCESS, 'FOUND', 1],
  ])('%s', async (_, more, code, remark, nextBeginOffset) => {
    await fill(3);
    const answer = await client.pull('T', more);
    expect(answer).toMatchObject({
      code,
      remark,
      header: {
        nextBeginOffset,
        minOffset: 0,
        maxOffset: 3,
        suggestWhichBrokerId: 0,
        topicSysFlag: 0,
        groupSysFlag: 0,
      },
    });
    expect(answer.body.length > 0).toBe(code === ResponseCode.SUCCESS);
  });

  it('of an empty queue, at 0 and elsewhere', async () => {
    expect(await client.pull('T', { queueId: 3 })).toMatchObject({
      code: ResponseCode.PULL_NOT_FOUND,
      header: { nextBeginOffset: 0 },
    });
    expect(await client.pull('T', { queueId: 3, queueOffset: 5 })).toMatchObject({
      code: ResponseCode.PULL_OFFSET_MOVED,
      header: { nextBeginOffset: 0 },
    });
  });

  it('brings what the tags ask for', async () => {
    await fill(2, 'A');
    await fill(2, 'B');
    await client.send('T', 'none');
    const texts = async (subscription: string) =>
      records((await client.pull('T', { subscription })).body).map(bodyText);
    expect(await texts('A')).toEqual(['A0', 'A1']);
    expect(await texts(' A || B ')).toEqual(['A0', 'A1', 'B0', 'B1']);
    expect(await texts('*')).toHaveLength(5);
    expect(await texts('')).toHaveLength(5);
  });

  it('commits an offset when it says so, and only then', async () => {
    await fill(1);
    await client.pull('T', { sysFlag: 4, commitOffset: 7 });
    const query = { consumerGroup: 'CG', topic: 'T', queueId: 0, setZeroIfNotFound: false };
    expect((await client.ask(queryConsumerOffset, query)).code).toBe(ResponseCode.QUERY_NOT_FOUND);
    await client.pull('T', { sysFlag: 4 | 1, commitOffset: 7 });
    expect((await client.ask(queryConsumerOffset, query)).header?.offset).toBe(7);
  });
});

describe('a pull that is refused', () => {
  const group = (more: object) =>
    client.ask(
      updateAndCreateSubscriptiongroup,
      {},
      { body: encodeUtf8(JSON.stringify({ groupName: 'CG', ...more })) },
    );
  const topic = (perm: number) => client.makeTopic('T', { perm });
  const configure = (text: string) => client.ask(updateBrokerConfig, {}, { body: encodeUtf8(text) });

  it('because the broker may not be read', async () => {
    await configure('brokerPermission=2');
    expect(await client.pull('T')).toMatchObject({ code: ResponseCode.NO_PERMISSION, fields: { forbiddenType: '1' } });
  });
  it('because lite pulls are switched off', async () => {
    await configure('litePullMessageEnable=false');
    expect(await client.ask(litePullMessage, pullHeader('T'))).toMatchObject({
      code: ResponseCode.NO_PERMISSION,
      fields: { forbiddenType: '1' },
    });
    expect((await client.pull('T')).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });
  it('because the group may not consume', async () => {
    await group({ consumeEnable: false });
    expect(await client.pull('T')).toMatchObject({ code: ResponseCode.NO_PERMISSION, fields: { forbiddenType: '2' } });
  });
  it('because the topic may not be read', async () => {
    await topic(2);
    expect(await client.pull('T')).toMatchObject({ code: ResponseCode.NO_PERMISSION, fields: { forbiddenType: '3' } });
  });
  it('because broadcasting is switched off for the group', async () => {
    await group({ consumeBroadcastEnable: false });
    await client.consume('CG', { T: '*' }, { messageModel: 'BROADCASTING' });
    expect(await client.pull('T', { sysFlag: 0 })).toMatchObject({
      code: ResponseCode.NO_PERMISSION,
      fields: { forbiddenType: '4' },
    });
  });
  it.each([
    ['the group has an illegal name', { consumerGroup: 'no way' }, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST],
    ['the queue is not there', { queueId: 4 }, ResponseCode.INVALID_PARAMETER],
    ['the queue is negative', { queueId: -1 }, ResponseCode.INVALID_PARAMETER],
    ['the expression names no tag', { subscription: '||' }, ResponseCode.SUBSCRIPTION_PARSE_FAILED],
    [
      'the expression is no list of tags',
      { expressionType: 'SQL92', subscription: 'a > 1' },
      ResponseCode.SYSTEM_ERROR,
    ],
    ['nobody of the group is there', { sysFlag: 0 }, ResponseCode.SUBSCRIPTION_NOT_EXIST],
  ])('because %s', async (_, more, code) => {
    expect((await client.pull('T', more)).code).toBe(code);
  });
  it('because the topic is not there', async () => {
    expect((await client.pull('Nowhere')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });
  it('because of what the group has subscribed to', async () => {
    await client.consume('CG', { Other: '*' }, { subVersion: 5 });
    expect((await client.pull('T', { sysFlag: 0 })).code).toBe(ResponseCode.SUBSCRIPTION_NOT_EXIST);
    await client.consume('CG', { T: '*' }, { subVersion: 5 });
    expect((await client.pull('T', { sysFlag: 0, subVersion: 6 })).code).toBe(ResponseCode.SUBSCRIPTION_NOT_LATEST);
    expect((await client.pull('T', { sysFlag: 0, subVersion: 5 })).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });
});

describe('a pull that waits', () => {
  it('is answered by the next message, at once', async () => {
    await fill(2);
    const waiting = client.pulling('T', { ...HELD, queueOffset: 2 });
    await harness.clock.advance(5000);
    expect(harness.gauge('held_pulls')).toBe(1);
    await fill(1, 'C');
    const answer = await waiting;
    expect(records(answer.body).map(bodyText)).toEqual(['C0']);
    expect(answer.header?.nextBeginOffset).toBe(3);
    expect(harness.clock.monotonic()).toBeLessThan(6000);
    expect(harness.gauge('held_pulls')).toBe(0);
  });

  it('is answered at its deadline when nothing comes', async () => {
    let answered = 0;
    const waiting = client.pulling('T', { ...HELD, suspendTimeoutMillis: 15_000 }).then((answer) => {
      answered = harness.clock.monotonic();
      return answer;
    });
    await harness.clock.advance(20_000);
    expect(await waiting).toMatchObject({
      code: ResponseCode.PULL_NOT_FOUND,
      header: { nextBeginOffset: 0, maxOffset: 0 },
    });
    expect(answered).toBeGreaterThanOrEqual(15_000);
    expect(answered).toBeLessThan(15_200);
  });

  it('goes on waiting when what comes does not match, and then says how far it has looked', async () => {
    await client.consume('CG', { T: 'B' });
    const waiting = client.pulling('T', { sysFlag: 2 });
    await harness.clock.advance(100);
    await fill(3, 'A');
    expect(harness.gauge('held_pulls')).toBe(1);
    await harness.clock.advance(16_000);
    expect(await waiting).toMatchObject({
      code: ResponseCode.PULL_RETRY_IMMEDIATELY,
      remark: 'NO_MATCHED_MESSAGE',
      header: { nextBeginOffset: 3 },
    });
  });

  it('brings what matches among what does not', async () => {
    const waiting = client.pulling('T', { ...HELD, subscription: 'B' });
    await harness.clock.advance(100);
    await fill(2, 'A');
    await fill(1, 'B');
    const answer = await waiting;
    expect(records(answer.body).map(bodyText)).toEqual(['B0']);
    expect(answer.header?.nextBeginOffset).toBe(3);
  });

  it('stops when its connection ends', async () => {
    const other = harness.client();
    const failing = other.pulling('T', HELD).catch((error: unknown) => error);
    await harness.clock.advance(100);
    expect(harness.gauge('held_pulls')).toBe(1);
    other.connection.close();
    await harness.clock.settle();
    expect(await failing).toMatchObject({ code: 'CLOSED' });
    expect(harness.gauge('held_pulls')).toBe(0);
  });

  it('is refused when too many wait already', async () => {
    const small = await BrokerHarness.start({ maxHeldPulls: 2 });
    const crowd = small.client();
    await crowd.send('T', 'x', { queueId: 1 });
    const waiting = [crowd.pulling('T', HELD), crowd.pulling('T', HELD)];
    await small.clock.advance(10);
    expect((await crowd.pull('T', HELD)).code).toBe(ResponseCode.SYSTEM_BUSY);
    await small.clock.advance(16_000);
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual([
      ResponseCode.PULL_NOT_FOUND,
      ResponseCode.PULL_NOT_FOUND,
    ]);
    await small.close();
  });

  it('waits a second only when long polling is switched off', async () => {
    const short = await BrokerHarness.start({ longPollingEnable: false });
    const other = short.client();
    await other.send('T', 'x', { queueId: 1 });
    const waiting = other.pulling('T', HELD);
    await short.clock.advance(1200);
    expect((await waiting).code).toBe(ResponseCode.PULL_NOT_FOUND);
    await short.close();
  });

  it.each([0, -1])('for %d ms is answered at once', async (suspendTimeoutMillis) => {
    expect((await client.pull('T', { ...HELD, suspendTimeoutMillis })).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });

  it('for ever is answered after five minutes', async () => {
    const waiting = client.pulling('T', { ...HELD, suspendTimeoutMillis: Number.MAX_SAFE_INTEGER });
    for (let round = 0; round < 6; round++) {
      await harness.clock.advance(55_000);
      await client.consume('Other', {});
    }
    expect((await waiting).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });

  it('is answered when the broker ends', async () => {
    const waiting = client.pulling('T', HELD).catch((error: unknown) => error);
    await harness.clock.advance(100);
    await harness.close();
    expect(await waiting).toBeDefined();
    expect(harness.gauge('held_pulls')).toBe(0);
  });
});
