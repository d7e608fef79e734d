import {
  consumerConnection,
  getAllTopicConfig,
  getConsumerConnectionList,
  getConsumerListByGroup,
  getConsumerListByGroupResponseBody,
  getProducerConnectionList,
  heartBeat,
  producerConnection,
  ResponseCode,
  topicConfigSerializeWrapper,
  unregisterClient,
  updateAndCreateSubscriptiongroup,
} from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrokerHarness, type TestClient } from '../broker-harness.js';

const NOTIFY = 40;

let harness: BrokerHarness;
let one: TestClient;
let two: TestClient;
beforeEach(async () => {
  harness = await BrokerHarness.start();
  [one, two] = [harness.client(), harness.client()];
});
afterEach(() => harness.close());

async function members(group: string, asked = one): Promise<readonly string[] | number> {
  const answer = await asked.ask(getConsumerListByGroup, { consumerGroup: group });
  return answer.code === 0 ? getConsumerListByGroupResponseBody.decode(answer.body).consumerIdList : answer.code;
}
const notices = (client: TestClient) =>
  client.pushed.filter(({ code }) => code === NOTIFY).map(({ fields }) => fields?.['consumerGroup']);

describe('a heartbeat', () => {
  it('makes group and retry topic, and is answered as 5.x clients want it', async () => {
    const answer = await one.consume('CG', { T: '*' });
    expect(answer).toMatchObject({ code: 0, fields: { IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: 'true' } });
    expect(await members('CG')).toEqual(['client@1']);
    const topics = topicConfigSerializeWrapper.decode((await one.ask(getAllTopicConfig, {})).body).topicConfigTable;
    expect(topics.get('%RETRY%CG')).toMatchObject({ readQueueNums: 1, writeQueueNums: 1, perm: 6 });
  });

  it('tells all members when one comes, and when topics come or go, but not when nothing changes', async () => {
    await one.consume('CG', { T: '*' }, { clientID: 'a' });
    expect(notices(one)).toEqual(['CG']);
    await one.consume('CG', { T: '*' }, { clientID: 'a' });
    await one.consume('CG', { T: 'X' }, { clientID: 'a', subVersion: 2 });
    expect(notices(one)).toEqual(['CG']);
    await two.consume('CG', { T: '*' }, { clientID: 'b', subVersion: 3 });
    expect([notices(one), notices(two)]).toEqual([['CG', 'CG'], ['CG']]);
    await two.consume('CG', { T: '*', U: '*' }, { clientID: 'b', subVersion: 4 });
    expect([notices(one), notices(two)]).toEqual([
      ['CG', 'CG', 'CG'],
      ['CG', 'CG'],
    ]);
    expect(await members('CG')).toEqual(['a', 'b']);
  });

  it('of a broadcasting group is told to nobody', async () => {
    await one.consume('CG', { T: '*' }, { clientID: 'a', messageModel: 'BROADCASTING' });
    await two.consume('CG', { T: '*' }, { clientID: 'b', messageModel: 'BROADCASTING' });
    expect([notices(one), notices(two)]).toEqual([[], []]);
  });

  it('is told to nobody when the group does not want it', async () => {
    await one.ask(
      updateAndCreateSubscriptiongroup,
      {},
      { body: encodeUtf8('{"groupName":"CG","notifyConsumerIdsChangedEnable":false}') },
    );
    await one.consume('CG', { T: '*' });
    expect(notices(one)).toEqual([]);
  });

  it('lists a client once that has two connections', async () => {
    await one.consume('CG', { T: '*' });
    await two.consume('CG', { T: '*' });
    expect(await members('CG')).toEqual(['client@1']);
  });

  it('of a group that may not come into being changes nothing', async () => {
    const strict = await BrokerHarness.start({ autoCreateSubscriptionGroup: false });
    const client = strict.client();
    expect((await client.consume('CG', { T: '*' })).code).toBe(0);
    expect(await members('CG', client)).toBe(ResponseCode.SYSTEM_ERROR);
    await strict.close();
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'heartbeat'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no client id', '{}'],
    ['wrong types', '{"clientID":{"a":1}}'],
    ['a producer group without a name', '{"clientID":"c","producerDataSet":[{}]}'],
    [
      'tags that are none',
      '{"clientID":"c","consumerDataSet":[{"groupName":"CG","subscriptionDataSet":[{"topic":"T","subString":"||"}]}]}',
    ],
  ])('of %s is refused and leaves no trace', async (_, text) => {
    expect((await one.ask(heartBeat, {}, { body: encodeUtf8(text) })).code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(harness.gauge('client_connections')).toBe(0);
    expect(harness.gauge('consumer_groups')).toBe(0);
  });

  it('of more topics or groups than one may have is refused', async () => {
    const topics = Object.fromEntries(Array.from({ length: 4097 }, (_, index) => [`T${index}`, '*']));
    expect((await one.consume('CG', topics)).code).toBe(ResponseCode.SYSTEM_ERROR);
    const groups = Array.from({ length: 4097 }, (_, index) => ({ groupName: `P${index}` }));
    expect((await one.heartbeat({ producerDataSet: groups })).code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(harness.gauge('producer_groups')).toBe(4096);
    one.connection.close();
    await harness.clock.settle();
    expect(harness.gauge('producer_groups')).toBe(0);
  });

  it('is read however fastjson would read it', async () => {
    const text =
      "{clientID:'c',consumerDataSet:[{groupName:'CG',consumeType:'consume_passively',subscriptionDataSet:[{topic:'T',subString:'A',codeSet:['65'],subVersion:'7',}],}],producerDataSet:[]}";
    expect((await one.ask(heartBeat, {}, { body: encodeUtf8(text) })).code).toBe(0);
    expect(await members('CG')).toEqual(['c']);
  });

  it('of any bytes is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => encodeUtf8(text)),
        ),
        async (body) => {
          expect([0, 1]).toContain((await one.ask(heartBeat, {}, { body })).code);
        },
      ),
      { numRuns: 100 },
    );
    await one.consume('CG', { T: '*' });
    expect(await members('CG')).toEqual(['client@1']);
  });
});

