import {
  decodeBatch,
  encodeOffsetMessageId,
  getRouteinfoByTopic,
  heartBeat,
  type HeartbeatData,
  heartbeatData,
  hostBytes,
  recallMessage,
  type RequestHeader,
  ResponseCode,
  sendBatchMessage,
  sendMessageV2,
  topicRouteData,
  type TopicRouteData,
  unregisterClient,
} from '@cometmq/protocol';
import { type IncomingRequest, processor, RemotingServer, type Reply } from '@cometmq/remoting';
import {
  type Clock,
  createPipe,
  type Dialer,
  formatAddress,
  seededRandom,
  silentLogger,
  TransportError,
  VirtualClock,
} from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import type { ClientPorts } from '../src/client/client-ports.js';

export interface FakeBroker {
  readonly name: string;
  /** `host:port` by broker id. */
  readonly addresses: ReadonlyMap<number, string>;
}

export type SendRequest = IncomingRequest<typeof sendMessageV2>;
export type SendReply = Reply<typeof sendMessageV2>;

interface Topic {
  readonly brokers: readonly { readonly name: string; readonly queues: number; readonly perm?: number }[];
  readonly orderTopicConf?: string;
}

/** A name server and brokers that say what a test wants, in the process of the test, on pipes. */
export class FakeCluster {
  readonly clock: VirtualClock = new VirtualClock();
  readonly topics = new Map<string, Topic>();
  readonly brokers = new Map<string, FakeBroker>();
  /** Addresses nobody can connect to. */
  readonly down = new Set<string>();
  readonly routeRequests: string[] = [];
  readonly heartbeats: { readonly address: string; readonly data: HeartbeatData }[] = [];
  readonly unregistered: RequestHeader<typeof unregisterClient>[] = [];
  /** Every send with the address of the broker that got it. Bodies are copies. */
  readonly sends: {
    readonly address: string;
    readonly code: number;
    readonly header: RequestHeader<typeof sendMessageV2>;
    readonly body: Uint8Array;
    readonly fields: Readonly<Record<string, string>>;
  }[] = [];
  /** What a broker answers to a send; default: stored. */
  onSend: (request: SendRequest, address: string) => SendReply | Promise<SendReply | undefined> | undefined = (
    request,
    address,
  ) => this.stored(request, address);
  readonly dialed: string[] = [];
  /** Sent instead of a route. */
  garbledRoute: Uint8Array | undefined;
  readonly #servers = new Map<string, RemotingServer>();
  #offset = 0;

  constructor(namesrv: readonly string[] = ['ns:9876']) {
    for (const address of namesrv)
      this.#serve(address, [processor(getRouteinfoByTopic, ({ header }) => this.#route(header.topic))]);
  }

  get ports(): Omit<ClientPorts, 'logger'> {
    const dialer: Dialer = { kind: 'memory', connect: async (to) => this.#connect(formatAddress(to)) };
    return { clock: this.clock as Clock, random: seededRandom(7), codecs: nodeCodecs(), dialers: { memory: dialer } };
  }

  broker(name: string, ...addresses: string[]): this {
    this.brokers.set(name, { name, addresses: new Map(addresses.map((address, id) => [id, address])) });
    for (const address of addresses) this.#serve(address, this.#brokerProcessors(address));
    return this;
  }

  topic(name: string, brokers: Topic['brokers'], orderTopicConf?: string): this {
    this.topics.set(name, { brokers, ...(orderTopicConf !== undefined && { orderTopicConf }) });
    return this;
  }

  stored(request: SendRequest, _address: string, code: number = ResponseCode.SUCCESS): SendReply {
    const count = request.header.batch === true ? decodeBatch(request.body).length : 1;
    const first = this.#offset;
    this.#offset += count;
    const ids = Array.from({ length: count }, (_, index) =>
      encodeOffsetMessageId(hostBytes('10.0.0.1', 10911), 1000 + first + index),
    );
    return { code, header: { msgId: ids.join(','), queueId: request.header.queueId, queueOffset: first } };
  }

  /** Ends all connections of an address and refuses new ones. */
  async kill(address: string): Promise<void> {
    this.down.add(address);
    for (const connection of this.#servers.get(address)?.connections ?? []) connection.destroy(new Error('killed'));
  }

  /** Asks the clients connected to an address. */
  connections(address: string) {
    return [...(this.#servers.get(address)?.connections ?? [])];
  }

  /** Runs timers and turns until `promise` has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = promise.finally(() => (settled = true));
    done.catch(() => {});
    for (let turn = 0; !settled && turn < 100_000; turn++) await this.clock.advance(1);
    return done;
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) {
      const closed = server.close();
      await this.run(closed);
    }
  }

  #serve(address: string, processors: ReturnType<typeof processor>[]): void {
    this.#servers.set(
      address,
      new RemotingServer({ processors, idleTimeoutMs: 0 }, { clock: this.clock, logger: silentLogger }),
    );
  }

  #connect(address: string) {
    this.dialed.push(address);
    const server = this.#servers.get(address);
    if (server === undefined || this.down.has(address))
      throw new TransportError('REFUSED', `${address} refused the connection`);
    const [ours, theirs] = createPipe(this.clock);
    server.accept(theirs);
    return ours;
  }

  #route(topic: string): Reply<typeof getRouteinfoByTopic> {
    this.routeRequests.push(topic);
    if (this.garbledRoute !== undefined) return { code: ResponseCode.SUCCESS, body: this.garbledRoute };
    const found = this.topics.get(topic);
    if (found === undefined) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: 'no route' };
    return { code: ResponseCode.SUCCESS, body: topicRouteData.encode(this.#routeData(found)) };
  }

  #routeData({ brokers, orderTopicConf }: Topic): TopicRouteData {
    return {
      queueDatas: brokers.map(({ name, queues, perm }) => ({
        brokerName: name,
        readQueueNums: queues,
        writeQueueNums: queues,
        perm: perm ?? 6,
        topicSysFlag: 0,
      })),
      brokerDatas: brokers.map(({ name }) => ({
        cluster: 'c',
        brokerName: name,
        brokerAddrs: this.brokers.get(name)?.addresses ?? new Map(),
        enableActingMaster: false,
      })),
      filterServerTable: new Map(),
      ...(orderTopicConf !== undefined && { orderTopicConf }),
    };
  }

  #brokerProcessors(address: string) {
    const send = (request: SendRequest) => {
      const { header, body, command } = request;
      this.sends.push({ address, code: command.code, header, body: body.slice(), fields: command.fields ?? {} });
      return this.onSend(request, address);
    };
    return [
      processor(heartBeat, ({ body }) => {
        this.heartbeats.push({ address, data: heartbeatData.decode(body) });
        return { code: ResponseCode.SUCCESS };
      }),
      processor(unregisterClient, ({ header }) => {
        this.unregistered.push(header);
        return { code: ResponseCode.SUCCESS };
      }),
      processor(sendMessageV2, send),
      processor(sendBatchMessage as unknown as typeof sendMessageV2, send),
      processor(recallMessage, ({ header }) => ({
        code: ResponseCode.SUCCESS,
        header: { msgId: header.recallHandle.slice(0, 4) },
      })),
    ];
  }
}
