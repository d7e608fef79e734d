import { Broker, type BrokerParts } from '@cometmq/broker';
import { NameServer, readNameServerOptions } from '@cometmq/namesrv';
import { getRouteinfoByTopic, ResponseCode, topicRouteData } from '@cometmq/protocol';
import { RemotingClient } from '@cometmq/remoting';
import { type Clock, formatAddress, type Logger, type Random, silentLogger } from '@cometmq/runtime';
import { nodeDisk, sharedPort } from '@cometmq/runtime/node';
import type { RocketMQPorts } from '@cometmq/sdk';
import { SimDisk, type SimHost, simHost, SimNetwork } from '@cometmq/testkit';
import { readBrokerProperties } from '../broker-properties.js';
import { topicsOnDemand } from './asked-topics.js';
import { brokerTexts, type ResolvedOptions } from './embedded-options.js';
import type { FaultyDeliveries } from './faults/faulty-deliveries.js';
import type { RunningHandlers } from './running-handlers.js';
import { ServerNode } from './server-node.js';
import { type DiskWork, watchedDisk } from './watched-disk.js';

/** Addresses within the process: one name server, brokers, this server's own client, users' clients. */
const NAMESRV = { host: '10.0.0.1', port: 9876 };
const FIRST_BROKER = 11;
const BROKER_PORT = 10_911;
const CONTROL = '10.0.0.200';
const STORE = '/store';
/** In which a broker tells the name server of a topic. */
const MAX_TURNS = 500;

export interface ClusterPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly handlers: RunningHandlers;
  readonly deliveries: FaultyDeliveries;
}

/** A broker of the cluster with what belongs to it from one start to the next. */
export interface EmbeddedBroker {
  readonly name: string;
  readonly node: ServerNode<Broker>;
  /** Its address within the process. */
  readonly withinProcess: string;
  /** Undefined with a real directory. */
  readonly disk: SimDisk | undefined;
  /** Its rooms; undefined while it is down. */
  readonly parts: BrokerParts | undefined;
}

/** Name server, brokers and the hosts of clients, in this process. */
export class EmbeddedCluster {
  readonly brokers: readonly EmbeddedBroker[];
  readonly nameServer: ServerNode<NameServer>;
  /** Asks the servers as a client does. */
  readonly control: RemotingClient;
  readonly #network: SimNetwork;
  readonly #logger: Logger;
  readonly #clients: SimHost[] = [];
  #diskWork: DiskWork = { pending: 0 };

