import {
  type DecodedRecord,
  heartBeat,
  heartbeatData,
  type HeartbeatData,
  pullMessage,
  readRecord,
  type RemotingCommand,
  type RequestHeader,
  sendMessageV2,
  updateAndCreateTopic,
} from '@cometmq/protocol';
import { type Answer, Connection, RemotingServer } from '@cometmq/remoting';
import {
  createMeter,
  createPipe,
  type Disk,
  encodeUtf8,
  type Meter,
  seededRandom,
  silentLogger,
  VirtualClock,
} from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { memoryDisk } from '@cometmq/testkit';
import { Broker, type BrokerOptions, type BrokerPorts } from '../src/index.js';

export const STORE = '/broker';

/** What a test says about a broker; the store is in memory and small. */
export interface HarnessOptions extends Partial<BrokerOptions> {
  readonly clock?: VirtualClock;
  readonly disk?: Disk;
  readonly dialers?: BrokerPorts['dialers'];
}

/** Of a program with a disk of its own in memory. */
export function brokerPorts(clock: VirtualClock, dialers: BrokerPorts['dialers'] = {}): BrokerPorts {
  const random = seededRandom(7);
  return { clock, random, disk: memoryDisk(clock, random), codecs: nodeCodecs(), logger: silentLogger, dialers };
}

/** A broker behind a remoting server, under virtual time, with clients on pipes. */
export class BrokerHarness {
  readonly clients: TestClient[] = [];
  #nextPort = 40_000;

  private constructor(
    readonly broker: Broker,
    readonly server: RemotingServer,
    readonly clock: VirtualClock,
    readonly disk: Disk,
    readonly meter: Meter,
  ) {}

  static async start(options: HarnessOptions = {}): Promise<BrokerHarness> {
    const { clock = new VirtualClock(), disk, dialers = {}, ...brokerOptions } = options;
    const meter = createMeter();
    const ports = { ...brokerPorts(clock, dialers), ...(disk && { disk }), meter };
    const store = { mappedFileSizeCommitLog: 1 << 20, mappedFileSizeConsumeQueue: 20_000, ...brokerOptions.store };
    const broker = new Broker({ storePathRootDir: STORE, ...brokerOptions, store }, ports);
    const server = new RemotingServer({ processors: broker.processors }, { clock, logger: silentLogger });
    await during(clock, broker.start());
    return new BrokerHarness(broker, server, clock, ports.disk, meter);
  }

  client(): TestClient {
    const address = { host: '10.0.0.9', port: this.#nextPort++ };
    const [near, far] = createPipe(this.clock, { addresses: [address, { host: '127.0.0.1', port: 10_911 }] });
    this.server.accept(far);
    const client = new TestClient(near, this.clock);
    this.clients.push(client);
    return client;
  }

  /** Value of a gauge of the broker. */
  gauge(name: string): number {
    const gauge = this.meter.gauges.find((candidate) => candidate.name === `rocketmq_broker_${name}`);
    if (gauge === undefined) throw new Error(`no gauge ${name}`);
    return [...gauge.read()].reduce((sum, { value }) => sum + value, 0);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.connection.close();
    await during(this.clock, this.server.close());
    await during(this.clock, this.broker.close());
  }
}

/** Lets virtual time go on, a little at a time, until the promise is settled. */
export async function during<Value>(clock: VirtualClock, promise: Promise<Value>): Promise<Value> {
  let settled = false;
  const watched = promise.finally(() => (settled = true));
  watched.catch(() => {});
  for (let round = 0; !settled && round < 100_000; round++) {
    await clock.settle();
    if (!settled) await clock.advance(1);
  }
  return watched;
}

/** Sent by the broker to a client. */
export interface Pushed {
  readonly code: number;
  readonly fields: RemotingCommand['fields'];
}

export class TestClient {
  readonly connection: Connection;
  readonly pushed: Pushed[] = [];
  /** Answers requests of the broker. */
  onRequest: ((command: RemotingCommand, connection: Connection) => void) | undefined;

  constructor(
    channel: ConstructorParameters<typeof Connection>[0],
    private readonly clock: VirtualClock,
  ) {
    const request = (command: RemotingCommand, connection: Connection) => {
      this.pushed.push({ code: command.code, fields: command.fields });
      this.onRequest?.(command, connection);
    };
    this.connection = new Connection(channel, { request }, { clock, logger: silentLogger });
  }

