import {
  brokerHeartbeat,
  clusterInfo,
  dataVersion,
  getAllTopicListFromNameserver,
  getBrokerClusterInfo,
  getKvConfig,
  getRouteinfoByTopic,
  getTopicsByCluster,
  kvTable,
  putKvConfig,
  queryDataVersion,
  registerBroker,
  unregisterBroker,
} from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { TestNameServer } from './harness.js';

import { addresses, bodyOf, BROKER_A, codecs, registerOver, route } from './brokers.js';

describe('a broker that says nothing any more', () => {
  it('is out of the routes after its own timeout, seen every five seconds', async () => {
    const server = await new TestNameServer().start();
    const connection = server.connect();
    await registerOver(server, connection, { heartbeatTimeoutMillis: 12_000 });
    await server.clock.advance(12_000);
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
    await server.clock.advance(3000);
    expect(await addresses(server)).toBe(17);
    // Should it be alive after all, it connects and registers again.
    expect(connection.open).toBe(false);
    await server.close();
  });

  it('has two minutes when it promised nothing', async () => {
    const server = await new TestNameServer().start();
    await registerOver(server, server.connect());
    await server.clock.advance(120_000);
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
    await server.clock.advance(5000);
    expect(await addresses(server)).toBe(17);
  });

  it.each(['registration', 'heartbeat', 'data version'])('stays when it sends a %s', async (sign) => {
    const server = await new TestNameServer().start();
    const connection = server.connect();
    await registerOver(server, connection, { heartbeatTimeoutMillis: 10_000 });
    for (let round = 0; round < 6; round++) {
      await server.clock.advance(8000);
      if (sign === 'registration') await registerOver(server, connection, { heartbeatTimeoutMillis: 10_000 });
      else if (sign === 'heartbeat') connection.oneway(brokerHeartbeat, BROKER_A);
      else {
        const body = dataVersion.encode({ counter: 1, stateVersion: 0, timestamp: 1 });
        await server.askOver(connection, queryDataVersion, BROKER_A, { body });
      }
      await server.clock.settle();
    }
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
  });
});

describe('the version of topics', () => {
  it.each([
    [1, { changed: false }],
    [2, { changed: true }],
  ])('is compared with what the broker has now: %i', async (counter, header) => {
    const server = await new TestNameServer().start();
    const connection = server.connect();
    await registerOver(server, connection);
    const body = dataVersion.encode({ counter, stateVersion: 0, timestamp: 1 });
    const answer = await server.askOver(connection, queryDataVersion, BROKER_A, { body });
    expect(answer.header).toEqual(header);
    expect(dataVersion.decode(answer.body)).toEqual({ counter: 1, stateVersion: 0, timestamp: 1 });
    const unknown = await server.askOver(connection, queryDataVersion, { ...BROKER_A, brokerAddr: 'x:1' }, { body });
    expect([unknown.header, unknown.body.length]).toEqual([{ changed: true }, 0]);
  });
});

describe('the connection of a registration', () => {
  it('takes the broker out of the routes when it ends', async () => {
    const server = await new TestNameServer().start();
    const connection = server.connect();
    await registerOver(server, connection);
    await registerOver(server, connection, { brokerName: 'broker-b', brokerAddr: '10.0.0.2:20911' });
    expect(await addresses(server)).toHaveLength(2);
    connection.destroy();
    await server.clock.settle();
    expect(await addresses(server)).toBe(17);
  });

  it('does nothing when the broker has registered over another one meanwhile', async () => {
    const server = await new TestNameServer().start();
    const [first, second] = [server.connect(), server.connect()];
    await registerOver(server, first);
    await registerOver(server, second);
    first.close();
    await server.clock.settle();
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
    second.close();
    await server.clock.settle();
    expect(await addresses(server)).toBe(17);
  });

  it('does nothing to a broker that has unregistered and come back elsewhere', async () => {
    const server = await new TestNameServer().start();
    const [first, second] = [server.connect(), server.connect()];
    await registerOver(server, first);
    expect((await server.askOver(first, unregisterBroker, BROKER_A)).code).toBe(0);
    expect(await addresses(server)).toBe(17);
    await registerOver(server, second);
    first.close();
    await server.clock.settle();
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
  });
});

