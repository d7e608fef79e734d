import { findProperty, queryConsumerOffset, ResponseCode, updateConsumerOffset } from '@cometmq/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness, bodyText, records } from './broker-harness.js';

let harness: BrokerHarness;
afterEach(() => harness.close());

describe('a message on its way', () => {
  it('is stored in a topic that the send makes, pulled with its properties, and its offset remembered', async () => {
    harness = await BrokerHarness.start();
    const client = harness.client();
    const sent = await client.send('TopicA', 'hello', { queueId: 1, properties: 'TAGS\u0001TagA\u0002UNIQ_KEY\u0001ID1\u0002' });
    expect(sent).toMatchObject({
      code: ResponseCode.SUCCESS,
      header: { queueId: 1, queueOffset: 0, transactionId: 'ID1', msgId: '7F00000100002A9F0000000000000000' },
      fields: { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' },
    });
    const pulled = await client.pull('TopicA', { queueId: 1 });
    expect(pulled).toMatchObject({
      code: ResponseCode.SUCCESS,
      remark: 'FOUND',
      header: { nextBeginOffset: 1, minOffset: 0, maxOffset: 1, suggestWhichBrokerId: 0, topicSysFlag: 0, groupSysFlag: 0 },
    });
    const [record] = records(pulled.body);
    expect(record).toMatchObject({ topic: 'TopicA', queueId: 1, queueOffset: 0, properties: 'TAGS\u0001TagA\u0002UNIQ_KEY\u0001ID1\u0002CLUSTER\u0001DefaultCluster\u0002MSG_REGION\u0001DefaultRegion\u0002TRACE_ON\u0001true\u0002' });
    expect(bodyText(record!)).toBe('hello');
    expect([...record!.bornHost]).toEqual([10, 0, 0, 9, 0, 0, 0x9c, 0x40]);
    expect(findProperty(record!.properties, 'CLUSTER')).toBe('DefaultCluster');
    const header = { consumerGroup: 'CG', topic: 'TopicA', queueId: 1 };
    expect(await client.ask(updateConsumerOffset, { ...header, commitOffset: 1 })).toMatchObject({ code: 0 });
    expect(await client.ask(queryConsumerOffset, header)).toMatchObject({ code: 0, header: { offset: 1 } });
  });
});
