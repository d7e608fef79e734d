import { dlqTopic, ResponseCode, updateAndCreateTopic } from '@cometmq/protocol';
import { type Clock, seededRandom, silentLogger } from '@cometmq/runtime';
import { nodeClock } from '@cometmq/runtime/node';
import { type Codec, type MessageView, RocketMQ, type RocketMQOptions } from '@cometmq/sdk';
import { Activity } from './activity.js';
import { type Duration, durationMs, durationText } from './duration.js';
import { EmbeddedCluster } from './embedded-cluster.js';
import { type EmbeddedOptions, type ResolvedOptions, resolveOptions } from './embedded-options.js';
import type { EmbeddedTime } from './embedded-time.js';
import type { ActiveFault, Fault } from './faults/fault.js';
import { FaultyDeliveries } from './faults/faulty-deliveries.js';
import { ServerFaults } from './faults/server-faults.js';
import { RealTime } from './real-time.js';
import { RunningHandlers } from './running-handlers.js';
import { storedMessages } from './stored-messages.js';
import { VirtualTime } from './virtual-time.js';

export interface TopicOptions {
  /** Default: option `queues` of the server. */
  queues?: number;
  /** RocketMQ's `message.type`; default: none is written down. */
  type?: 'normal' | 'fifo' | 'delay' | 'transaction';
}

export interface IdleOptions {
  /** Only these; each must have a running consumer. Default: all that have one, pull consumers aside. */
  groups?: readonly string[];
  /** Wait for delayed messages and retries, too; virtual time leaps to them. Default false. */
  delayed?: boolean;
  /** Real time, ms; default 5000. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 1000;
const MESSAGE_TYPES = { normal: 'NORMAL', fifo: 'FIFO', delay: 'DELAY', transaction: 'TRANSACTION' } as const;

/**
 * A real name server and real brokers in this process, for tests: no port, no file and no waiting unless they are wanted.
 * `await using server = await EmbeddedRocketMQ.start()`.
 */
export class EmbeddedRocketMQ implements AsyncDisposable {
  readonly #options: ResolvedOptions;
  readonly #handlers = new RunningHandlers(nodeClock);
  readonly #time: EmbeddedTime;
  readonly #deliveries: FaultyDeliveries;
  readonly #faults: ServerFaults;
  readonly #cluster: EmbeddedCluster;
  readonly #activity: Activity;
  readonly #clients: RocketMQ[] = [];
  #stopping: Promise<void> | undefined;

