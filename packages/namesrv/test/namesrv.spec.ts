import {
  brokerHeartbeat,
  clusterInfo,
  dataVersion,
  encodeCompressedRegisterBrokerBody,
  getAllTopicListFromNameserver,
  getBrokerClusterInfo,
  getKvConfig,
  getRouteinfoByTopic,
  getTopicsByCluster,
  kvTable,
  notifyMinBrokerIdChange,
  putKvConfig,
  queryDataVersion,
  registerBroker,
  registerBrokerBody,
  type RemotingCommand,
  type TopicConfig,
  topicRouteData,
  unregisterBroker,
} from '@cometmq/protocol';
import { Connection } from '@cometmq/remoting';
import { createPipe, type Dialer, type HostPort, silentLogger } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { ADDRESS_MODE_CONNECTION, ADDRESS_MODE_FIELD } from '../src/routes/advertised-address.js';
import { type Endpoint, TestNameServer } from './harness.js';

interface Registration {
  readonly brokerName?: string;
  readonly brokerAddr?: string;
  readonly brokerId?: number;
  readonly clusterName?: string;
  readonly haServerAddr?: string;
  readonly heartbeatTimeoutMillis?: number;
  readonly enableActingMaster?: boolean;
  readonly topics?: readonly string[];
  readonly counter?: number;
  readonly compressed?: boolean;
  readonly bodyCrc32?: number;
  readonly extFields?: Readonly<Record<string, string>>;
}

const codecs = nodeCodecs();

function bodyOf({ topics = ['T1', 'T2'], counter = 1, compressed = false }: Registration): Uint8Array {
  const config = (topicName: string): TopicConfig => ({
    topicName,
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: new Map(),
  });
  const version = { counter, stateVersion: 0, timestamp: 1 };
  const body = {
    topicConfigSerializeWrapper: {
      dataVersion: version,
      topicConfigTable: new Map(topics.map((name) => [name, config(name)])),
      mappingDataVersion: version,
      topicQueueMappingInfoMap: new Map(),
      topicQueueMappingDetailMap: new Map(),
    },
    filterServerList: [],
  };
  return compressed ? encodeCompressedRegisterBrokerBody(body, codecs) : registerBrokerBody.encode(body);
}

function registerOver(server: TestNameServer, connection: Connection, of: Registration = {}) {
  const header = {
    brokerName: of.brokerName ?? 'broker-a',
    brokerAddr: of.brokerAddr ?? '10.0.0.2:10911',
    brokerId: of.brokerId ?? 0,
    clusterName: of.clusterName ?? 'C',
    haServerAddr: of.haServerAddr ?? '10.0.0.2:10912',
    heartbeatTimeoutMillis: of.heartbeatTimeoutMillis,
    enableActingMaster: of.enableActingMaster,
    compressed: of.compressed ?? false,
    bodyCrc32: of.bodyCrc32 ?? 0,
  };
  return server.askOver(connection, registerBroker, header, { body: bodyOf(of), extFields: of.extFields });
}

async function route(
  server: TestNameServer,
  topic = 'T1',
  endpoint: Endpoint & { extFields?: Record<string, string> } = {},
) {
  const answer = await server.ask(getRouteinfoByTopic, { topic }, endpoint);
  return answer.code === 0 ? topicRouteData.decode(answer.body) : answer;
}

/** Addresses of all brokers of a topic, or the code of the refusal. */
async function addresses(server: TestNameServer, topic = 'T1', endpoint: Endpoint = {}): Promise<string[] | number> {
  const answer = await route(server, topic, endpoint);
  return 'code' in answer ? answer.code : answer.brokerDatas.flatMap(({ brokerAddrs }) => [...brokerAddrs.values()]);
}

