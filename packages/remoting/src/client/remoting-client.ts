import type { RequestDefinition, RequestHeader } from '@cometmq/protocol';
import {
  type Clock,
  type Dialer,
  type Lifecycle,
  type Logger,
  type Meter,
  type Random,
  sleep,
  type Timer,
  type TransportKind,
} from '@cometmq/runtime';
import type { Answer } from '../connection/answer.js';
import type { Connection } from '../connection/connection.js';
import {
  DEFAULT_TIMEOUT_MS,
  type OnewayOptions,
  type RequestOptions,
  type RequestSigner,
} from '../connection/connection-options.js';
import type { InFlightLimits } from '../connection/in-flight-limits.js';
import { closeIdle, DEFAULT_IDLE_TIMEOUT_MS } from '../connection/keep-alive.js';
import { RemotingError } from '../remoting-error.js';
import { Dispatcher, type DispatcherOptions } from '../server/dispatcher.js';
import { formatRemotingAddress, parseRemotingAddress } from './address.js';
import type { BackOffOptions } from './back-off.js';
import { registerClientGauges } from './client-gauges.js';
import { Peer } from './peer.js';

export interface RemotingClientOptions extends Partial<Pick<DispatcherOptions, 'processors' | 'interceptors'>> {
  /** For log lines and the label `client` of the gauges; default `remoting`. */
  readonly name?: string;
  /** How an address without a scheme is dialled; default `ws`. */
  readonly defaultKind?: TransportKind;
  /** Bound on one attempt to connect, in ms; default 3000. */
  readonly connectTimeoutMs?: number;
  /** Time for an answer when a call names none, in ms; default 3000. It includes connecting. */
  readonly requestTimeoutMs?: number;
  /** A connection without traffic in either direction is closed after this many ms; default 120 000, 0: never. */
  readonly idleTimeoutMs?: number;
  /** Pauses between attempts to connect to one address. */
  readonly backOff?: BackOffOptions;
  /** Bounds on the requests on the way to one address. */
  readonly inFlight?: Partial<InFlightLimits>;
  readonly maxFrameBytes?: number;
  /** Called with the extFields of every request before it is written, e.g. to sign them. */
  readonly signer?: RequestSigner;
  /** How long `close` waits for answers, in ms; default 3000. */
  readonly drainTimeoutMs?: number;
}

export interface RemotingClientPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly dialers: { readonly tcp?: Dialer; readonly ws?: Dialer; readonly memory?: Dialer };
  /** For `wss://` and `tls://`. */
  readonly secureDialers?: { readonly tcp?: Dialer; readonly ws?: Dialer };
  readonly meter?: Meter | undefined;
}

export type InvokeOptions = RequestOptions;

export type ConnectionEvent =
  | { readonly type: 'connected'; readonly address: string; readonly connection: Connection }
  | {
      readonly type: 'closed';
      readonly address: string;
      readonly connection: Connection;
      readonly error: Error | undefined;
    };

/** Addresses without a connection are forgotten when there are more than this. */
const MAX_IDLE_PEERS = 1024;
const DEFAULT_CONNECT_TIMEOUT_MS = 3000;
const DEFAULT_DRAIN_TIMEOUT_MS = 3000;
const DRAIN_POLL_MS = 5;

/** Asks servers by address; connections are made on demand, one per address, and answer requests of the server, too. */
export class RemotingClient implements Lifecycle {
  /** By the spelling of callers; several may share a peer. */
  readonly #bySpelling = new Map<string, Peer>();
  readonly #peers = new Map<string, Peer>();
  readonly #connections = new Set<Connection>();
  readonly #listeners = new Set<(event: ConnectionEvent) => void>();
  readonly #dispatcher: Dispatcher;
  #state: 'open' | 'closed' = 'open';
  #closing: Promise<void> | undefined;
  #idleTimer: Timer | undefined;

  constructor(
    private readonly options: RemotingClientOptions,
    private readonly ports: RemotingClientPorts,
  ) {
    this.#dispatcher = new Dispatcher(
      { processors: options.processors ?? [], interceptors: options.interceptors },
      ports,
    );
    if (ports.meter) registerClientGauges(ports.meter, options.name ?? 'remoting', this);
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  async start(): Promise<void> {
    const idleTimeoutMs = this.options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    if (idleTimeoutMs > 0) this.#idleTimer ??= closeIdle(this.#connections, idleTimeoutMs, this.ports);
  }

