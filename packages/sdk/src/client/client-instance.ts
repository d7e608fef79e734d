import {
  type BodyCodec,
  getRouteinfoByTopic,
  type RequestDefinition,
  type RequestHeader,
  ResponseCode,
  type TopicRouteData,
  topicRouteData,
  UniqueIds,
} from '@cometmq/protocol';
import {
  type Answer,
  type Connection,
  type InvokeOptions,
  type OnewayOptions,
  RemotingClient,
} from '@cometmq/remoting';
import { CloseStack, type Codecs, type Clock, type Disk, type Logger, randomInt, type Random } from '@cometmq/runtime';
import { type Codec, jsonCodec } from '../message/codec.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { ViewContext } from '../message/message-view.js';
import { withNamespace, withoutNamespace } from '../message/namespace.js';
import { AUTO_CREATE_TOPIC, TopicRoutes } from '../routing/topic-routes.js';
import { withoutScheme, withScheme } from './addresses.js';
import { BrokerTable } from './broker-table.js';
import { clientId, randomIdentity } from './client-id.js';
import type { RocketMQPorts } from './client-ports.js';
import { type ClientStatus, ClientStatusTracker } from './client-status.js';
import { brokerError, RocketMQError, toRocketMQError } from './errors.js';
import { Heartbeats } from './heartbeats.js';
import { type ConsumerMember, Members, type ProducerMember } from './members.js';
import { NameServers } from './name-servers.js';
import { type ClientHooks, checkOptions, type MetricsSink, type RocketMQOptions, runtimeLogger } from './options.js';
import { ServerRequests } from './server-requests.js';
import { requestSigner } from './signing.js';
import type { StateCell } from './state-cell.js';
import type { Tracing } from './tracing.js';
import { WallClock } from './wall-clock.js';

const DEFAULT_REQUEST_TIMEOUT_MS = 3000;

export interface BrokerCall extends InvokeOptions {
  /** Which replica; default 0, the master. */
  readonly brokerId?: number;
  /** Only that replica (default); false: any replica of that name when it is away. */
  readonly only?: boolean;
}

/**
 * What the producers and consumers of one client share: identity, connections, name servers, routes, heartbeats and the table
 * of requests that servers send. Rooms use it; users hold {@link RocketMQ}, which wraps it.
 *
 * Topics and groups in here are the servers' names: wrap with `wireName` first.
 */
export class ClientInstance {
  readonly clientId: string;
  readonly options: RocketMQOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly codecs: Codecs;
  readonly disk: Disk | undefined;
  readonly logger: Logger;
  readonly metrics: MetricsSink | undefined;
  readonly hooks: ClientHooks | undefined;
  readonly tracing: Tracing | undefined;
  /** The client's codec; producers and consumers may have their own. */
  readonly codec: Codec;
  /** For calls that name no timeout. */
  readonly requestTimeoutMs: number;
  /** Makes message ids (UNIQ_KEY). */
  readonly uniqueIds: UniqueIds;
  /** For those who have read the monotonic clock. */
  readonly wallClock: WallClock;
  readonly routes: TopicRoutes;
  readonly brokers: BrokerTable;
  readonly members = new Members();
  /** Rooms that answer requests of servers register here. */
  readonly serverRequests = new ServerRequests();
  readonly nameServers: NameServers;
  /** Connections and calls by address; most rooms want `invoke` or `invokeBroker`. */
  readonly remoting: RemotingClient;
  readonly #heartbeats: Heartbeats;
  readonly #status: ClientStatusTracker;
  readonly #closers: CloseStack;
  #phase: 'new' | 'starting' | 'started' | 'closed' = 'new';
  #starting: Promise<void> | undefined;

