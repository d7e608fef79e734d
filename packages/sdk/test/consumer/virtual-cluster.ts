import { updateAndCreateTopic } from '@cometmq/protocol';
import { type Clock, type LogFields, type Logger, seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { SimDisk, type SimHost, simHost, SimNetwork } from '@cometmq/testkit';
import { afterEach } from 'vitest';
import { StandaloneServer } from '../../../standalone/src/index.js';
import type { RocketMQOptions } from '../../src/client/options.js';
import { RocketMQ } from '../../src/client/rocketmq.js';
import type { SendOptions } from '../../src/message/outgoing-message.js';
import type { Producer } from '../../src/producer/producer.js';

const SERVER = '10.0.0.1';
const PORT = 9876;
/** The broker's name. */
export const BROKER = 'broker-a';
/** How far time is moved at once while something is waited for. */
const STEP_MS = 5;

/** A line of a client's log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A client on a host of its own. */
export interface VirtualClient {
  readonly mq: RocketMQ;
  readonly host: SimHost;
  readonly log: LogLine[];
}

/** The real server and real clients on simulated hosts under virtual time. */
export class VirtualCluster {
  readonly clock: VirtualClock = new VirtualClock();
  readonly network: SimNetwork;
  readonly #random;
  readonly #disk: SimDisk;
  readonly #clients: VirtualClient[] = [];
  #server: { readonly standalone: StandaloneServer; readonly host: SimHost } | undefined;
  readonly #producers = new WeakMap<VirtualClient, Producer>();
  #hosts = 0;

  private constructor(
    seed: number,
    private readonly brokerProperties: Readonly<Record<string, string>>,
  ) {
    this.#random = seededRandom(seed);
    this.network = new SimNetwork({ clock: this.clock, random: this.#random, link: { latencyMs: 1 } });
    this.#disk = new SimDisk({ clock: this.clock, random: this.#random, mode: 'memory' });
  }

  static async start(
    options: { readonly seed?: number; readonly brokerProperties?: Readonly<Record<string, string>> } = {},
  ): Promise<VirtualCluster> {
    const cluster = new VirtualCluster(options.seed ?? 1, options.brokerProperties ?? {});
    await cluster.startServer();
    return cluster;
  }

  get server(): StandaloneServer {
    return this.#server!.standalone;
  }

  get address(): string {
    return `memory://${SERVER}:${PORT}`;
  }

  async startServer(): Promise<void> {
    const host = this.#host(SERVER, silentLogger, this.#disk);
    const standalone = new StandaloneServer(
      { host: SERVER, port: PORT, storeDir: '/store', brokerProperties: this.brokerProperties },
      host,
    );
    this.#server = { standalone, host };
    await this.run(standalone.start());
  }

  async stopServer(): Promise<void> {
    await this.run(this.#server!.standalone.close());
    this.#server!.host.crash('process');
  }

  /** After a power loss its connections do not end. */
  crashServer(how: 'process' | 'power' = 'process'): void {
    this.#server!.host.crash(how);
  }

  async client(options: Partial<RocketMQOptions> = {}): Promise<VirtualClient> {
    this.#hosts += 1;
    const log: LogLine[] = [];
    const host = this.#host(`10.0.1.${this.#hosts}`, recorder(log));
    const mq = new RocketMQ({ namesrv: this.address, ...options }, { ...host, logger: host.logger });
    const client = { mq, host, log };
    this.#clients.push(client);
    await this.run(mq.start());
    return client;
  }

  /** The client's program ends without a word; after a power loss its connections do not end. */
  kill(client: VirtualClient, how: 'process' | 'power' = 'process'): void {
    client.host.crash(how);
    this.#clients.splice(this.#clients.indexOf(client), 1);
  }

  /** Makes a topic with queues on the broker. */
  async createTopic(client: VirtualClient, topic: string, queues = 4): Promise<void> {
    const header = {
      topic,
      defaultTopic: 'TBW102',
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: 6,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: false,
      force: false,
    };
    await this.run(client.mq.instance.call(this.address, updateAndCreateTopic, header));
    // The broker tells its name server a moment later.
    await this.clock.advance(200);
  }

  /** Sends bodies one after the other, to one queue when it is named. */
  async send(
    client: VirtualClient,
    topic: string,
    bodies: readonly unknown[],
    options: SendOptions = {},
  ): Promise<void> {
    let producer = this.#producers.get(client);
    if (producer === undefined) this.#producers.set(client, (producer = client.mq.producer()));
    for (const body of bodies) await this.run(producer.send(topic, body, options));
  }

  /** Moves time until the promise has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = promise.finally(() => (settled = true));
    done.catch(() => {});
    for (let turn = 0; !settled; turn += 1) {
      if (turn > 200_000) throw new Error('it does not settle');
      await this.clock.advance(turn === 0 ? 0 : STEP_MS);
    }
    return done;
  }

  /** Moves time until the condition holds; at most `limitMs` of it. Returns how long it took. */
  async until(condition: () => boolean, limitMs = 60_000, stepMs = STEP_MS): Promise<number> {
    const startedAt = this.clock.monotonic();
    while (!condition()) {
      if (this.clock.monotonic() - startedAt >= limitMs) throw new Error(`not so after ${limitMs} ms`);
      await this.clock.advance(stepMs);
    }
    return this.clock.monotonic() - startedAt;
  }

  async close(): Promise<void> {
    for (const { mq } of this.#clients) await this.run(mq.close({ timeoutMs: 100 }));
    await this.run(this.#server!.standalone.close());
  }

  #host(name: string, logger: Logger, disk?: SimDisk): SimHost {
    const clock: Clock = this.clock;
    return simHost({ name, clock, random: this.#random, network: this.network, logger, ...(disk && { disk }) });
  }
}

function recorder(log: LogLine[]): Logger {
  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) =>
      void log.push({ level, message, fields });
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

/** What a group has committed, queue by queue. */
export async function committed(
  cluster: VirtualCluster,
  client: VirtualClient,
  group: string,
  topic: string,
): Promise<(number | undefined)[]> {
  const probe = client.mq.pullConsumer({ group });
  const queues = await cluster.run(probe.queues(topic));
  return cluster.run(Promise.all(queues.map((queue) => probe.committed(queue))));
}

/** Starts clusters and closes them after each test. */
export function virtualClusters(): (options?: Parameters<typeof VirtualCluster.start>[0]) => Promise<VirtualCluster> {
  const clusters: VirtualCluster[] = [];
  afterEach(async () => {
    for (const cluster of clusters.splice(0)) await cluster.close();
  });
  return async (options) => {
    const cluster = await VirtualCluster.start(options);
    clusters.push(cluster);
    return cluster;
  };
}

export const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);
