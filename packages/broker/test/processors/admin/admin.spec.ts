import {
  checkClientConfig,
  checkClientRequestBody,
  consumeMessageDirectly,
  consumeStats,
  getBrokerConfig,
  getBrokerRuntimeInfo,
  getConsumerRunningInfo,
  getConsumeStats,
  kvTable,
  ResponseCode,
  updateBrokerConfig,
  updateConsumerOffset,
  viewMessageById,
} from '@cometmq/protocol';
import { decodeUtf8, encodeUtf8 } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { during, records, STORE } from '../../broker-harness.js';
import { brokerPerTest, client, harness, startBroker } from '../../broker-per-test.js';

brokerPerTest();

const configure = (text: string) => client.ask(updateBrokerConfig, {}, { body: encodeUtf8(text) });
const shown = async () => Buffer.from((await client.ask(getBrokerConfig, {})).body).toString();

describe('settings', () => {
  it('are shown, sorted, with their version', async () => {
    const answer = await client.ask(getBrokerConfig, {});
    const text = Buffer.from(answer.body).toString();
    expect(text).toContain('brokerName=broker-a\n');
    expect(text.split('\n').slice(0, -1)).toEqual(text.split('\n').slice(0, -1).toSorted());
    expect(answer.header?.version).toMatch(/^\{"counter":0,"stateVersion":0,"timestamp":\d+\}$/);
  });

  it('include those of the store, and may be sent back as they are shown', async () => {
    const text = await shown();
    expect(text).toContain('flushDiskType=ASYNC_FLUSH\nflushIntervalCommitLog=500\n');
    expect(text).toContain('storePathCommitLog=/broker/commitlog\n');
    expect((await configure(text)).code).toBe(0);
    expect(await shown()).toBe(text);
  });

  it('can let larger messages in', async () => {
    await harness.close();
    await startBroker({ maxMessageSize: 20 });
    expect((await client.send('T', 'x'.repeat(21))).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect((await configure('maxMessageSize=21')).code).toBe(0);
    expect((await client.send('T', 'x'.repeat(21))).code).toBe(0);
  });

  it('take effect when they are changed', async () => {
    expect((await configure('maxMessageSize=20\nunknownKey=1\n')).code).toBe(0);
    expect((await client.send('T', 'x'.repeat(21))).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect((await client.send('T', 'x'.repeat(20))).code).toBe(0);
    expect(await shown()).toContain('maxMessageSize=20\n');
  });

  it('that were changed are changed at the next start, too, and the rest is what it is started with', async () => {
    await configure('maxMessageSize=20\nunknownKey=1\n');
    await configure('traceOn=false\nmaxMessageSize=30\n');
    const { clock, disk } = harness;
    await harness.close();
    expect(decodeUtf8(disk.readFileSync(`${STORE}/config/broker.properties`)!)).toBe(
      'maxMessageSize=30\ntraceOn=false\n',
    );
    await startBroker({ clock, disk, maxMessageSize: 10, brokerName: 'renamed' });
    const text = await shown();
    expect(text).toContain('maxMessageSize=30\n');
    expect(text).toContain('brokerName=renamed\n');
    expect((await client.send('T', 'x'.repeat(31))).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
  });

  it('that cannot be kept are not changed', async () => {
    harness.disk.makeDirectorySync(`${STORE}/config/broker.properties`);
    const answer = await configure('maxMessageSize=20');
    expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(answer.remark).toContain('broker.properties cannot be written');
    expect(await shown()).toContain('maxMessageSize=4194304\n');
  });

  it('that make no sense in their file keep the broker from starting, with the file', async () => {
    const { clock, disk } = harness;
    await harness.close();
    disk.writeFileSync(`${STORE}/config/broker.properties`, encodeUtf8('maxMessageSize=many\n'));
    await expect(startBroker({ clock, disk })).rejects.toThrow(
      /broker.properties: maxMessageSize must be .*mend the file/,
    );
  });

  it.each([
    ['rocketmqHome=x', ResponseCode.NO_PERMISSION],
    ['maxMessageSize=20\nbrokerConfigPath=/x', ResponseCode.NO_PERMISSION],
    ['maxMessageSize=20\nmaxHeldPulls=many', ResponseCode.SYSTEM_ERROR],
    ['maxMessageSize=20\nbrokerPermission=99', ResponseCode.SYSTEM_ERROR],
    ['maxMessageSize=20\ntraceOn=perhaps', ResponseCode.SYSTEM_ERROR],
    ['maxMessageSize=20\nbrokerName=other', ResponseCode.SYSTEM_ERROR],
    ['maxMessageSize=20\nfileReservedTime=1', ResponseCode.SYSTEM_ERROR],
  ])('%j are refused as a whole', async (text, code) => {
    expect((await configure(text)).code).toBe(code);
    expect(await shown()).toContain('maxMessageSize=4194304\n');
  });
});

describe('information for people', () => {
  it('about the running broker has what tools look for', async () => {
    await client.send('T', 'hello');
    await client.pull('T');
    await harness.clock.advance(20_000);
    const { table } = kvTable.decode((await client.ask(getBrokerRuntimeInfo, {})).body);
    expect(Object.fromEntries(table)).toMatchObject({
      brokerActive: 'true',
      msgPutTotalTodayNow: '1',
      msgGetTotalTodayNow: '1',
      runtime: '[ 0 days, 0 hours, 0 minutes, 20 seconds ]',
      putMessageTimesTotal: '1',
      putMessageSizeTotal: '5',
    });
    for (const key of ['putTps', 'getTotalTps', 'getFoundTps', 'getMissTps', 'getTransferredTps']) {
      expect(table.get(key)).toMatch(/^[\d.e-]+ [\d.e-]+ [\d.e-]+$/);
    }
    expect(table.get('putMessageDistributeTime')).toMatch(/^\[<=0ms\]:\d+ .*\[10s~\]:0 $/);
    expect(table.get('brokerVersionDesc')).toMatch(/^V5/);
  });

  it('about a group says how far it is behind', async () => {
    await client.send('T', 'a');
    await client.send('T', 'b');
    await client.consume('CG', { T: '*' });
    await client.pull('T');
    await client.ask(updateConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId: 0, commitOffset: 1 });
    const { offsetTable } = consumeStats.decode((await client.ask(getConsumeStats, { consumerGroup: 'CG' })).body);
    expect(offsetTable).toHaveLength(4);
    expect(offsetTable[0]).toEqual([
      { topic: 'T', brokerName: 'broker-a', queueId: 0 },
      { brokerOffset: 2, consumerOffset: 1, pullOffset: 2, lastTimestamp: expect.any(Number) as number },
    ]);
    const one = consumeStats.decode(
      (await client.ask(getConsumeStats, { consumerGroup: 'CG', topicList: 'T;Nowhere' })).body,
    );
    expect(one.offsetTable).toHaveLength(4);
    expect(
      consumeStats.decode((await client.ask(getConsumeStats, { consumerGroup: 'Nobody' })).body).offsetTable,
    ).toEqual([]);
  });

  it('about a message shows its record', async () => {
    await client.send('T', 'hello');
    const answer = await client.ask(viewMessageById, { offset: 0 });
    expect(records(answer.body)).toMatchObject([{ topic: 'T', physicalOffset: 0 }]);
    for (const offset of [-1, 5, 1 << 30])
      expect((await client.ask(viewMessageById, { offset })).code).toBe(ResponseCode.SYSTEM_ERROR);
  });

  it('about filters says which this broker knows', async () => {
    const check = (expressionType: string) =>
      client.ask(
        checkClientConfig,
        {},
        {
          body: checkClientRequestBody.encode({
            clientId: 'c',
            group: 'CG',
            subscriptionData: {
              topic: 'T',
              subString: 'a > 1',
              expressionType,
              tagsSet: [],
              codeSet: [],
              subVersion: 1,
              classFilterMode: false,
            },
          }),
        },
      );
    expect((await check('TAG')).code).toBe(0);
    expect(await check('SQL92')).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: expect.stringContaining('SQL92') as string,
    });
  });
});

