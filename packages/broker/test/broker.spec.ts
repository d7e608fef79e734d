import {
  defineRequest,
  findProperty,
  queryConsumerOffset,
  ResponseCode,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { RemotingServer } from '@cometmq/remoting';
import { createPipe, VirtualClock } from '@cometmq/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { Broker } from '../src/index.js';
import { bodyText, BrokerHarness, during, records, STORE, TestClient, brokerPorts } from './broker-harness.js';

let harness: BrokerHarness | undefined;
afterEach(() => harness?.close());

describe('a message on its way', () => {
  it('is stored in a topic that the send makes, pulled with its properties, and its offset remembered', async () => {
    harness = await BrokerHarness.start();
    const client = harness.client();
    const sent = await client.send('TopicA', 'hello', {
      queueId: 1,
      properties: 'TAGS\u0001TagA\u0002UNIQ_KEY\u0001ID1\u0002',
    });
    expect(sent).toMatchObject({
      code: ResponseCode.SUCCESS,
      header: { queueId: 1, queueOffset: 0, transactionId: 'ID1', msgId: '7F00000100002A9F0000000000000000' },
      fields: { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' },
    });
    const pulled = await client.pull('TopicA', { queueId: 1 });
    expect(pulled).toMatchObject({
      code: ResponseCode.SUCCESS,
      remark: 'FOUND',
      header: {
        nextBeginOffset: 1,
        minOffset: 0,
        maxOffset: 1,
        suggestWhichBrokerId: 0,
        topicSysFlag: 0,
        groupSysFlag: 0,
      },
    });
    const [record] = records(pulled.body);
    expect(record).toMatchObject({
      topic: 'TopicA',
      queueId: 1,
      queueOffset: 0,
      properties:
        'TAGS\u0001TagA\u0002UNIQ_KEY\u0001ID1\u0002CLUSTER\u0001DefaultCluster\u0002MSG_REGION\u0001DefaultRegion\u0002TRACE_ON\u0001true\u0002',
    });
    expect(bodyText(record!)).toBe('hello');
    expect([...record!.bornHost]).toEqual([10, 0, 0, 9, 0, 0, 0x9c, 0x40]);
    expect(findProperty(record!.properties, 'CLUSTER')).toBe('DefaultCluster');
    const header = { consumerGroup: 'CG', topic: 'TopicA', queueId: 1 };
    expect(await client.ask(updateConsumerOffset, { ...header, commitOffset: 1 })).toMatchObject({ code: 0 });
    expect(await client.ask(queryConsumerOffset, header)).toMatchObject({ code: 0, header: { offset: 1 } });
  });
});

describe('a broker', () => {
  it('answers nothing before its start and after its end', async () => {
    const clock = new VirtualClock();
    const ports = brokerPorts(clock);
    const broker = new Broker({ storePathRootDir: STORE }, ports);
    const server = new RemotingServer({ processors: broker.processors }, ports);
    const client = () => {
      const [near, far] = createPipe(clock);
      server.accept(far);
      return new TestClient(near, clock);
    };
    const asking = client();
    expect(await asking.send('T', 'x')).toMatchObject({
      code: ResponseCode.SERVICE_NOT_AVAILABLE,
      remark: 'the broker is not started',
    });
    expect(await asking.consume('CG', { T: '*' })).toMatchObject({ code: ResponseCode.SERVICE_NOT_AVAILABLE });
    await during(clock, broker.start());
    expect(broker.health()).toMatchObject({ phase: 'open', store: { condition: { writable: true } } });
    expect((await asking.send('T', 'x')).code).toBe(ResponseCode.SUCCESS);
    await during(clock, Promise.all([broker.close(), broker.close()]));
    await during(clock, broker.close());
    expect(broker.health()).toMatchObject({ phase: 'closed', store: undefined });
    expect((await asking.send('T', 'x')).code).toBe(ResponseCode.SERVICE_NOT_AVAILABLE);
    await expect(broker.start()).rejects.toThrow('started once');
  });

  it('keeps messages and topics over a restart', async () => {
    const clock = new VirtualClock();
    harness = await BrokerHarness.start({ clock });
    await harness.client().send('T', 'kept', { queueId: 3 });
    const { disk } = harness;
    await harness.close();
    harness = await BrokerHarness.start({ clock, disk, autoCreateTopicEnable: false });
    const client = harness.client();
    expect(records((await client.pull('T', { queueId: 3 })).body).map(bodyText)).toEqual(['kept']);
    expect(await client.send('T', 'more', { queueId: 3 })).toMatchObject({ code: 0, header: { queueOffset: 1 } });
  });

  it('does not start in the directory of another', async () => {
    const clock = new VirtualClock();
    harness = await BrokerHarness.start({ clock });
    await expect(BrokerHarness.start({ clock, disk: harness.disk })).rejects.toThrow('lock');
    expect((await harness.client().send('T', 'x')).code).toBe(0);
  });

  it('answers 3 to what it does not serve', async () => {
    harness = await BrokerHarness.start();
    const unknown = defineRequest({ code: 4711, name: 'UNKNOWN' });
    expect(await harness.client().ask(unknown, {})).toMatchObject({
      code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
      remark: ' request type 4711 not supported',
    });
  });

  it.each([
    [{ brokerPermission: 9 }, 'brokerPermission=9 (options): must be an integer from 0 to 7'],
    [{ listenPort: -1 }, 'listenPort'],
    [{ registerNameServerPeriod: 5 }, 'from 10000 to 60000'],
    [{ maxHeldPulls: Number.NaN }, 'maxHeldPulls'],
    [{ messageDelayLevel: '5 minutes' }, 'messageDelayLevel'],
    [{ store: { deleteWhen: '25' } }, 'deleteWhen'],
  ])('cannot be made with %j', (options, message) => {
    const ports = brokerPorts(new VirtualClock());
    expect(() => new Broker({ storePathRootDir: STORE, ...options }, ports)).toThrow(message);
  });
});