  constructor(options: RocketMQOptions, ports: RocketMQPorts) {
    checkOptions(options);
    this.options = options;
    const { clock, random, codecs } = ports;
    this.clock = clock;
    this.random = random;
    this.codecs = codecs;
    this.disk = ports.disk;
    this.metrics = options.metrics;
    this.hooks = options.hooks;
    this.tracing = ports.tracing;
    this.codec = options.codec ?? jsonCodec;
    this.requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const identity = ports.identity ?? randomIdentity(random);
    this.clientId = clientId(identity, options.instanceName, Math.floor(random.next() * 2 ** 32));
    this.wallClock = new WallClock(clock);
    // Told apart, not kept secret: strong bytes would load node:crypto before the first message.
    const bytes = (count: number) => Uint8Array.from({ length: count }, () => randomInt(random, 256));
    this.uniqueIds = new UniqueIds(
      { bytes },
      {
        address: identity.address,
        processId: identity.pid,
        zoneOffsetMs: -new Date(clock.now()).getTimezoneOffset() * 60_000,
      },
    );
    this.logger =
      options.logger === undefined && ports.logger !== undefined
        ? ports.logger
        : runtimeLogger(options.logger, { clientId: this.clientId });
    this.#closers = new CloseStack(this.logger);
    this.remoting = new RemotingClient(
      {
        name: 'sdk',
        processors: this.serverRequests.processors,
        requestTimeoutMs: this.requestTimeoutMs,
        ...(options.credentials && { signer: requestSigner(options.credentials, codecs) }),
      },
      { ...ports, logger: this.logger },
    );
    const common = { clock, random, logger: this.logger, invoke: this.remoting.invoke.bind(this.remoting) };
    this.nameServers = new NameServers(options.namesrv, options.tls !== undefined && options.tls !== false, common);
    this.brokers = new BrokerTable();
    const dial = (address: string) => withScheme(this.nameServers.scheme, address);
    this.routes = new TopicRoutes({ ...common, fetch: (topic) => this.#fetchRoute(topic), dial }, options);
    this.#heartbeats = new Heartbeats(
      this.members,
      this.brokers,
      { clientId: this.clientId, intervalMs: options.heartbeatIntervalMs, timeoutMs: this.requestTimeoutMs },
      common,
      (address, failure) => this.#status.note(address, failure === undefined),
    );
    this.#status = new ClientStatusTracker(this.nameServers, this.brokers, (address) => this.#connected(address));
  }

  /** Changes whenever a server is won or lost. */
  get status(): StateCell<ClientStatus> {
    return this.#status.cell;
  }

  get state(): 'new' | 'starting' | 'started' | 'closed' {
    return this.#phase;
  }

  /**
   * Learns the name servers and makes sure that one answers. Idempotent; after a failure it may be called again.
   * Throws NO_NAMESRV, INVALID_ARGUMENT, CLOSED.
   */
  start(): Promise<void> {
    if (this.#phase === 'closed') return Promise.reject(this.#closedError());
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      if (this.#phase === 'starting') this.#phase = 'new';
      this.#status.update();
      throw error;
    });
    return this.#starting;
  }

  /** Ends timers and connections. Producers and consumers must have been closed before. Idempotent. */
  async close(): Promise<void> {
    if (this.#phase !== 'closed') {
      this.#phase = 'closed';
      this.#closers.push('connections', () => this.remoting.close());
      // Timers first, so that nobody dials again; the stack closes in reverse.
      this.#closers.push('timers', () => {
        this.#heartbeats.close();
        this.routes.close();
        this.nameServers.close();
      });
      this.#status.close();
    }
    await this.#closers.close();
  }

  /** Throws NOT_STARTED or CLOSED unless the client runs. */
  requireStarted(): void {
    if (this.#phase === 'started') return;
    if (this.#phase === 'closed') throw this.#closedError();
    throw new RocketMQError(
      'NOT_STARTED',
      'the client has not been started: await start() first, or make it with RocketMQ.connect()',
    );
  }

  /** A topic or group as the servers know it. */
  wireName(name: string): string {
    return withNamespace(this.options.namespace, name);
  }

  /** A topic or group as the user knows it. */
  userName(name: string): string {
    return withoutNamespace(this.options.namespace, name);
  }

  /** For `new RecordView(record, queue, context)`. */
  viewContext(codec: Codec = this.codec): ViewContext {
    return { codec, codecs: this.codecs, namespace: this.options.namespace };
  }

  /**
   * Asks an address (`scheme://host:port`, as the broker table has them). Resolves with the answer whatever its code.
   * Rejects with RocketMQError.
   */
  async invoke<D extends RequestDefinition>(
    address: string,
    definition: D,
    header: RequestHeader<D>,
    options?: InvokeOptions,
  ): Promise<Answer<D>> {
    try {
      return await this.remoting.invoke(address, definition, header, options);
    } catch (error) {
      throw toRocketMQError(error, definition.name);
    }
  }

  /** As `invoke`, and an answer other than SUCCESS is thrown as a RocketMQError BROKER. */
  async call<D extends RequestDefinition>(
    address: string,
    definition: D,
    header: RequestHeader<D>,
    options?: InvokeOptions,
  ): Promise<Answer<D>> {
    const answer = await this.invoke(address, definition, header, options);
    if (answer.code !== ResponseCode.SUCCESS) throw brokerError(definition.name, withoutScheme(address), answer);
    return answer;
  }

  /** Asks a replica of a broker by name; default its master. Throws NO_BROKER when none fits. */
  invokeBroker<D extends RequestDefinition>(
    brokerName: string,
    definition: D,
    header: RequestHeader<D>,
    options: BrokerCall = {},
  ): Promise<Answer<D>> {
    const found = this.brokers.find(brokerName, options.brokerId ?? 0, options.only ?? true);
    if (found === undefined) return Promise.reject(this.#noBroker(brokerName, definition.name));
    return this.invoke(found.address, definition, header, options);
  }

  /** Sends a request nobody answers. Rejects with RocketMQError when it could not be handed to a connection. */
  async oneway<D extends RequestDefinition>(
    address: string,
    definition: D,
    header: RequestHeader<D>,
    options?: OnewayOptions & { readonly timeoutMs?: number },
  ): Promise<void> {
    try {
      await this.remoting.oneway(address, definition, header, options);
    } catch (error) {
      throw toRocketMQError(error, definition.name);
    }
  }

  /** The open connection to an address; undefined: `invoke` would have to dial. For hot paths. */
  connection(address: string): Connection | undefined {
    return this.remoting.connection(address);
  }

  addProducer(member: ProducerMember): void {
    this.requireStarted();
    this.members.addProducer(member);
  }

  /** The last producer of a group leaves the brokers, too. Never throws. */
  async removeProducer(member: ProducerMember): Promise<void> {
    if (this.members.removeProducer(member)) await this.#heartbeats.unregister({ producerGroup: member.group });
  }

  /** Throws INVALID_ARGUMENT when a consumer of that group runs in this client. Call `heartbeat` when its routes are known. */
  addConsumer(member: ConsumerMember): void {
    this.requireStarted();
    this.members.addConsumer(member);
  }

  /** Leaves the group: the broker tells the other members at once. Never throws. */
  async removeConsumer(member: ConsumerMember): Promise<void> {
    if (this.members.removeConsumer(member)) await this.#heartbeats.unregister({ consumerGroup: member.group });
  }

  /** Tells all brokers now who is here: after a start, a subscription change, a rebalance that changed something. Never throws. */
  heartbeat(): Promise<void> {
    return this.#heartbeats.toAll();
  }

  async #start(): Promise<void> {
    this.#phase = 'starting';
    await this.remoting.start();
    await this.nameServers.start();
    // Any answer will do: what matters is that somebody answers.
    await this.nameServers.ask(getRouteinfoByTopic, { topic: AUTO_CREATE_TOPIC }, { timeoutMs: this.requestTimeoutMs });
    if (this.state === 'closed') throw this.#closedError();
    this.routes.onChange((route) => {
      if (!this.brokers.learn(route)) return;
      this.#status.update();
      // A broker behind the address of a name server gets no new connection that would announce us.
      if (!this.members.empty) void this.#heartbeats.toAll();
    });
    this.remoting.onConnection((event) => {
      // Heartbeats keep the connections of a client with members busy: one that ends is a loss then, not idleness.
      if (event.type === 'connected' || !this.members.empty)
        this.#status.note(event.address, event.type === 'connected');
      else this.#status.update();
      if (event.type === 'connected' && this.#isBroker(event.address)) void this.#heartbeats.toOne(event.address);
    });
    this.routes.start();
    this.#heartbeats.start(() => {
      this.brokers.prune(this.routes.routes());
      this.#status.update();
    });
    this.#phase = 'started';
    this.#status.update();
  }

  #connected(address: string): boolean {
    try {
      return this.remoting.connection(address) !== undefined;
    } catch {
      // A server may register an address that is none.
      return false;
    }
  }

  #isBroker(address: string): boolean {
    for (const broker of this.brokers.all)
      for (const known of broker.addresses.values()) if (known === address) return true;
    return false;
  }

  async #fetchRoute(topic: string): Promise<TopicRouteData | undefined> {
    this.requireStarted();
    const answer = await this.nameServers.ask(getRouteinfoByTopic, { topic }, { timeoutMs: this.requestTimeoutMs });
    this.#status.update();
    if (answer.code === ResponseCode.TOPIC_NOT_EXIST) return undefined;
    const server = withoutScheme(this.nameServers.current ?? '');
    if (answer.code !== ResponseCode.SUCCESS) throw brokerError(`the route of ${topic}`, server, answer);
    try {
      return (topicRouteData as BodyCodec<TopicRouteData>).decode(answer.body);
    } catch (error) {
      throw toRocketMQError(error, `reading the route of ${topic} from ${server}`);
    }
  }

  #noBroker(brokerName: string, what: string): RocketMQError {
    return new RocketMQError(
      'NO_BROKER',
      `${what}: broker ${brokerName} is in no route this client knows, or has no master now`,
    );
  }

  #closedError(): RocketMQError {
    return new RocketMQError('CLOSED', 'the client has been closed; make a new one');
  }
}

/** Something that carries a client's inside: {@link RocketMQ}. Producers and consumers are made from it. */
export interface ClientHandle {
  readonly instance: ClientInstance;
}

/** For messages of one queue, as they name it. */
export function describeQueue(queue: MessageQueue): string {
  return `${queue.topic} queue ${queue.queueId} on ${queue.brokerName}`;
}