describe('a request that is handed on to a client', () => {
  const info = (clientId: string) =>
    client.connection.request(
      getConsumerRunningInfo,
      { consumerGroup: 'CG', clientId, jstackEnable: false },
      { timeoutMs: 30_000 },
    );

  it('is answered by it', async () => {
    const consumer = harness.client();
    await consumer.consume('CG', { T: '*' }, { clientID: 'consumer@1' });
    consumer.onRequest = (command, connection) =>
      connection.answer(command, getConsumerRunningInfo, {
        code: 0,
        remark: 'here',
        body: encodeUtf8(`{"of":"${command.fields?.['clientId']}"}`),
      });
    const answer = await during(harness.clock, info('consumer@1'));
    expect(answer).toMatchObject({ code: 0, remark: 'here' });
    expect(Buffer.from(answer.body).toString()).toBe('{"of":"consumer@1"}');
  });

  it('with a message brings it along', async () => {
    const sent = await client.send('T', 'hello');
    const consumer = harness.client();
    await consumer.consume('CG', { T: '*' }, { clientID: 'consumer@1' });
    consumer.onRequest = (command, connection) =>
      connection.answer(command, consumeMessageDirectly, { code: 0, body: command.body.slice() });
    const header = { consumerGroup: 'CG', clientId: 'consumer@1', msgId: sent.header!.msgId, topic: 'T' };
    expect(records((await client.ask(consumeMessageDirectly, header)).body)).toMatchObject([{ topic: 'T' }]);
    expect((await client.ask(consumeMessageDirectly, { ...header, msgId: 'nonsense' })).code).toBe(
      ResponseCode.SYSTEM_ERROR,
    );
  });

  it('fails when the client is not there, and when it is silent', async () => {
    expect((await during(harness.clock, info('nobody@1'))).code).toBe(ResponseCode.SYSTEM_ERROR);
    const consumer = harness.client();
    await consumer.consume('CG', { T: '*' }, { clientID: 'consumer@1' });
    const waiting = info('consumer@1');
    await harness.clock.advance(11_000);
    expect((await waiting).code).toBe(ResponseCode.CONSUME_MSG_TIMEOUT);
  });
});
