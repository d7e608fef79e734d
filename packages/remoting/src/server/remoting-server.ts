import {
  type Channel,
  type Clock,
  formatAddress,
  type Lifecycle,
  type Logger,
  type Meter,
  sleep,
  type Timer,
} from '@cometmq/runtime';
import { Connection } from '../connection/connection.js';
import type { ConnectionOptions } from '../connection/connection-options.js';
import type { InFlightLimits } from '../connection/in-flight-limits.js';
import { closeIdle, DEFAULT_IDLE_TIMEOUT_MS } from '../connection/keep-alive.js';
import { Dispatcher, type DispatcherOptions } from './dispatcher.js';
import { registerServerGauges } from './server-gauges.js';

export interface RemotingServerOptions extends DispatcherOptions {
  /** For log lines and the label `server` of the gauges; default `remoting`. */
  readonly name?: string;
  /** Open connections; more are dropped at once. Default 100 000. */
  readonly maxConnections?: number;
  /** A connection without traffic in either direction is closed after this many ms; default 120 000, 0: never. */
  readonly idleTimeoutMs?: number;
  /** Frames longer than this end the connection; default 16 MiB. */
  readonly maxFrameBytes?: number;
  /**
   * Requests of one connection being worked on, each by the weight of its family, above which nothing more is read from it;
   * default 1000, which is less than a family takes: no client keeps the others out.
   */
  readonly maxWorkPerConnection?: number;
  /** Unsent answers above which a connection is dropped; default 256 MiB. It is not read any more from 1 MiB on. */
  readonly maxBufferedBytes?: number;
  /** Bounds on the requests this server sends to one client; default 256 on the way. */
  readonly inFlight?: Partial<InFlightLimits>;
  /** How long `close` lets requests in progress come to their end, in ms; default 3000. */
  readonly drainTimeoutMs?: number;
}

export interface RemotingServerPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter?: Meter | undefined;
}

const DEFAULT_MAX_CONNECTIONS = 100_000;
const DEFAULT_MAX_WORK = 1000;
const DEFAULT_MAX_BUFFERED_BYTES = 256 * 1024 * 1024;
const DEFAULT_DRAIN_TIMEOUT_MS = 3000;
const DRAIN_POLL_MS = 5;
/** For clients to take their last answers and to end their side; whoever does not is cut off. */
const FAREWELL_MS = 1000;
/** A flood of connections is one line in the log, not thousands. */
const REFUSAL_LOG_PAUSE_MS = 10_000;

/** Answers requests on the channels it is given; it does not listen itself. */
export class RemotingServer implements Lifecycle {
  readonly #connections = new Set<Connection>();
  readonly #dispatcher: Dispatcher;
  readonly #connectionOptions: ConnectionOptions;
  readonly #maxConnections: number;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closing: Promise<void> | undefined;
  #idleTimer: Timer | undefined;
  #refused = 0;
  #refusalLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: RemotingServerOptions,
    private readonly ports: RemotingServerPorts,
  ) {
    this.#dispatcher = new Dispatcher(options, ports);
    this.#maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    this.#connectionOptions = {
      pauseWhenSlow: true,
      maxWork: options.maxWorkPerConnection ?? DEFAULT_MAX_WORK,
      maxBufferedBytes: options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
      inFlight: { maxRequests: 256, ...options.inFlight },
      ...(options.maxFrameBytes === undefined ? {} : { maxFrameBytes: options.maxFrameBytes }),
    };
    if (ports.meter) registerServerGauges(ports.meter, options.name ?? 'remoting', this);
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Work in progress and refusals, by family of requests. */
  get families(): Dispatcher['families'] {
    return this.#dispatcher.families;
  }

  /** Connections dropped because there were too many. */
  get refusedConnections(): number {
    return this.#refused;
  }

  async start(): Promise<void> {
    const idleTimeoutMs = this.options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    if (idleTimeoutMs > 0) this.#idleTimer ??= closeIdle(this.#connections, idleTimeoutMs, this.ports);
  }

  /** Serves a channel that an acceptor has opened. */
  accept(channel: Channel): void {
    if (this.#state !== 'open') return channel.destroy();
    if (this.#connections.size >= this.#maxConnections) return this.#refuse(channel);
    const connection = new Connection(channel, this.#dispatcher, this.ports, this.#connectionOptions);
    this.#connections.add(connection);
    connection.onClose(() => this.#connections.delete(connection));
  }

  /**
   * Tells newer clients to go away, waits for requests in progress up to the drain timeout, and ends all connections
   * behind their answers.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock, logger } = this.ports;
    this.#state = 'closing';
    this.#idleTimer?.cancel();
    this.#dispatcher.drain();
    const deadline = clock.monotonic() + (this.options.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS);
    while (this.#dispatcher.working > 0 && clock.monotonic() < deadline) await sleep(clock, DRAIN_POLL_MS);
    const left = this.#dispatcher.working;
    if (left > 0)
      logger.warn('closing with requests in progress; their clients see the connection end', { requests: left });
    const connections = [...this.#connections];
    for (const connection of connections) connection.close();
    this.#state = 'closed';
    await this.#farewell(connections);
  }

  /** The process may end right afterwards: last answers arrive, and peers see an end in order, not a reset. */
  async #farewell(connections: readonly Connection[]): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.ports.clock.schedule(FAREWELL_MS, resolve);
    });
    await Promise.race([Promise.all(connections.map((connection) => connection.whenOver())), late]);
    timer?.cancel();
  }

  #refuse(channel: Channel): void {
    this.#refused++;
    const now = this.ports.clock.monotonic();
    if (now - this.#refusalLoggedAt >= REFUSAL_LOG_PAUSE_MS) {
      this.#refusalLoggedAt = now;
      const peer = formatAddress(channel.remote);
      this.ports.logger.warn('too many connections; dropping new ones', {
        peer,
        maxConnections: this.#maxConnections,
        refused: this.#refused,
      });
    }
    channel.destroy();
  }
}
