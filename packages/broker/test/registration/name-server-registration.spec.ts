import {
  registerBroker,
  registerBrokerBody,
  type RegisterBrokerBody,
  type RequestHeader,
  ResponseCode,
  unregisterBroker,
  updateAndCreateTopic,
  updateBrokerConfig,
} from '@cometmq/protocol';
import { processor, RemotingServer } from '@cometmq/remoting';
import {
  createPipe,
  crc32,
  type Dialer,
  encodeUtf8,
  silentLogger,
  TransportError,
  VirtualClock,
} from '@cometmq/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness, type HarnessOptions, type TestClient, topicHeader } from '../broker-harness.js';

interface Registration {
  readonly header: RequestHeader<typeof registerBroker>;
  readonly addressMode: string | undefined;
  readonly body: RegisterBrokerBody;
  readonly intact: boolean;
}

/** Takes registrations in place of a name server; `down` refuses connections. */
class FakeNameServer {
  readonly registrations: Registration[] = [];
  readonly unregistered: string[] = [];
  readonly server: RemotingServer;
  code: number = ResponseCode.SUCCESS;

  constructor(clock: VirtualClock) {
    const register = processor(registerBroker, ({ header, body, command }) => {
      this.registrations.push({
        header,
        addressMode: command.fields?.['addressMode'],
        body: registerBrokerBody.decode(body),
        intact: (crc32(body) & 0x7fff_ffff) === header.bodyCrc32,
      });
      return { code: this.code };
    });
    const unregister = processor(unregisterBroker, ({ header }) => {
      this.unregistered.push(`${header.brokerName}@${header.brokerAddr}`);
      return { code: ResponseCode.SUCCESS };
    });
    this.server = new RemotingServer({ processors: [register, unregister] }, { clock, logger: silentLogger });
  }

  get topics(): string[] {
    return [...(this.registrations.at(-1)?.body.topicConfigSerializeWrapper.topicConfigTable.keys() ?? [])];
  }
}

let harness: BrokerHarness;
let client: TestClient;
let servers: ReadonlyMap<string, FakeNameServer>;
afterEach(() => harness.close());

async function start(options: HarnessOptions = {}, clock = new VirtualClock()): Promise<FakeNameServer[]> {
  servers = new Map(['10.0.0.1:9876', '10.0.0.2:9876'].map((address) => [address, new FakeNameServer(clock)]));
  const tcp: Dialer = {
    kind: 'tcp',
    connect: async ({ host, port }) => {
      const server = servers.get(`${host}:${port}`);
      if (server === undefined) throw new TransportError('REFUSED', `nobody listens at ${host}:${port}`);
      const [near, far] = createPipe(clock);
      server.server.accept(far);
      return near;
    },
  };
  harness = await BrokerHarness.start({
    clock,
    dialers: { tcp },
    namesrvAddr: [...servers.keys()].join(';'),
    ...options,
  });
  client = harness.client();
  return [...servers.values()];
}
const states = () => [...harness.broker.health().registrations.values()].map(({ kind }) => kind);

describe('a broker with name servers', () => {
  it('is registered with all of them when it has started', async () => {
    const [one, two] = await start();
    for (const server of [one!, two!]) {
      expect(server.registrations).toHaveLength(1);
      expect(server.registrations[0]).toMatchObject({
        intact: true,
        addressMode: 'connection',
        header: {
          brokerName: 'broker-a',
          clusterName: 'DefaultCluster',
          brokerId: 0,
          brokerAddr: '127.0.0.1:10911',
          haServerAddr: '127.0.0.1:10912',
          compressed: false,
        },
      });
      expect(server.topics).toContain('TBW102');
    }
    expect(states()).toEqual(['registered', 'registered']);
  });

  it('says its address as it was told', async () => {
    const [server] = await start({ brokerIP1: '192.0.2.7', listenPort: 7000 });
    expect(server!.registrations[0]).toMatchObject({
      addressMode: undefined,
      header: { brokerAddr: '192.0.2.7:7000', haServerAddr: '192.0.2.7:7001' },
    });
  });

  it('registers again every thirty seconds', async () => {
    const [server] = await start();
    await harness.clock.advance(95_000);
    expect(server!.registrations).toHaveLength(4);
  });

  it('tells of a new topic at once, with a newer version, and of many at a time', async () => {
    const [server] = await start();
    const before = server!.registrations[0]!.body.topicConfigSerializeWrapper.dataVersion.counter;
    await client.send('New', 'x');
    await harness.clock.advance(100);
    expect(server!.topics).toContain('New');
    expect(server!.registrations.at(-1)!.body.topicConfigSerializeWrapper.dataVersion.counter).toBe(before + 1);
    const count = server!.registrations.length;
    const asked = Array.from({ length: 50 }, (_, index) =>
      client.connection.request(updateAndCreateTopic, topicHeader(`Many${index}`)),
    );
    await harness.clock.advance(1000);
    await Promise.all(asked);
    expect(server!.topics).toContain('Many49');
    expect(server!.registrations.length - count).toBeLessThan(10);
  });

  it('tells a restricted permission for every topic', async () => {
    const [server] = await start();
    await client.ask(updateBrokerConfig, {}, { body: encodeUtf8('brokerPermission=4') });
    await harness.clock.advance(100);
    expect(
      server!.registrations.at(-1)!.body.topicConfigSerializeWrapper.topicConfigTable.get('BenchmarkTest')?.perm,
    ).toBe(4);
  });

  it('starts without them and registers when they are back', async () => {
    const clock = new VirtualClock();
    const [server] = await start({ namesrvAddr: '10.0.0.1:9876;10.0.0.9:9876' }, clock);
    expect(states()).toEqual(['registered', 'failed']);
    (servers as Map<string, FakeNameServer>).set('10.0.0.9:9876', server!);
    await clock.advance(61_000);
    expect(states()).toEqual(['registered', 'registered']);
  });

  it('does not wait for one that is silent', async () => {
    const clock = new VirtualClock();
    const silent: Dialer = { kind: 'tcp', connect: () => Promise.resolve(createPipe(clock)[0]) };
    harness = await BrokerHarness.start({ clock, dialers: { tcp: silent }, namesrvAddr: '10.0.0.1:9876' });
    expect(clock.monotonic()).toBeLessThan(6000);
    expect((await harness.client().send('T', 'x')).code).toBe(0);
    await clock.advance(25_000);
    expect(states()).toEqual(['failed']);
  });

  it('goes on when one refuses it', async () => {
    const [one] = await start();
    one!.code = ResponseCode.SYSTEM_ERROR;
    await harness.clock.advance(31_000);
    expect(states()).toEqual(['failed', 'registered']);
    expect((await client.send('T', 'x')).code).toBe(0);
  });

  it('takes its leave when it ends', async () => {
    const [one, two] = await start();
    await harness.close();
    expect([one!.unregistered, two!.unregistered]).toEqual([
      ['broker-a@127.0.0.1:10911'],
      ['broker-a@127.0.0.1:10911'],
    ]);
  });
});