  /** Asks and waits, letting virtual time go on. */
  ask: Connection['request'] = (definition, header, options) =>
    during(this.clock, this.connection.request(definition, header, { timeoutMs: 60_000, ...options }));

  send(
    topic: string,
    body: string | Uint8Array,
    more: Partial<RequestHeader<typeof sendMessageV2>> = {},
  ): Promise<Answer<typeof sendMessageV2>> {
    return this.ask(sendMessageV2, sendHeader(topic, this.clock.now(), more), {
      body: typeof body === 'string' ? encodeUtf8(body) : body,
    });
  }

  /** Four queues unless `more` says otherwise. */
  makeTopic(
    topic: string,
    more: Partial<RequestHeader<typeof updateAndCreateTopic>> = {},
  ): Promise<Answer<typeof updateAndCreateTopic>> {
    return this.ask(updateAndCreateTopic, topicHeader(topic, more));
  }

  /** The promise of a pull that may be held: does not move the clock. */
  pulling(topic: string, more: Partial<RequestHeader<typeof pullMessage>> = {}): Promise<Answer<typeof pullMessage>> {
    return this.connection.request(pullMessage, pullHeader(topic, more), { timeoutMs: 600_000 });
  }

  pull(topic: string, more: Partial<RequestHeader<typeof pullMessage>> = {}): Promise<Answer<typeof pullMessage>> {
    return during(this.clock, this.pulling(topic, more));
  }

  heartbeat(data: Partial<HeartbeatData>): Promise<Answer<typeof heartBeat>> {
    const full: HeartbeatData = {
      clientID: 'client@1',
      producerDataSet: [],
      consumerDataSet: [],
      heartbeatFingerprint: 0,
      withoutSub: false,
      ...data,
    };
    return this.ask(heartBeat, {}, { body: heartbeatData.encode(full) });
  }

  /** A heartbeat of one consumer group, subscribed to topics by expressions. */
  consume(
    group: string,
    topics: Readonly<Record<string, string>>,
    more: Partial<HeartbeatData['consumerDataSet'][number]> & { clientID?: string; subVersion?: number } = {},
  ) {
    const { clientID = 'client@1', subVersion = 1, ...consumer } = more;
    const subscriptionDataSet = Object.entries(topics).map(([topic, subString]) => ({
      topic,
      subString,
      expressionType: 'TAG',
      tagsSet: [],
      codeSet: [],
      subVersion,
      classFilterMode: false,
    }));
    return this.heartbeat({
      clientID,
      producerDataSet: [{ groupName: 'CLIENT_INNER_PRODUCER' }],
      consumerDataSet: [
        {
          groupName: group,
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          subscriptionDataSet,
          unitMode: false,
          ...consumer,
        },
      ],
    });
  }
}

export function topicHeader(
  topic: string,
  more: Partial<RequestHeader<typeof updateAndCreateTopic>> = {},
): RequestHeader<typeof updateAndCreateTopic> {
  return {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    order: false,
    force: false,
    ...more,
  };
}

export function sendHeader(
  topic: string,
  now: number,
  more: Partial<RequestHeader<typeof sendMessageV2>> = {},
): RequestHeader<typeof sendMessageV2> {
  return {
    producerGroup: 'PG',
    topic,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: now,
    flag: 0,
    properties: '',
    reconsumeTimes: 0,
    unitMode: false,
    batch: false,
    ...more,
  };
}

/** By default with the subscription in the pull, waiting for nothing. */
export function pullHeader(
  topic: string,
  more: Partial<RequestHeader<typeof pullMessage>> = {},
): RequestHeader<typeof pullMessage> {
  return {
    consumerGroup: 'CG',
    topic,
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 4,
    commitOffset: 0,
    suspendTimeoutMillis: 15_000,
    subscription: '*',
    subVersion: 0,
    expressionType: 'TAG',
    ...more,
  };
}

/** The records of a pull's body. */
export function records(body: Uint8Array): DecodedRecord[] {
  const found: DecodedRecord[] = [];
  for (let at = 0; at < body.length;) {
    const record = readRecord(body, at);
    found.push(record);
    at += record.size;
  }
  return found;
}

export const bodyText = (record: DecodedRecord): string => Buffer.from(record.body).toString('utf8');
