import { type RequestDefinition, ResponseCode } from '@cometmq/protocol';
import { type Clock, type Dialer, type Logger, type Random, sleep } from '@cometmq/runtime';
import type { Answer } from '../connection/answer.js';
import type { Call } from '../connection/call.js';
import { Connection, type ConnectionEvents } from '../connection/connection.js';
import type { ConnectionOptions } from '../connection/connection-options.js';
import { RemotingError } from '../remoting-error.js';
import { backOffMs, type BackOffOptions } from './back-off.js';
import type { RemotingAddress } from './address.js';

/** A connection that ends sooner, before a single byte has come, is taken for a failed attempt: the next one waits. */
const SHORT_LIFE_MS = 1000;

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'dialing'; readonly dial: Promise<Connection> }
  | { readonly name: 'connected'; readonly connection: Connection };

const IDLE: State = { name: 'idle' };

export interface PeerOptions {
  /** As the first caller wrote it; messages and events name it. */
  readonly address: string;
  readonly target: RemotingAddress;
  readonly dialer: Dialer;
  readonly connectTimeoutMs: number;
  readonly backOff: BackOffOptions;
  readonly connection: Omit<ConnectionOptions, 'address'>;
  readonly onConnected: (connection: Connection) => void;
  readonly onClosed: (connection: Connection, error: Error | undefined) => void;
}

export interface PeerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One address and its one connection, dialled when somebody asks and shared by all who do. */
export class Peer implements ConnectionEvents {
  #state: State = IDLE;
  #failures = 0;
  #nextDialAt = Number.NEGATIVE_INFINITY;
  #lastFailure: Error | undefined;
  readonly #closing = new AbortController();

  constructor(
    private readonly options: PeerOptions,
    private readonly requests: ConnectionEvents,
    private readonly ports: PeerPorts,
  ) {}

  get address(): string {
    return this.options.address;
  }

  /** The connection, when there is one. */
  get current(): Connection | undefined {
    return this.#state.name === 'connected' ? this.#state.connection : undefined;
  }

  get idle(): boolean {
    return this.#state.name === 'idle';
  }

