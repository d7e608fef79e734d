import {
  createTopicListRequestBody,
  deleteTopicInBroker,
  getAllTopicConfig,
  getMaxOffset,
  getTopicConfig,
  getTopicStatsInfo,
  ResponseCode,
  topicConfigAndMappingSerializeWrapper,
  topicConfigAndQueueMapping,
  topicStatsTable,
  updateAndCreateTopic,
  updateAndCreateTopicList,
} from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { plainTopic } from '../../../src/topics/topic-config.js';
import { bodyText, records, topicHeader } from '../../broker-harness.js';
import { brokerPerTest, client } from '../../broker-per-test.js';

brokerPerTest();

const WANTED = topicHeader('T', { readQueueNums: 3, writeQueueNums: 2 });
const update = (more: object = {}) => client.ask(updateAndCreateTopic, { ...WANTED, ...more });
async function config(topic: string) {
  const answer = await client.ask(getTopicConfig, { topic });
  return answer.code === 0 ? topicConfigAndQueueMapping.decode(answer.body) : answer.code;
}
const version = async () =>
  topicConfigAndMappingSerializeWrapper.decode((await client.ask(getAllTopicConfig, {})).body).dataVersion.counter;

describe('a topic', () => {
  it('is made, changed and shown', async () => {
    expect((await update({ attributes: '+message.type=FIFO' })).code).toBe(0);
    expect(await config('T')).toMatchObject({
      topicName: 'T',
      readQueueNums: 3,
      writeQueueNums: 2,
      perm: 6,
      attributes: new Map([['message.type', 'FIFO']]),
    });
    await update({ readQueueNums: 8, order: true, attributes: '' });
    expect(await config('T')).toMatchObject({
      readQueueNums: 8,
      order: true,
      attributes: new Map([['message.type', 'FIFO']]),
    });
  });

  it('that is already so changes no version', async () => {
    await update();
    const before = await version();
    expect((await update()).code).toBe(0);
    expect(await version()).toBe(before);
  });

  it.each([
    [{ topic: 'bad name!' }, ResponseCode.INVALID_PARAMETER],
    [{ topic: '' }, ResponseCode.INVALID_PARAMETER],
    [{ topic: 'x'.repeat(128) }, ResponseCode.INVALID_PARAMETER],
    [{ topic: 'TBW102' }, ResponseCode.INVALID_PARAMETER],
    [{ topic: 'DefaultCluster' }, ResponseCode.INVALID_PARAMETER],
    [{ topic: 'rmq_sys_mine' }, ResponseCode.INVALID_PARAMETER],
    [{ readQueueNums: -1 }, ResponseCode.INVALID_PARAMETER],
    [{ writeQueueNums: 1 << 30 }, ResponseCode.INVALID_PARAMETER],
    [{ perm: -1 }, ResponseCode.INVALID_PARAMETER],
    [{ attributes: '+message.type=MIXED' }, ResponseCode.INVALID_PARAMETER],
    [{ attributes: '+no.such=x' }, ResponseCode.SYSTEM_ERROR],
    [{ attributes: 'message.type=FIFO' }, ResponseCode.SYSTEM_ERROR],
  ])('with %j is refused', async (more, code) => {
    const before = await version();
    expect((await update(more)).code).toBe(code);
    expect(await version()).toBe(before);
  });

  it('that is unknown is not shown', async () => {
    expect(await config('Nowhere')).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect((await client.ask(getTopicStatsInfo, { topic: 'Nowhere' })).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });

  it('shows how full its queues are', async () => {
    await update();
    await client.send('T', 'x', { queueId: 1 });
    const { offsetTable } = topicStatsTable.decode((await client.ask(getTopicStatsInfo, { topic: 'T' })).body);
    expect(offsetTable).toHaveLength(3);
    expect(offsetTable[1]).toEqual([
      { topic: 'T', brokerName: 'broker-a', queueId: 1 },
      { minOffset: 0, maxOffset: 1, lastUpdateTimestamp: expect.any(Number) as number },
    ]);
    expect(offsetTable[0]?.[1]).toEqual({ minOffset: 0, maxOffset: 0, lastUpdateTimestamp: 0 });
  });

  it('that is deleted takes its queues along, and starts anew', async () => {
    await update();
    await client.send('T', 'old');
    expect((await client.ask(deleteTopicInBroker, { topic: 'T' })).code).toBe(0);
    expect(await config('T')).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect((await client.pull('T')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    await update();
    expect((await client.ask(getMaxOffset, { topic: 'T', queueId: 0, committed: true })).header?.offset).toBe(0);
    await client.send('T', 'new');
    expect(records((await client.pull('T')).body).map(bodyText)).toEqual(['new']);
  });

  it.each(['', ' ', '.', '../..', 'TBW102', 'DefaultCluster', 'SCHEDULE_TOPIC_XXXX', 'rmq_sys_x'])(
    '%j cannot be deleted',
    async (topic) => {
      expect((await client.ask(deleteTopicInBroker, { topic })).code).toBe(ResponseCode.INVALID_PARAMETER);
    },
  );

  it('that does not exist can be deleted', async () => {
    expect((await client.ask(deleteTopicInBroker, { topic: 'Nowhere' })).code).toBe(0);
  });
});

describe('a list of topics', () => {
  const send = (...topicConfigList: ReturnType<typeof plainTopic>[]) =>
    client.ask(updateAndCreateTopicList, {}, { body: createTopicListRequestBody.encode({ topicConfigList }) });

  it('is made as a whole, also when one is already so', async () => {
    await send(plainTopic('A', 1));
    expect((await send(plainTopic('A', 1), plainTopic('B', 2))).code).toBe(0);
    expect(await config('B')).toMatchObject({ readQueueNums: 2 });
  });

  it('is refused as a whole', async () => {
    expect((await send(plainTopic('A', 1), plainTopic('no way', 2))).code).toBe(ResponseCode.INVALID_PARAMETER);
    expect(await config('A')).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });

  it.each(['', '[', '{"topicConfigList":[{"topicName":{}}]}'])('that reads %j is refused', async (text) => {
    expect((await client.ask(updateAndCreateTopicList, {}, { body: encodeUtf8(text) })).code).toBe(
      ResponseCode.SYSTEM_ERROR,
    );
  });
});