  constructor(
    private readonly options: ResolvedOptions,
    private readonly ports: ClusterPorts,
  ) {
    const { clock, random } = ports;
    this.#logger = options.logger ?? silentLogger;
    this.#network = new SimNetwork({ clock, random });
    this.nameServer = this.#nameServerNode();
    this.brokers = Array.from({ length: options.brokers }, (_, index) => this.#broker(index));
    const host = this.#host(CONTROL);
    this.control = new RemotingClient({ name: 'embedded', defaultKind: 'memory' }, host);
  }

  /** The name server within the process. */
  get namesrvWithin(): string {
    return `memory://${formatAddress(NAMESRV)}`;
  }

  /** What clients take as their name server. */
  get namesrv(): string {
    return this.options.transport === 'memory' ? this.namesrvWithin : formatAddress(this.nameServer.address);
  }

  /** Real operations on files that are under way. */
  get pendingDiskWork(): number {
    return this.#diskWork.pending;
  }

  /** Brokers that are up. */
  get running(): readonly (EmbeddedBroker & { readonly parts: BrokerParts })[] {
    return this.brokers.flatMap((broker) => (broker.parts === undefined ? [] : [{ ...broker, parts: broker.parts }]));
  }

  /** Grows with everything that is stored. */
  get writtenBytes(): number {
    let sum = 0;
    for (const { parts } of this.running) sum += parts.store.status().commitLogMaxOffset;
    return sum;
  }

  /** Changes when brokers, connections, members or topics come or go. */
  get shape(): string {
    const brokers = this.running.map(
      ({ name, node, parts: { clients, topics } }) =>
        `${name} ${node.connectionCount} ${clients.connectionCount} ${clients.consumerGroupCount} ${topics.size}`,
    );
    return brokers.join();
  }

  /** Throws TypeError for a name that none has. */
  broker(name: string | undefined): EmbeddedBroker {
    const found = name === undefined ? this.brokers[0] : this.brokers.find((broker) => broker.name === name);
    if (found !== undefined) return found;
    throw new TypeError(`no broker is called ${name}; there is ${this.brokers.map((each) => each.name).join(', ')}`);
  }

  async start(): Promise<void> {
    await this.nameServer.start();
    await Promise.all(this.brokers.map(({ node }) => node.start()));
    await this.control.start();
  }

  /** Idempotent; goes on after a failure and throws the first. */
  async close(): Promise<void> {
    const steps = [
      () => this.control.close(),
      ...this.brokers.map(
        ({ node }) =>
          () =>
            node.close(),
      ),
    ];
    const failures: unknown[] = [];
    for (const close of [...steps, () => this.nameServer.close()]) {
      await close().catch((error: unknown) => failures.push(error));
    }
    for (const host of this.#clients.splice(0)) host.crash('process');
    if (failures.length > 0) throw failures[0];
  }

  /** Resolves when the name server gives out a topic with all brokers. */
  async routeIsKnown(topic: string): Promise<void> {
    const { clock } = this.ports;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const answer = await this.control.invoke(this.namesrvWithin, getRouteinfoByTopic, { topic });
      const brokers = answer.code === ResponseCode.SUCCESS ? topicRouteData.decode(answer.body).queueDatas.length : 0;
      if (brokers >= this.running.length) return;
      await new Promise<void>((resolve) => clock.afterTurn(resolve));
    }
    throw new Error(`the brokers did not tell the name server of topic ${topic}`);
  }

  /** The outside world of one more client, on a host of its own. */
  clientPorts(): RocketMQPorts {
    const number = this.#clients.length + 1;
    const address = Uint8Array.of(10, 0, 1 + (number >> 8), number & 0xff);
    const host = this.#host(address.join('.'));
    this.#clients.push(host);
    const { clock, random, codecs, disk, dialers } = host;
    return {
      clock,
      random,
      codecs,
      disk,
      dialers,
      identity: { address, pid: number },
      tracing: this.ports.handlers.tracing,
    };
  }

  #nameServerNode(): ServerNode<NameServer> {
    const { options } = this;
    return new ServerNode({
      name: 'namesrv',
      port: NAMESRV.port,
      host: () => this.#host(NAMESRV.host),
      sockets: this.#sockets(),
      realDisk: false,
      make: (ports) => {
        const settings = readNameServerOptions(options.namesrvProperties, ports.logger);
        const nameServer = new NameServer({ rocketmqHome: STORE, ...settings }, ports);
        const { processors } = nameServer;
        if (!options.autoCreateTopics) return { program: nameServer, processors };
        const tables = () => this.running.map(({ parts }) => parts.topics);
        return {
          program: nameServer,
          processors: topicsOnDemand(processors, tables, options.queues, this.ports.clock),
        };
      },
    });
  }

  #broker(index: number): EmbeddedBroker {
    const { options, ports } = this;
    const { store } = options;
    const name = `broker-${String.fromCharCode('a'.charCodeAt(0) + index)}`;
    const hostName = `10.0.0.${FIRST_BROKER + index}`;
    const disk =
      store === 'memory' ? new SimDisk({ clock: ports.clock, random: ports.random, mode: 'memory' }) : undefined;
    const real = store === 'memory' ? undefined : watchedDisk(nodeDisk());
    if (real !== undefined) this.#diskWork = real.work;
    const node: ServerNode<Broker> = new ServerNode({
      name,
      port: BROKER_PORT,
      host: () => (real === undefined ? this.#host(hostName, disk) : { ...this.#host(hostName), disk: real.disk }),
      sockets: this.#sockets(),
      realDisk: real !== undefined,
      make: (on, address) => {
        const broker = new Broker(
          {
            brokerName: name,
            ...readBrokerProperties(brokerTexts(options), on.logger),
            brokerIP1: address.host,
            listenPort: address.port,
            namesrvAddr: this.namesrvWithin,
            storePathRootDir: store === 'memory' ? STORE : store.dir,
          },
          on,
        );
        return {
          program: broker,
          processors: ports.deliveries.watch(broker.processors, name, broker.parts),
          admission: broker.admission,
        };
      },
    });
    return {
      name,
      node,
      disk,
      withinProcess: `memory://${formatAddress({ host: hostName, port: BROKER_PORT })}`,
      get parts() {
        return node.program?.parts;
      },
    };
  }

  #sockets() {
    return this.options.transport === 'tcp' ? sharedPort({ logger: this.#logger }) : undefined;
  }

  #host(name: string, disk?: SimDisk): SimHost {
    const { clock, random } = this.ports;
    const network = this.#network;
    return simHost({ name, clock, random, network, logger: this.#logger, ...(disk !== undefined && { disk }) });
  }
}
