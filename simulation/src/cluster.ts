import { Broker, type BrokerOptions } from '@cometmq/broker';
import { startNameServer } from '@cometmq/namesrv';
import { RemotingServer } from '@cometmq/remoting';
import { CloseStack, seededRandom, type Random, VirtualClock } from '@cometmq/runtime';
import { RocketMQ } from '@cometmq/sdk';
import { SimDisk, type SimHost, simHost, SimNetwork } from '@cometmq/testkit';
import { Trace } from './trace.js';

const NAMESRV_PORT = 9876;
const BROKER_PORT = 10_911;
const CRASHED_STORE = 'store';

/** A program that runs on a simulated host. */
interface Running {
  readonly host: SimHost;
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly seed: number;
  /** Names of the brokers, all masters. */
  readonly brokers: readonly string[];
  readonly brokerOptions?: Partial<Omit<BrokerOptions, 'storePathRootDir'>>;
}

/**
 * Name servers, brokers and clients, each on a host of its own, in one process on one virtual clock. Everything that
 * happens follows from the seed.
 */
export class Cluster {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly network: SimNetwork;
  readonly trace: Trace;
  readonly #disks = new Map<string, SimDisk>();
  readonly #running = new Map<string, Running>();
  #nextClient = 0;

  constructor(private readonly options: ClusterOptions) {
    this.random = seededRandom(options.seed);
    this.trace = new Trace(this.clock);
    this.network = new SimNetwork({
      clock: this.clock,
      random: this.random,
      link: { latencyMs: 1, jitterMs: 2 },
      reslice: true,
      onEvent: ({ kind, from, to }) => this.trace.add(kind, from === to ? from : `${from}→${to}`),
    });
  }

  /** For clients and brokers: both name servers. */
  readonly namesrv = `memory://10.0.0.1:${NAMESRV_PORT};memory://10.0.0.2:${NAMESRV_PORT}`;

  /** Starts two name servers and all brokers. */
  async start(): Promise<void> {
    await this.startNameServer(1);
    await this.startNameServer(2);
    for (const name of this.options.brokers) await this.startBroker(name);
  }

  async startNameServer(number: 1 | 2): Promise<void> {
    const host = this.#host(`10.0.0.${number}`);
    const started = await this.progress(startNameServer({ listen: { host: host.name, port: NAMESRV_PORT } }, host));
    this.#running.set(host.name, { host, close: () => started.close() });
    this.trace.add('up', `namesrv ${number}`);
  }

  /** Starts a broker on the disk it left behind. */
  async startBroker(name: string): Promise<void> {
    const host = this.#host(this.address(name), this.#disk(name));
    const closing = new CloseStack(host.logger);
    const options: BrokerOptions = {
      ...this.options.brokerOptions,
      brokerName: name,
      brokerIP1: host.name,
      listenPort: BROKER_PORT,
      namesrvAddr: this.namesrv,
      storePathRootDir: CRASHED_STORE,
    };
    const broker = new Broker(options, host);
    const server = new RemotingServer({ name, processors: broker.processors }, host);
    await closing.start('remoting', server);
    closing.push('broker', () => broker.close());
    await this.progress(broker.start());
    const listener = await this.progress(
      host.acceptor.listen({ host: host.name, port: BROKER_PORT }, { accept: (channel) => server.accept(channel) }),
    );
    closing.push('listener', () => listener.close());
    this.#running.set(host.name, { host, close: () => closing.close() });
    this.trace.add('up', name);
  }

  /** The broker ends without a word; with `power` its disk loses what was not synced. */
  crashBroker(name: string, how: 'process' | 'power'): void {
    this.#running.get(this.address(name))?.host.crash(how);
    this.#running.delete(this.address(name));
    this.trace.add(how === 'power' ? 'power cut' : 'killed', name);
  }

  /** A client on a host of its own. */
  async client(name: string): Promise<RocketMQ> {
    this.#nextClient += 1;
    const host = this.#host(`10.0.1.${this.#nextClient}`);
    const mq = new RocketMQ(
      { namesrv: this.namesrv, instanceName: name },
      { ...host, identity: { address: Uint8Array.of(10, 0, 1, this.#nextClient), pid: this.#nextClient } },
    );
    this.#running.set(host.name, { host, close: () => mq.close() });
    await this.progress(mq.start());
    return mq;
  }

  address(broker: string): string {
    return `10.0.0.${11 + this.options.brokers.indexOf(broker)}`;
  }

  /** Lets time pass until a promise has an outcome. Rejects when an hour was not enough. */
  async progress<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const outcome = promise.finally(() => {
      settled = true;
    });
    outcome.catch(() => undefined);
    for (let waitedMs = 0; !settled; waitedMs += 5) {
      if (waitedMs > 3_600_000) throw new Error('something did not come to an end within an hour of virtual time');
      await this.clock.advance(5);
    }
    return outcome;
  }

  /** Ends everything in order. */
  async close(): Promise<void> {
    for (const running of [...this.#running.values()].reverse())
      await this.progress(running.close()).catch(() => undefined);
    this.#running.clear();
  }

  #disk(broker: string): SimDisk {
    let disk = this.#disks.get(broker);
    if (disk === undefined) this.#disks.set(broker, (disk = new SimDisk({ clock: this.clock, random: this.random })));
    return disk;
  }

  #host(name: string, disk?: SimDisk): SimHost {
    return simHost({
      name,
      clock: this.clock,
      random: this.random,
      network: this.network,
      ...(disk === undefined ? {} : { disk }),
    });
  }
}
