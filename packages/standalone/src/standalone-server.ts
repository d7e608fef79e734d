import { Broker } from '@cometmq/broker';
import { NameServer } from '@cometmq/namesrv';
import { RemotingServer } from '@cometmq/remoting';
import { CloseStack, createMeter, formatAddress, type HostPort, type Lifecycle, type Listener, type Ports } from '@cometmq/runtime';
import { type Health, pages } from './http/pages.js';
import { inProcessDialer } from './in-process.js';

export interface StandaloneOptions {
  /** Where to listen; default 127.0.0.1. `0.0.0.0` and `::` take connections from everywhere. */
  readonly host?: string;
  /** Default 9876; 0 takes a free one. */
  readonly port?: number;
  /** Store directory, made when missing: Apache's `storePathRootDir`. */
  readonly storeDir: string;
  /** Keys of Apache's broker.conf; what this server decides itself (ports, paths, name servers) is ignored there. */
  readonly brokerProperties?: Readonly<Record<string, string>>;
  /** Keys of Apache's namesrv.conf. */
  readonly namesrvProperties?: Readonly<Record<string, string>>;
}

/** Name server and broker in one process on one port: remoting over TCP and WebSocket, health and metrics over HTTP. */
export class StandaloneServer implements Lifecycle, AsyncDisposable {
  readonly meter = createMeter();
  readonly #closing: CloseStack;
  #listener: Listener | undefined;
  #broker: Broker | undefined;

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
    return this.#broker === undefined ? { status: 'down', reason: 'starting' } : this.#broker.health();
  }
}