  /**
   * Sends a request and resolves with the answer, whatever its code. Rejects with RemotingError CONNECT_FAILED, TIMEOUT,
   * CLOSED, ABORTED, TOO_MANY_REQUESTS, GO_AWAY, PROTOCOL or BAD_ADDRESS. A server that says GO_AWAY (1500) is asked once
   * more over a new connection (remoting-protocol, 6.6).
   */
  invoke<D extends RequestDefinition>(
    address: string,
    definition: D,
    header: RequestHeader<D>,
    options: InvokeOptions = {},
  ): Promise<Answer<D>> {
    let peer: Peer;
    try {
      peer = this.#peer(address);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const connection = peer.current;
    if (connection !== undefined) return connection.request(definition, header, options);
    return this.#connectAndAsk(peer, definition, header, options);
  }

  /** Sends a request that nobody answers; resolves when it is handed to the connection. */
  async oneway<D extends RequestDefinition>(
    address: string,
    definition: D,
    header: RequestHeader<D>,
    options: OnewayOptions & Pick<InvokeOptions, 'timeoutMs' | 'deadlineAt' | 'signal'> = {},
  ): Promise<void> {
    const connection = this.connection(address) ?? (await this.connect(address, options));
    connection.oneway(definition, header, options);
  }

  /** The open connection to an address, if there is one. */
  connection(address: string): Connection | undefined {
    return this.#peer(address).current;
  }

  /** The connection to an address, made when there is none. */
  async connect(
    address: string,
    options: Pick<InvokeOptions, 'timeoutMs' | 'deadlineAt' | 'signal'> = {},
  ): Promise<Connection> {
    const timeoutMs = options.timeoutMs ?? this.options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    return this.#peer(address).connect(options.deadlineAt ?? this.ports.clock.monotonic() + timeoutMs, options.signal);
  }

  /** Ends the connection to an address, when there is one; the next call makes a new one. */
  disconnect(address: string): void {
    this.#peer(address).current?.close();
  }

  /** Calls back when connections begin and end. Returns how to take that back. */
  onConnection(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes no more calls, waits for answers up to the drain timeout, ends all connections. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock } = this.ports;
    this.#state = 'closed';
    this.#idleTimer?.cancel();
    const deadline = clock.monotonic() + (this.options.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS);
    const waiting = () => [...this.#connections].some(({ inFlight }) => inFlight.requests + inFlight.waiting > 0);
    while (waiting() && clock.monotonic() < deadline) await sleep(clock, DRAIN_POLL_MS);
    for (const peer of this.#peers.values()) peer.close();
    for (const connection of this.#connections) connection.close();
  }

  async #connectAndAsk<D extends RequestDefinition>(
    peer: Peer,
    definition: D,
    header: RequestHeader<D>,
    options: InvokeOptions,
  ): Promise<Answer<D>> {
    const timeoutMs = options.timeoutMs ?? this.options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadlineAt = options.deadlineAt ?? this.ports.clock.monotonic() + timeoutMs;
    const connection = await peer.connect(deadlineAt, options.signal);
    return connection.request(definition, header, { ...options, deadlineAt });
  }

  #peer(address: string): Peer {
    if (this.#state === 'closed')
      throw new RemotingError('CLOSED', address, `the client is closed: nothing is sent to ${address}`);
    return this.#bySpelling.get(address) ?? this.#addPeer(address);
  }

  #addPeer(address: string): Peer {
    const target = parseRemotingAddress(address, this.options.defaultKind ?? 'ws');
    const key = formatRemotingAddress(target);
    if (this.#bySpelling.size >= MAX_IDLE_PEERS) this.#forgetIdlePeers();
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      const dialers = target.secure ? (this.ports.secureDialers ?? {}) : this.ports.dialers;
      const dialer = (dialers as RemotingClientPorts['dialers'])[target.kind];
      if (dialer === undefined) {
        const kind = target.secure ? `${target.kind} with TLS` : target.kind;
        throw new RemotingError(
          'BAD_ADDRESS',
          address,
          `"${address}" needs transport ${kind}, which this client was not given`,
        );
      }
      peer = this.#newPeer(address, target, dialer);
      this.#peers.set(key, peer);
    }
    this.#bySpelling.set(address, peer);
    return peer;
  }

  #newPeer(address: string, target: ReturnType<typeof parseRemotingAddress>, dialer: Dialer): Peer {
    const { inFlight, maxFrameBytes, signer, requestTimeoutMs } = this.options;
    const options = {
      address,
      target,
      dialer,
      connectTimeoutMs: this.options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      backOff: this.options.backOff ?? {},
      connection: { signer, requestTimeoutMs, ...(inFlight && { inFlight }), ...(maxFrameBytes && { maxFrameBytes }) },
      onConnected: (connection: Connection) => {
        this.#connections.add(connection);
        this.#emit({ type: 'connected', address, connection });
      },
      onClosed: (connection: Connection, error: Error | undefined) => {
        this.#connections.delete(connection);
        this.#emit({ type: 'closed', address, connection, error });
      },
    };
    return new Peer(options, this.#dispatcher, this.ports);
  }

  #forgetIdlePeers(): void {
    for (const [key, peer] of this.#peers) if (peer.idle) this.#peers.delete(key);
    for (const [spelling, peer] of this.#bySpelling) if (peer.idle) this.#bySpelling.delete(spelling);
  }

  #emit(event: ConnectionEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.ports.logger.error('a listener for connections failed', { address: event.address, error });
      }
    }
  }
}