  /** The open connection, or a new one. Rejects with RemotingError CONNECT_FAILED, TIMEOUT or ABORTED. */
  connect(deadlineAt: number, signal?: AbortSignal): Promise<Connection> {
    if (this.#state.name === 'connected') return Promise.resolve(this.#state.connection);
    if (this.#state.name === 'idle') {
      if (this.#closing.signal.aborted)
        return Promise.reject(this.#error('CLOSED', `the client is closed: nothing is sent to ${this.address}`));
      if (this.#nextDialAt >= deadlineAt) return Promise.reject(this.#backingOff());
      const dial = this.#dial();
      // Whoever waits sees the failure; nobody may be waiting any more.
      dial.catch(() => {});
      this.#state = { name: 'dialing', dial };
    }
    return this.#bounded(this.#state.dial, deadlineAt, signal);
  }

  /**
   * Takes the connection out of use; requests on it may still be answered. After GO_AWAY, and when the peer has not sent a
   * single byte within a request's time, as a half-open connection behaves.
   *
   * Apache's client closes the socket on any timeout of a synchronous request (client-behaviour, 1.2), which fails all
   * other requests on it as well, held pulls among them, because one was slow. Here the others keep their chance.
   */
  retire(connection: Connection): void {
    if (this.#state.name !== 'connected' || this.#state.connection !== connection) return;
    this.#state = IDLE;
    connection.closeWhenAnswered();
  }

  close(): void {
    this.#closing.abort();
    if (this.#state.name === 'connected') this.#state.connection.close();
  }

  // ---- ConnectionEvents

  request: ConnectionEvents['request'] = (command, connection, receivedAt) =>
    this.requests.request(command, connection, receivedAt);

  timedOut(connection: Connection, silent: boolean): void {
    if (!silent) return;
    this.ports.logger.info(
      'nothing came from a peer within the time of a request; the next one gets a new connection',
      { peer: this.address },
    );
    this.retire(connection);
  }

  /** The request is sent once more over a new connection (remoting-protocol, 6.6). */
  async goingAway(connection: Connection, call: Call): Promise<Answer<RequestDefinition>> {
    this.retire(connection);
    const { definition, deadlineAt } = call;
    const { header, ...options } = call.request;
    const next = await this.connect(deadlineAt, options.signal);
    const answer = await next.request(definition, header, { ...options, deadlineAt, afterGoAway: true });
    if (answer.code !== ResponseCode.GO_AWAY) return answer;
    throw this.#error('GO_AWAY', `${this.address} is shutting down and refused ${definition.name} twice`);
  }

  // ----

  async #dial(): Promise<Connection> {
    const { clock } = this.ports;
    const { signal } = this.#closing;
    try {
      const waitMs = this.#nextDialAt - clock.monotonic();
      if (waitMs > 0) await sleep(clock, waitMs, signal);
      const channel = await this.options.dialer.connect(this.options.target, {
        timeoutMs: this.options.connectTimeoutMs,
        signal,
      });
      const connection = new Connection(channel, this, this.ports, {
        ...this.options.connection,
        address: this.address,
      });
      this.#connected(connection);
      return connection;
    } catch (error) {
      this.#state = IDLE;
      this.#failed(error as Error);
      throw this.#error('CONNECT_FAILED', `no connection to ${this.address}: ${(error as Error).message}`, error);
    }
  }

  #connected(connection: Connection): void {
    const openedAt = this.ports.clock.monotonic();
    this.#state = { name: 'connected', connection };
    connection.onClose((error) => {
      if (this.current === connection) {
        this.#state = IDLE;
        const dropped = !connection.heard && this.ports.clock.monotonic() - openedAt < SHORT_LIFE_MS;
        if (dropped) this.#failed(error ?? new Error('it closed the connection at once'));
      }
      if (connection.heard) this.#failures = 0;
      this.options.onClosed(connection, error);
    });
    this.options.onConnected(connection);
  }

  #failed(error: Error): void {
    this.#lastFailure = error;
    this.#failures++;
    this.#nextDialAt =
      this.ports.clock.monotonic() + backOffMs(this.#failures, this.ports.random, this.options.backOff);
  }

  #backingOff(): RemotingError {
    const why = this.#lastFailure?.message ?? 'it failed';
    const inMs = Math.ceil(this.#nextDialAt - this.ports.clock.monotonic());
    const message = `no connection to ${this.address}: ${why} (${this.#failures} times; the next attempt is in ${inMs} ms)`;
    return this.#error('CONNECT_FAILED', message, this.#lastFailure);
  }

  /** The dial belongs to all who wait for it: one caller's deadline or abort ends only its own wait. */
  #bounded(dial: Promise<Connection>, deadlineAt: number, signal: AbortSignal | undefined): Promise<Connection> {
    if (signal?.aborted)
      return Promise.reject(
        this.#error('ABORTED', `connecting to ${this.address} was given up by its caller`, signal.reason),
      );
    const { clock } = this.ports;
    return new Promise((resolve, reject) => {
      const timer = clock.schedule(deadlineAt - clock.monotonic(), () => {
        fail(
          this.#error(
            'TIMEOUT',
            `no connection to ${this.address} in the request's time; check that it runs and is reachable`,
          ),
        );
      });
      const onAbort = () =>
        fail(this.#error('ABORTED', `connecting to ${this.address} was given up by its caller`, signal?.reason));
      const settle = () => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error) => {
        settle();
        reject(error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      dial.then((connection) => {
        settle();
        resolve(connection);
      }, fail);
    });
  }

  #error(code: RemotingError['code'], message: string, cause?: unknown): RemotingError {
    return new RemotingError(code, this.address, message, cause === undefined ? undefined : { cause });
  }
}