describe('a V2 heartbeat', () => {
  const beat = (
    client: TestClient,
    heartbeatFingerprint: number,
    withoutSub: boolean,
    topics: readonly string[] = [],
  ) =>
    client.heartbeat({
      clientID: 'c',
      heartbeatFingerprint,
      withoutSub,
      consumerDataSet: [
        {
          groupName: 'CG',
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          unitMode: false,
          subscriptionDataSet: topics.map((topic) => ({
            topic,
            subString: '*',
            expressionType: 'TAG',
            tagsSet: [],
            codeSet: [],
            subVersion: 1,
            classFilterMode: false,
          })),
        },
      ],
    });
  const subscribed = async () => [
    ...consumerConnection
      .decode((await one.ask(getConsumerConnectionList, { consumerGroup: 'CG' })).body)
      .subscriptionTable.keys(),
  ];

  it('keeps the subscriptions while they are left out, and asks for them when they changed', async () => {
    expect((await beat(one, 12_345, false, ['T'])).fields['IS_SUB_CHANGE']).toBe('false');
    expect((await beat(one, 12_345, true)).fields['IS_SUB_CHANGE']).toBe('false');
    expect(await subscribed()).toEqual(['T']);
    expect((await beat(one, 54_321, false, ['T', 'U'])).fields['IS_SUB_CHANGE']).toBe('true');
    expect((await beat(two, 12_345, true)).fields['IS_SUB_CHANGE']).toBe('true');
    expect(await subscribed()).toEqual(['T', 'U']);
  });

  it('is asked for its subscriptions by a broker that has never heard them', async () => {
    expect((await beat(one, 12_345, true)).fields['IS_SUB_CHANGE']).toBe('true');
  });
});

describe('a client that goes', () => {
  beforeEach(async () => {
    await one.consume('CG', { T: '*' }, { clientID: 'a' });
    await two.consume('CG', { T: '*' }, { clientID: 'b' });
    one.pushed.length = 0;
  });

  it('by its own word is told to the others', async () => {
    expect((await two.ask(unregisterClient, { clientID: 'b', consumerGroup: 'CG' })).code).toBe(0);
    expect(await members('CG')).toEqual(['a']);
    expect(notices(one)).toEqual(['CG']);
  });

  it('with its connection is told to the others', async () => {
    two.connection.close();
    await harness.clock.settle();
    expect(await members('CG')).toEqual(['a']);
    expect(notices(one)).toEqual(['CG']);
    expect(harness.gauge('client_connections')).toBe(1);
  });

  it('because its heartbeats stay away is dropped after two minutes, and its connection closed', async () => {
    for (let round = 0; round < 14; round++) {
      await harness.clock.advance(10_000);
      await one.consume('CG', { T: '*' }, { clientID: 'a' });
      if (round < 10) await two.ask(getConsumerListByGroup, { consumerGroup: 'CG' });
    }
    expect(await members('CG')).toEqual(['a']);
    expect(two.connection.open).toBe(false);
    expect(harness.gauge('expired_clients_total')).toBe(1);
  });

  it('from one group, while its connection lives for another, keeps the connection', async () => {
    await two.consume('Other', { T: '*' }, { clientID: 'b' });
    for (let round = 0; round < 14; round++) {
      await harness.clock.advance(10_000);
      await two.consume('Other', { T: '*' }, { clientID: 'b' });
    }
    expect(await members('CG', two)).toBe(ResponseCode.SYSTEM_ERROR);
    expect(await members('Other', two)).toEqual(['b']);
  });

  it('as the last takes the group with it', async () => {
    two.connection.close();
    await one.ask(unregisterClient, { clientID: 'a', consumerGroup: 'CG' });
    expect(await members('CG')).toBe(ResponseCode.SYSTEM_ERROR);
    expect(harness.gauge('consumer_groups')).toBe(0);
  });

  it('that was never there is no error', async () => {
    expect(
      (await one.ask(unregisterClient, { clientID: 'z', consumerGroup: 'Nobody', producerGroup: 'Nobody' })).code,
    ).toBe(0);
  });
});

describe('connections of groups', () => {
  it('of consumers are listed with their subscriptions', async () => {
    await one.consume('CG', { T: 'A || B' }, { clientID: 'a' });
    const answer = await two.ask(getConsumerConnectionList, { consumerGroup: 'CG' });
    expect(consumerConnection.decode(answer.body)).toMatchObject({
      connectionSet: [{ clientId: 'a', clientAddr: '10.0.0.9:40000' }],
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      subscriptionTable: new Map([['T', expect.objectContaining({ subString: 'A || B' })]]) as unknown,
    });
    expect((await two.ask(getConsumerConnectionList, { consumerGroup: 'Nobody' })).code).toBe(
      ResponseCode.CONSUMER_NOT_ONLINE,
    );
  });

  it('of producers are listed', async () => {
    await one.heartbeat({ clientID: 'p', producerDataSet: [{ groupName: 'PG' }] });
    const answer = await two.ask(getProducerConnectionList, { producerGroup: 'PG' });
    expect(producerConnection.decode(answer.body).connectionSet).toMatchObject([{ clientId: 'p' }]);
    await one.ask(unregisterClient, { clientID: 'p', producerGroup: 'PG' });
    expect((await two.ask(getProducerConnectionList, { producerGroup: 'PG' })).code).toBe(ResponseCode.SYSTEM_ERROR);
  });
});