  private constructor(options: EmbeddedOptions) {
    this.#options = resolveOptions(options);
    const { seed, time } = this.#options;
    const logger = this.#options.logger ?? silentLogger;
    this.#time = time === 'real' ? new RealTime() : new VirtualTime(logger);
    const { clock } = this.#time;
    const partsOf = (name: string) => this.#cluster.broker(name).parts;
    this.#deliveries = new FaultyDeliveries(seed, { clock, logger }, partsOf);
    this.#cluster = new EmbeddedCluster(this.#options, {
      clock,
      random: seededRandom(seed),
      handlers: this.#handlers,
      deliveries: this.#deliveries,
    });
    this.#faults = new ServerFaults({
      clock,
      seed,
      broker: (name) => this.#cluster.broker(name),
      onError: (error) => logger.error('a fault could not be done or undone', { error }),
    });
    this.#activity = new Activity(this.#options, {
      clock,
      cluster: this.#cluster,
      handlers: this.#handlers,
      deliveries: this.#deliveries,
      faults: this.#faults,
    });
  }

  /** Resolves when the servers answer. Throws TypeError for an option that cannot be, OptionsError for a broker's key. */
  static async start(options: EmbeddedOptions = {}): Promise<EmbeddedRocketMQ> {
    const server = new EmbeddedRocketMQ(options);
    server.#time.start(server.#activity);
    try {
      await server.#time.progress(server.#cluster.start());
      return server;
    } catch (error) {
      await server.stop().catch(() => undefined);
      throw error;
    }
  }

  /** What clients take as their name server. Within the process it needs the ports that `clientOptions` adds. */
  get namesrv(): string {
    return this.#cluster.namesrv;
  }

  /** The servers' wall clock. */
  now(): Date {
    return new Date(this.#time.clock.now());
  }

  /** The servers' time, for code of yours that takes a clock. Its timers run when time passes, short leaps included. */
  get clock(): Clock {
    return this.#time.clock;
  }

  /**
   * For `new RocketMQ(server.clientOptions())` and whatever else makes a client: the address, and with `transport: 'memory'`
   * the ports to reach it. Each call is a host of its own.
   */
  clientOptions(options: Partial<RocketMQOptions> = {}): RocketMQOptions {
    const { namesrv } = this;
    if (this.#options.transport === 'tcp') return { namesrv, ...options };
    return { namesrv, ports: this.#cluster.clientPorts(), ...options };
  }

  /** A started client; the server closes it when it stops. */
  async connect(options: Partial<RocketMQOptions> = {}): Promise<RocketMQ> {
    const client = new RocketMQ(this.clientOptions(options));
    this.#clients.push(client);
    await this.#time.progress(client.start());
    return client;
  }

  /** On every broker, or changes it there. Throws with the broker's reason when the name or a number cannot be. */
  async createTopic(topic: string, { queues = this.#options.queues, type }: TopicOptions = {}): Promise<void> {
    const header = {
      topic,
      defaultTopic: '',
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: 6,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: false,
      force: false,
      ...(type !== undefined && { attributes: `+message.type=${MESSAGE_TYPES[type]}` }),
    };
    await this.#time.progress(
      Promise.all(
        this.#cluster.brokers.map(async ({ name, withinProcess }) => {
          const answer = await this.#cluster.control.invoke(withinProcess, updateAndCreateTopic, header);
          if (answer.code !== ResponseCode.SUCCESS) throw new Error(`${name}: ${answer.remark ?? answer.code}`);
        }),
      ),
    );
    await this.#time.progress(this.#cluster.routeIsKnown(topic));
  }

  /** Every message stored in a topic, oldest first: what was sent, also by handlers, whoever has consumed it. */
  stored<T>(topic: string, codec?: Codec): Promise<MessageView<T>[]> {
    return storedMessages<T>(this.#cluster.running, topic, codec);
  }

  /** What a group has given up (`%DLQ%group`), oldest first. `originTopic` says where it came from. */
  deadLetters<T>(group: string, codec?: Codec): Promise<MessageView<T>[]> {
    return this.stored<T>(dlqTopic(group), codec);
  }

  /**
   * The first message stored in a topic that fits, now or within `timeoutMs` of real time (default 5000); time runs on
   * meanwhile, without leaps. The error says what the servers were waiting for.
   */
  async waitFor<T>(
    topic: string,
    predicate: (message: MessageView<T>) => boolean = () => true,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<MessageView<T>> {
    const deadline = nodeClock.monotonic() + timeoutMs;
    for (;;) {
      this.#requireRunning();
      const messages = await this.stored<T>(topic);
      const found = messages.find(predicate);
      if (found !== undefined) return found;
      if (nodeClock.monotonic() >= deadline) {
        const there = messages.length === 0 ? 'nothing is stored there' : `none of the ${messages.length} there fits`;
        const problem = `no message in ${topic} after ${durationText(timeoutMs)}: ${there}`;
        throw new Error(await this.#activity.describe(problem));
      }
      await this.#time.pause(false);
    }
  }

  /**
   * Resolves when no group has anything left to consume, no handler runs and no fault holds anything back. Delayed messages
   * and retries that are not due yet do not count unless `delayed` is set. Virtual time goes on where only time is waited for
   * (members that find each other, queues that were suspended). The error says what was going on.
   */
  async idle(options: IdleOptions = {}): Promise<void> {
    const { delayed = false, groups, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const deadline = nodeClock.monotonic() + timeoutMs;
    for (;;) {
      this.#requireRunning();
      await this.#time.progress(this.#activity.quiet());
      const wait = await this.#activity.wait(groups);
      if (wait === undefined) {
        const due = delayed ? await this.#activity.nextDueAt() : undefined;
        if (due === undefined) return;
        await this.#time.pause(true, Math.max(1, due - this.#time.clock.now()));
      } else {
        await this.#time.pause(wait.forTime, wait.ms);
      }
      if (nodeClock.monotonic() < deadline) continue;
      throw new Error(await this.#activity.describe(`not idle after ${durationText(timeoutMs)}`, groups));
    }
  }

  /**
   * Lets virtual time pass: `advance('2h')`, `advance(500)`. Delayed messages, retries and everything else that comes due is
   * done in its order, and handlers come to their end before time goes on. Throws when time is real.
   */
  async advance(duration: Duration): Promise<void> {
    const ms = durationMs(duration);
    this.#requireRunning();
    await this.#time.advance(ms);
  }

  /**
   * Waits for something of yours that waits for time itself, such as a send to a broker that is down: virtual time goes from
   * timer to timer until it has settled. Without it such a wait takes as long as in real life. With sockets, files or real
   * time it is a plain await.
   */
  fastForward<T>(work: Promise<T>): Promise<T> {
    this.#requireRunning();
    return this.#time.progress(work);
  }

  /** Lets something go wrong, from now until it is stopped: deliveries, connections, brokers, disks. Throws TypeError. */
  fault(fault: Fault): ActiveFault {
    this.#requireRunning();
    switch (fault.kind) {
      case 'kill-broker':
        return this.#faults.kill(fault);
      case 'cut-connection':
        return this.#faults.cut(fault);
      case 'full-disk':
        return this.#faults.fillDisk(fault);
      case 'duplicate':
      case 'reorder':
      case 'delay':
      case 'drop':
      case 'resend':
        return this.#deliveries.add(fault);
      default:
        throw new TypeError(`there is no fault of the kind ${String((fault as { kind?: unknown }).kind)}`);
    }
  }

  /** Ends a broker without a word (default: the first); what it acknowledged is there when it is started again. */
  async killBroker(name?: string): Promise<void> {
    await this.#time.progress(this.#cluster.broker(name).node.kill());
  }

  /** Starts a broker that was killed, on the store it left. Nothing happens when it runs. */
  async restartBroker(name?: string): Promise<void> {
    await this.#time.progress(this.#cluster.broker(name).node.start());
  }

  /** Closes the clients of `connect`, then the servers; nothing of it stays behind in the process. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    try {
      this.#faults.close();
      for (const { node } of this.#cluster.brokers) node.refuse(false);
      await this.#time.progress(this.#deliveries.held.flush());
      const closing = this.#clients.map((client) => client.close({ timeoutMs: CLOSE_TIMEOUT_MS }));
      await this.#time.progress(Promise.allSettled(closing));
      await this.#time.progress(this.#cluster.close());
    } finally {
      this.#handlers.clear();
      this.#time.stop();
    }
  }

  #requireRunning(): void {
    if (this.#stopping !== undefined) throw new Error('the embedded server has been stopped; start another one');
  }
}
