import { Broker } from '@cometmq/broker';
import { NameServer, readNameServerOptions } from '@cometmq/namesrv';
import { RemotingServer } from '@cometmq/remoting';
import {
  type Channel,
  CloseStack,
  createMeter,
  formatAddress,
  type HostPort,
  type Lifecycle,
  type Listener,
  type OptionTexts,
  type Ports,
} from '@cometmq/runtime';
import { readBrokerProperties } from './broker-properties.js';
import { brokerPageHealth } from './http/broker-page-health.js';
import { type Health, pages } from './http/pages.js';
import { watchProcess } from './http/process-watch.js';
import { inProcessDialer } from './in-process.js';

export interface StandaloneOptions {
  /** Where to listen; default 127.0.0.1. `0.0.0.0` and `::` take connections from everywhere. */
  readonly host?: string;
  /** Default 9876; 0 takes a free one. */
  readonly port?: number;
  /** Store directory, made when missing: Apache's `storePathRootDir`. */
  readonly storeDir: string;
  /** Keys of Apache's broker.conf; what this server decides itself (port, store directory, name servers) is passed over there. */
  readonly brokerProperties?: OptionTexts;
  /** Keys of Apache's namesrv.conf. */
  readonly namesrvProperties?: OptionTexts;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9876;

/** Name server and broker in one process on one port: remoting over TCP and WebSocket, health and metrics over HTTP. */
export class StandaloneServer implements Lifecycle, AsyncDisposable {
  readonly #meter = createMeter();
  readonly #closing: CloseStack;
  #listener: Listener | undefined;
  #broker: Broker | undefined;
  #server: RemotingServer | undefined;

  constructor(
    private readonly options: StandaloneOptions,
    private readonly ports: Ports,
  ) {
    this.#closing = new CloseStack(ports.logger);
  }

  /** Where it listens, once it is started. */
  get address(): HostPort {
    if (this.#listener === undefined) throw new Error('the server is not started: await start() first');
    return this.#listener.address;
  }

  /** What clients take as their name server. */
  get namesrv(): string {
    return formatAddress(this.address);
  }

  health(): Health {
    return brokerPageHealth(this.#broker);
  }

  /**
   * Opens the store, listens and registers. Rejects when the port is taken, the store is open elsewhere or damaged, or an
   * option makes no sense; nothing stays open then.
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(): Promise<void> {
    const {
      host = DEFAULT_HOST,
      port = DEFAULT_PORT,
      storeDir,
      brokerProperties = {},
      namesrvProperties = {},
    } = this.options;
    const { logger } = this.ports;
    const brokerOptions = readBrokerProperties(brokerProperties, logger);
    const namesrvOptions = readNameServerOptions(namesrvProperties, logger);
    watchProcess(this.#meter, this.ports, this.#closing);
    // The port comes first: the broker says it in every message id, and a free one is known only now.
    const http = pages({ gauges: this.#meter.gauges, health: () => this.health() });
    this.#listener = await this.ports.acceptor.listen(
      { host, port },
      { accept: (channel) => this.#accept(channel), http },
    );
    const listener = this.#listener;
    // Twice on the stack: last, so that it closes first; and here, for what fails before that.
    this.#closing.push('port', () => listener.close());

    const near = inProcessDialer(
      this.ports.clock,
      () => listener.address,
      (channel) => this.#accept(channel),
    );
    const ports = { ...this.ports, meter: this.#meter, dialers: { ...this.ports.dialers, memory: near } };
    const nameServer = new NameServer({ rocketmqHome: storeDir, ...namesrvOptions }, ports);
    const broker = new Broker(
      {
        ...brokerOptions,
        storePathRootDir: storeDir,
        listenPort: listener.address.port,
        namesrvAddr: `memory://${formatAddress(listener.address)}`,
      },
      ports,
    );
    this.#broker = broker;
    await this.#closing.start('name server', nameServer);
    this.#server = new RemotingServer(
      {
        name: 'standalone',
        processors: [...nameServer.processors, ...broker.processors],
        admission: broker.admission,
      },
      ports,
    );
    await this.#closing.start('remoting', this.#server);
    this.#closing.push('broker', () => broker.close());
    this.#closing.push('listener', () => listener.close());
    await broker.start();
  }

  /** Who comes before the server is up comes again: clients retry. */
  #accept(channel: Channel): void {
    if (this.#server === undefined) channel.destroy();
    else this.#server.accept(channel);
  }
}