const BY_CONNECTION = { [ADDRESS_MODE_FIELD]: ADDRESS_MODE_CONNECTION };

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
    const who = { clusterName: 'C', brokerAddr: '10.0.0.2:10911', brokerName: 'broker-a', brokerId: 0 };
    for (let round = 0; round < 6; round++) {
      await server.clock.advance(8000);
      if (sign === 'registration') await registerOver(server, connection, { heartbeatTimeoutMillis: 10_000 });
      else if (sign === 'heartbeat') connection.oneway(brokerHeartbeat, who);
      else {
        const body = dataVersion.encode({ counter: 1, stateVersion: 0, timestamp: 1 });
        await server.askOver(connection, queryDataVersion, who, { body });
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
    const who = { clusterName: 'C', brokerAddr: '10.0.0.2:10911', brokerName: 'broker-a', brokerId: 0 };
    const body = dataVersion.encode({ counter, stateVersion: 0, timestamp: 1 });
    const answer = await server.askOver(connection, queryDataVersion, who, { body });
    expect(answer.header).toEqual(header);
    expect(dataVersion.decode(answer.body)).toEqual({ counter: 1, stateVersion: 0, timestamp: 1 });
    const unknown = await server.askOver(connection, queryDataVersion, { ...who, brokerAddr: 'x:1' }, { body });
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
    const who = { clusterName: 'C', brokerAddr: '10.0.0.2:10911', brokerName: 'broker-a', brokerId: 0 };
    await registerOver(server, first);
    expect((await server.askOver(first, unregisterBroker, who)).code).toBe(0);
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

describe('groups of master and slaves', () => {
  const slave = { brokerId: 1, brokerAddr: '10.0.0.3:10911', haServerAddr: '10.0.0.3:10912', enableActingMaster: true };

  it('show the smallest slave as master when the master is gone, where that is wanted', async () => {
    for (const supportActingMaster of [false, true]) {
      const server = await new TestNameServer({ supportActingMaster }).start();
      const master = server.connect();
      await registerOver(server, master, { enableActingMaster: true });
      const answer = await registerOver(server, server.connect(), slave);
      expect(answer.header).toEqual({ masterAddr: '10.0.0.2:10911', haServerAddr: '10.0.0.2:10912' });
      master.close();
      await server.clock.settle();
      const now = await route(server);
      if ('code' in now) throw new Error('no route');
      expect([...now.brokerDatas[0]!.brokerAddrs]).toEqual([[supportActingMaster ? 0 : 1, '10.0.0.3:10911']]);
      expect(now.queueDatas[0]?.perm).toBe(4);
    }
  });

  it('are told who leads, by dialling Apache brokers', async () => {
    const told: { to: HostPort; command: RemotingCommand }[] = [];
    const box: { server?: TestNameServer } = {};
    const dialer: Dialer = {
      kind: 'tcp',
      connect(to) {
        const [near, far] = createPipe(box.server!.clock);
        const events = { request: (command: RemotingCommand) => void told.push({ to, command }) };
        void new Connection(far, events, { clock: box.server!.clock, logger: silentLogger });
        return Promise.resolve(near);
      },
    };
    const server = await new TestNameServer({ notifyMinBrokerIdChanged: true }, { dialers: { tcp: dialer } }).start();
    box.server = server;
    const master = server.connect();
    await registerOver(server, server.connect(), slave);
    await registerOver(server, server.connect(), { ...slave, brokerId: 2, brokerAddr: '10.0.0.4:10911' });
    expect(told).toEqual([]);
    await registerOver(server, master, { enableActingMaster: true });
    await server.clock.settle();
    const summary = () =>
      told
        .splice(0)
        .map(({ to, command }) => [
          `${to.host}:${to.port}`,
          notifyMinBrokerIdChange.request.decode(command.fields),
          command.flag,
        ]);
    const leads = { minBrokerId: 0, minBrokerAddr: '10.0.0.2:10911', haBrokerAddr: '10.0.0.2:10912' };
    expect(summary()).toEqual([
      ['10.0.0.3:10911', leads, 2],
      ['10.0.0.4:10911', leads, 2],
    ]);
    master.close();
    await server.clock.settle();
    const left = { minBrokerId: 1, minBrokerAddr: '10.0.0.3:10911', offlineBrokerAddr: '10.0.0.2:10911' };
    expect(summary()).toEqual([
      ['10.0.0.3:10911', left, 2],
      ['10.0.0.4:10911', left, 2],
    ]);
    await server.close();
  });

  it('are told over their connection when that is how they are known', async () => {
    const server = await new TestNameServer({ notifyMinBrokerIdChanged: true }).start();
    const told: RemotingCommand[] = [];
    const channel = server.channel({ remote: { host: '10.0.0.3', port: 5 } });
    const events = { request: (command: RemotingCommand) => void told.push(command) };
    const connection = new Connection(channel, events, { clock: server.clock, logger: silentLogger });
    await registerOver(server, connection, { ...slave, brokerAddr: '0.0.0.0:10911', extFields: BY_CONNECTION });
    await registerOver(server, server.connect(), { enableActingMaster: true });
    await server.clock.settle();
    expect(told.map(({ code, fields }) => [code, fields?.['minBrokerAddr']])).toEqual([[905, '10.0.0.2:10911']]);
  });
});

describe('zones', () => {
  it('give clients the brokers near them, and those without a master', async () => {
    const server = await new TestNameServer().start();
    const inZone = (zone: string) => ({ extFields: { __ZONE_NAME: zone } });
    await registerOver(server, server.connect(), inZone('east'));
    await registerOver(server, server.connect(), {
      brokerName: 'broker-b',
      brokerAddr: '10.0.0.3:10911',
      ...inZone('west'),
    });
    const master = server.connect();
    const orphan = { brokerName: 'broker-c', ...inZone('west') };
    await registerOver(server, master, { ...orphan, brokerAddr: '10.0.0.4:10911' });
    await registerOver(server, server.connect(), { ...orphan, brokerId: 1, brokerAddr: '10.0.0.5:10911' });
    master.close();
    await server.clock.settle();
    const names = async (extFields: Record<string, string>) => {
      const answer = await route(server, 'T1', { extFields });
      return 'code' in answer ? [] : answer.queueDatas.map(({ brokerName }) => brokerName);
    };
    expect(await names({ __ZONE_MODE: 'true', __ZONE_NAME: 'EAST' })).toEqual(['broker-a', 'broker-c']);
    expect(await names({ __ZONE_MODE: 'false', __ZONE_NAME: 'east' })).toHaveLength(3);
    expect(await names({ __ZONE_MODE: 'true', __ZONE_NAME: ' ' })).toHaveLength(3);
  });
});

describe('brokers known by their connection', () => {
  const shared = { brokerAddr: '0.0.0.0:9876', extFields: BY_CONNECTION };
  const local = { host: '10.0.0.1', port: 9876 };

  it('are reached as each client reached the name server when they share its port', async () => {
    const server = await new TestNameServer().start();
    await registerOver(server, server.connect({ remote: { host: '127.0.0.1', port: 0 } }), shared);
    expect(await addresses(server, 'T1', { local })).toEqual(['10.0.0.1:9876']);
    expect(await addresses(server, 'T1', { local, dialed: { host: 'mq.example', port: 443 } })).toEqual([
      'mq.example:443',
    ]);
    expect(await addresses(server, 'T1', { local: { host: '127.0.0.1', port: 9876 } })).toEqual(['127.0.0.1:9876']);
  });

  it('are kept apart, counted alive and unregistered under what they call themselves', async () => {
    const server = await new TestNameServer().start();
    const machines = ['10.0.0.5', '10.0.0.6'].map((host) => server.connect({ remote: { host, port: 4 }, local }));
    const own = { brokerAddr: '0.0.0.0:10911', heartbeatTimeoutMillis: 10_000, extFields: BY_CONNECTION };
    await registerOver(server, machines[0]!, own);
    await registerOver(server, machines[1]!, { ...own, brokerName: 'broker-b' });
    expect(await addresses(server)).toEqual(['10.0.0.5:10911', '10.0.0.6:10911']);
    const who = { clusterName: 'C', brokerAddr: '0.0.0.0:10911', brokerName: 'broker-a', brokerId: 0 };
    await server.clock.advance(8000);
    machines[0]!.oneway(brokerHeartbeat, who);
    await server.clock.advance(8000);
    expect(await addresses(server)).toEqual(['10.0.0.5:10911']);
    expect((await server.askOver(machines[0]!, unregisterBroker, who)).code).toBe(0);
    expect(await addresses(server)).toBe(17);
  });

  it('show slaves the replication port of their master where they can reach it', async () => {
    const server = await new TestNameServer().start();
    const master = { ...shared, haServerAddr: '127.0.0.1:10912' };
    await registerOver(server, server.connect({ remote: { host: '127.0.0.1', port: 0 } }), master);
    const slave = server.connect({ remote: { host: '10.0.0.7', port: 1 }, local });
    const answer = await registerOver(server, slave, { brokerId: 1, brokerAddr: '10.0.0.7:10911' });
    expect(answer.header).toEqual({ masterAddr: '10.0.0.1:9876', haServerAddr: '10.0.0.1:10912' });
  });
});
