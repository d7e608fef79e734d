import {
  deleteTopicInBroker,
  invokeBrokerToResetOffset,
  queryConsumerOffset,
  type RequestHeader,
  resetOffsetBody,
  ResponseCode,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { records } from '../../broker-harness.js';
import { brokerPerTest, client, harness } from '../../broker-per-test.js';

let middle = 0;

brokerPerTest(async () => {
  await client.makeTopic('T', { readQueueNums: 2, writeQueueNums: 2 });
  for (const queueId of [0, 0, 1]) await client.send('T', 'x', { queueId });
  await harness.clock.advance(1000);
  middle = harness.clock.now();
  await harness.clock.advance(1000);
  await client.send('T', 'late', { queueId: 0 });
  await client.consume('CG', { T: '*' });
  for (const queueId of [0, 1]) await commit(queueId, queueId === 0 ? 3 : 1);
});

const commit = (queueId: number, commitOffset: number) =>
  client.ask(updateConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId, commitOffset });
const stored = async (queueId: number) =>
  (await client.ask(queryConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId })).header?.offset;
const reset = (more: Partial<RequestHeader<typeof invokeBrokerToResetOffset>> = {}) =>
  client.ask(invokeBrokerToResetOffset, {
    group: 'CG',
    topic: 'T',
    queueId: -1,
    timestamp: middle,
    isForce: true,
    ...more,
  });
const pull = (queueId: number, queueOffset: number) =>
  client.pull('T', { consumerGroup: 'CG', queueId, queueOffset, sysFlag: 4 });

describe('the offsets of a group', () => {
  it('go to a time, in every queue, and the answer says where', async () => {
    const answer = await reset();
    expect(answer.code).toBe(0);
    expect(resetOffsetBody.decode(answer.body).offsetTable).toEqual([
      [{ topic: 'T', brokerName: 'broker-a', queueId: 0 }, 2],
      [{ topic: 'T', brokerName: 'broker-a', queueId: 1 }, 1],
    ]);
    expect([await stored(0), await stored(1)]).toEqual([2, 1]);
  });

  it('are told with the next pull, once', async () => {
    await reset({ timestamp: 0 });
    const told = await pull(0, 3);
    expect(told).toMatchObject({ code: ResponseCode.PULL_OFFSET_MOVED, remark: 'OFFSET_RESET' });
    expect(told.header).toMatchObject({ nextBeginOffset: 0, minOffset: 0, maxOffset: 3 });
    const next = await pull(0, 0);
    expect(next.code).toBe(0);
    expect(records(next.body)).toHaveLength(3);
    expect((await pull(1, 1)).header?.nextBeginOffset).toBe(0);
  });

  it('are told to a pull that was waiting, when something comes', async () => {
    const held = client.pulling('T', { consumerGroup: 'CG', queueId: 0, queueOffset: 3, sysFlag: 6 });
    await harness.clock.advance(10);
    await reset({ timestamp: 0 });
    await client.send('T', 'x', { queueId: 0 });
    const told = await held;
    expect(told).toMatchObject({ code: ResponseCode.PULL_OFFSET_MOVED, remark: 'OFFSET_RESET' });
    expect(told.header?.nextBeginOffset).toBe(0);
  });

  it('are not undone by what a consumer commits before it has heard', async () => {
    await reset({ timestamp: 0 });
    expect(await commit(0, 3)).toMatchObject({ code: 0, remark: 'Offset has been previously reset' });
    // A pull that brings its progress along.
    await client.pull('T', { consumerGroup: 'CG', queueId: 0, queueOffset: 3, sysFlag: 5, commitOffset: 3 });
    expect(await stored(0)).toBe(0);
    await commit(0, 1);
    expect(await stored(0)).toBe(1);
  });

  it('go to the end with -1', async () => {
    await commit(0, 0);
    await reset({ timestamp: -1 });
    expect([await stored(0), await stored(1)]).toEqual([3, 1]);
  });

  it('go to a number, in one queue', async () => {
    expect((await reset({ queueId: 0, offset: 1 })).code).toBe(0);
    expect([await stored(0), await stored(1)]).toEqual([1, 1]);
    expect((await pull(1, 1)).remark).not.toBe('OFFSET_RESET');
    expect((await reset({ queueId: 1, timestamp: 0 })).code).toBe(0);
    expect(await stored(1)).toBe(0);
  });

  it('stay when they cannot go there', async () => {
    expect((await reset({ topic: 'Nowhere' })).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect((await reset({ group: 'Nobody' })).code).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    for (const offset of [-1, 5]) expect((await reset({ queueId: 0, offset })).code).toBe(ResponseCode.SYSTEM_ERROR);
    expect((await reset({ queueId: 7 })).code).toBe(ResponseCode.SYSTEM_ERROR);
    expect([await stored(0), await stored(1)]).toEqual([3, 1]);
    expect((await pull(0, 3)).remark).not.toBe('OFFSET_RESET');
  });

  it('are forgotten with their topic', async () => {
    await reset({ timestamp: 0 });
    await client.ask(deleteTopicInBroker, { topic: 'T' });
    await client.makeTopic('T', { readQueueNums: 2, writeQueueNums: 2 });
    expect((await pull(0, 0)).remark).not.toBe('OFFSET_RESET');
  });
});