describe('the body of a registration', () => {
  it('may be compressed', async () => {
    const server = await new TestNameServer().start();
    expect((await registerOver(server, server.connect(), { compressed: true })).code).toBe(0);
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
  });

  it('is checked against its sum when there is one', async () => {
    const server = await new TestNameServer().start();
    const sum = codecs.crc32(bodyOf({})) & 0x7fff_ffff;
    expect(await registerOver(server, server.connect(), { bodyCrc32: sum ^ 1 })).toMatchObject({
      code: 1,
      remark: 'crc32 not match',
    });
    expect(await addresses(server)).toBe(17);
    expect((await registerOver(server, server.connect(), { bodyCrc32: sum })).code).toBe(0);
  });

  it('that is damaged is refused and changes nothing', async () => {
    const server = await new TestNameServer().start();
    const header = {
      brokerName: 'a',
      brokerAddr: 'a:1',
      brokerId: 0,
      clusterName: 'C',
      haServerAddr: '',
      bodyCrc32: 0,
    };
    const good = bodyOf({ compressed: true });
    for (const [compressed, body] of [
      [false, new TextEncoder().encode('{"topicConfigSerializeWrapper":')],
      [false, new TextEncoder().encode('[]')],
      [true, new TextEncoder().encode('no zlib')],
      [true, good.subarray(0, good.length - 5)],
    ] as const) {
      const answer = await server.ask(registerBroker, { ...header, compressed }, { body });
      expect(answer.code).toBe(1);
      expect(answer.remark).not.toBe('');
    }
    expect(clusterInfo.decode((await server.ask(getBrokerClusterInfo, {})).body).brokerAddrTable.size).toBe(0);
  });

  it('may be missing: a broker without topics', async () => {
    const server = await new TestNameServer().start();
    const header = {
      brokerName: 'a',
      brokerAddr: 'a:1',
      brokerId: 0,
      clusterName: 'C',
      haServerAddr: '',
      compressed: false,
      bodyCrc32: 0,
    };
    const connection = server.connect();
    expect((await server.askOver(connection, registerBroker, header)).code).toBe(0);
    expect(clusterInfo.decode((await server.ask(getBrokerClusterInfo, {})).body).brokerAddrTable.has('a')).toBe(true);
  });
});

describe('name servers', () => {
  it('share nothing', async () => {
    const one = await new TestNameServer().start();
    const two = await new TestNameServer().start();
    await registerOver(one, one.connect());
    expect([await addresses(one), await addresses(two)]).toEqual([['10.0.0.2:10911'], 17]);
  });

  it('forget brokers with a restart, but not values', async () => {
    const one = await new TestNameServer().start();
    await registerOver(one, one.connect());
    await one.ask(putKvConfig, { namespace: 'N', key: 'k', value: 'v' });
    await one.close();
    const two = await new TestNameServer({}, { before: one }).start();
    expect(await addresses(two)).toBe(17);
    expect((await two.ask(getKvConfig, { namespace: 'N', key: 'k' })).header).toEqual({ value: 'v' });
  });

  it('may make clients wait until brokers are back', async () => {
    const server = await new TestNameServer({ needWaitForService: true, waitSecondsForService: 10 }).start();
    await registerOver(server, server.connect());
    expect(await server.ask(getRouteinfoByTopic, { topic: 'T1' })).toMatchObject({
      code: 1,
      remark: 'name server not ready',
    });
    await server.clock.advance(10_000);
    expect(await addresses(server)).toEqual(['10.0.0.2:10911']);
  });

  it('may keep their lists of topics to themselves', async () => {
    const server = await new TestNameServer({ enableAllTopicList: false, enableTopicList: false }).start();
    expect(await server.ask(getAllTopicListFromNameserver, {})).toMatchObject({ code: 1, remark: 'disable' });
    expect(await server.ask(getTopicsByCluster, { cluster: 'C' })).toMatchObject({ code: 1, remark: 'disable' });
  });

  it('tell brokers of their orderly topics', async () => {
    const server = await new TestNameServer().start();
    expect((await registerOver(server, server.connect())).body.length).toBe(0);
    await server.ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'T1', value: 'broker-a:4' });
    const answer = await registerOver(server, server.connect());
    expect(kvTable.decode(answer.body).table).toEqual(new Map([['T1', 'broker-a:4']]));
  });
});

describe('a cached route', () => {
  it('is not given when anything it shows has changed', async () => {
    const server = await new TestNameServer({ orderMessageEnable: true }).start();
    const connection = server.connect();
    const queues = async () => {
      const answer = await route(server);
      return 'code' in answer ? answer.code : `${answer.queueDatas.length} ${answer.orderTopicConf ?? '-'}`;
    };
    await registerOver(server, connection);
    expect([await queues(), await queues()]).toEqual(['1 -', '1 -']);
    await registerOver(server, connection, { brokerName: 'broker-b', brokerAddr: '10.0.0.3:10911' });
    expect(await queues()).toBe('2 -');
    await server.ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'T1', value: 'broker-a:4' });
    expect(await queues()).toBe('2 broker-a:4');
    connection.close();
    await server.clock.settle();
    expect(await queues()).toBe(17);
  });
});
