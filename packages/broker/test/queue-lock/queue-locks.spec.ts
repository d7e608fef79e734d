import {
  lockBatchMq,
  lockBatchRequestBody,
  lockBatchResponseBody,
  queryConsumerOffset,
  ResponseCode,
  unlockBatchMq,
  unlockBatchRequestBody,
  updateBrokerConfig,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { records, type TestClient } from '../broker-harness.js';
import { brokerPerTest, client, harness } from '../broker-per-test.js';

brokerPerTest();

const queues = (...ids: number[]) => ids.map((queueId) => ({ topic: 'T', brokerName: 'broker-a', queueId }));
const body = (clientId: string, ids: number[], group = 'CG') => ({
  consumerGroup: group,
  clientId,
  onlyThisBroker: false,
  mqSet: queues(...ids),
});
async function lock(clientId: string, ids: number[], group?: string): Promise<number[]> {
  const answer = await client.ask(lockBatchMq, {}, { body: lockBatchRequestBody.encode(body(clientId, ids, group)) });
  expect(answer.code).toBe(ResponseCode.SUCCESS);
  return lockBatchResponseBody.decode(answer.body).lockOKMQSet.map(({ queueId }) => queueId);
}
const unlock = (clientId: string, ids: number[]) =>
  client.ask(unlockBatchMq, {}, { body: unlockBatchRequestBody.encode(body(clientId, ids)) });

describe('queues that are locked', () => {
  it('belong to one client of a group, who may lock them again', async () => {
    expect(await lock('a', [0, 1])).toEqual([0, 1]);
    expect(await lock('b', [1, 2])).toEqual([2]);
    expect(await lock('a', [0, 1, 2])).toEqual([0, 1]);
    expect(await lock('b', [0], 'Other')).toEqual([0]);
    expect(await lock('a', [])).toEqual([]);
  });

  it('are free when their owner gives them up, and only then', async () => {
    await lock('a', [0, 1]);
    expect((await unlock('b', [0, 1])).code).toBe(0);
    expect(await lock('b', [0])).toEqual([]);
    expect((await unlock('a', [0, 7])).code).toBe(0);
    expect(await lock('b', [0, 1])).toEqual([0]);
  });

  it('are free when their owner does not renew them for a minute', async () => {
    await lock('a', [0, 1]);
    await harness.clock.advance(40_000);
    await lock('a', [0]);
    await harness.clock.advance(21_000);
    expect(await lock('b', [0, 1])).toEqual([1]);
    expect(harness.gauge('queue_locks')).toBe(2);
    await harness.clock.advance(80_000);
    expect(harness.gauge('queue_locks')).toBe(0);
  });

  it('take no progress from another member of the group, who was cut off and is late', async () => {
    await client.consume('CG', { T: '*' }, { clientID: 'a' });
    const other = harness.client();
    await other.consume('CG', { T: '*' }, { clientID: 'b' });
    await client.makeTopic('T');
    const commit = async (by: TestClient, commitOffset: number) =>
      (await by.ask(updateConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId: 0, commitOffset })).code;
    const stored = async () => {
      const header = { consumerGroup: 'CG', topic: 'T', queueId: 0, setZeroIfNotFound: false };
      return (await client.ask(queryConsumerOffset, header)).header?.offset;
    };
    expect(await commit(client, 7)).toBe(ResponseCode.SUCCESS);
    await lock('b', [0]);
    expect(await commit(client, 5)).toBe(ResponseCode.SYSTEM_ERROR);
    await client.pull('T', { consumerGroup: 'CG', queueId: 0, sysFlag: 1, commitOffset: 6 });
    expect(await stored()).toBe(7);
    expect(await commit(other, 9)).toBe(ResponseCode.SUCCESS);
    // As Apache's brokers do, when they are told to.
    await client.ask(updateBrokerConfig, {}, { body: encodeUtf8('refuseLateOffsets=false') });
    expect(await commit(client, 5)).toBe(ResponseCode.SUCCESS);
    await client.ask(updateBrokerConfig, {}, { body: encodeUtf8('refuseLateOffsets=true') });
    // A tool, which is no member, may set it back.
    expect(await commit(harness.client(), 3)).toBe(ResponseCode.SUCCESS);
    await unlock('b', [0]);
    expect(await commit(client, 4)).toBe(ResponseCode.SUCCESS);
    expect(await stored()).toBe(4);
  });

  it('send what their group gives back to the dead letters: retries would overtake', async () => {
    await lock('a', [0]);
    await client.send('%RETRY%CG', 'x', { reconsumeTimes: 1 });
    expect(records((await client.pull('%DLQ%CG')).body)).toHaveLength(1);
    await harness.clock.advance(61_000);
    await client.send('%RETRY%CG', 'y', { reconsumeTimes: 1 });
    expect(records((await client.pull('%RETRY%CG')).body)).toHaveLength(1);
  });

  it.each(['', 'x', '{}', '{"consumerGroup":"CG","clientId":"c","mqSet":7}'])('by %j are refused', async (text) => {
    const answer = await client.ask(lockBatchMq, {}, { body: encodeUtf8(text) });
    expect([ResponseCode.SYSTEM_ERROR, ResponseCode.INVALID_PARAMETER]).toContain(answer.code);
    expect(harness.gauge('queue_locks')).toBe(0);
  });
});
