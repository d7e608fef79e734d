import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { Logger } from '../telemetry.js';
import { type Acceptor, type AcceptOptions, formatAddress, type HostPort, type Listener } from '../transport.js';
import { tls as nodeTls } from './builtins.js';
import { classifyFirstBytes, type FirstBytes } from './first-bytes.js';
import { HttpFront } from './http-front.js';
import { TcpChannel } from './tcp-channel.js';
import { type ServerTls, serverTlsOptions, type TlsMode } from './tls.js';
import { toTransportError } from './transport-errors.js';

export interface SharedPortOptions {
  readonly logger: Logger;
  /** `permissive` and `enforcing` need `identity`. Default: disabled. */
  readonly tls?: { readonly mode: TlsMode; readonly identity?: ServerTls };
  /** A connection that has not shown its protocol after this time is closed. Default 10 000. */
  readonly sniffTimeoutMs?: number;
  /** More connections than this are closed at once. Default 65 536. */
  readonly maxConnections?: number;
  /** Bound on an HTTP request's line and headers. Default 16 KiB. */
  readonly maxHttpHeaderBytes?: number;
  /** For the headers of an HTTP request to arrive, and again for its answer. Default 10 000. */
  readonly httpRequestTimeoutMs?: number;
  /**
   * Decides by the `Origin` header which web pages may open a WebSocket. Default: all.
   * Danger: without it any page that a user of this machine visits can talk to a server on localhost.
   */
  readonly allowOrigin?: (origin: string | undefined) => boolean;
}

const BACKLOG = 1024;
const LOG_EVERY_MS = 1_000;

/** Accepts remoting TCP, WebSocket, HTTP and TLS around each of them on one port, told apart by the first bytes. */
export function sharedPort(options: SharedPortOptions): Acceptor {
  return {
    listen: async (address, accept) => new SharedListener(options, accept, address).listen(),
  };
}

class SharedListener implements Listener {
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  readonly #http: HttpFront;
  readonly #mode: TlsMode;
  readonly #sniffTimeoutMs: number;
  /** Connections that have not shown their protocol yet. */
  readonly #unknown = new Set<Socket>();
  readonly #logger: Logger;
  #bound: HostPort;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #notLogged = 0;

  constructor(
    options: SharedPortOptions,
    private readonly accepting: AcceptOptions,
    wanted: HostPort,
  ) {
    this.#bound = wanted;
    this.#logger = options.logger;
    this.#mode = options.tls?.mode ?? 'disabled';
    this.#sniffTimeoutMs = options.sniffTimeoutMs ?? 10_000;
    const limits = {
      maxHeaderBytes: options.maxHttpHeaderBytes ?? 16 * 1024,
      requestTimeoutMs: options.httpRequestTimeoutMs ?? 10_000,
      allowOrigin: options.allowOrigin,
    };
    this.#http = new HttpFront(accepting.accept, accepting.http, limits, options.logger);
    this.#tls = this.#tlsServer(options.tls?.identity);
    this.#server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#sniff(socket, false));
    this.#server.maxConnections = options.maxConnections ?? 65_536;
    this.#server.on('drop', () => this.#warn('a connection was dropped: too many are open', {}));
  }

  get address(): HostPort {
    return this.#bound;
  }

  async listen(): Promise<Listener> {
    const wanted = this.#bound;
    await new Promise<void>((resolve, reject) => {
      const refused = (error: Error) => reject(toTransportError(error, 'listening on', wanted));
      this.#server.once('error', refused);
      this.#server.listen({ host: wanted.host, port: wanted.port, backlog: BACKLOG }, () => {
        this.#server.off('error', refused);
        resolve();
      });
    });
    // From here on errors are of single connections (too many open files, say): the port stays open.
    this.#server.on('error', (error) => this.#warn('a connection could not be accepted', { error }));
    this.#bound = { host: wanted.host, port: (this.#server.address() as AddressInfo).port };
    return this;
  }

  close(): Promise<void> {
    // The server's own callback would wait for every open channel; the port is free at once.
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#unknown) socket.destroy();
    this.#http.close();
    return Promise.resolve();
  }

  #tlsServer(identity: ServerTls | undefined): TlsServer | undefined {
    if (this.#mode === 'disabled') return undefined;
    if (!identity) throw new TypeError(`tls.server.mode=${this.#mode} needs a certificate and a key`);
    const server = nodeTls().createServer({ ...serverTlsOptions(identity), handshakeTimeout: this.#sniffTimeoutMs });
    server.on('secureConnection', (socket) => this.#sniff(socket, true));
    server.on('tlsClientError', (error, socket) => {
      this.#logger.debug('a TLS handshake failed', { reason: error.message });
      socket.destroy();
    });
    return server;
  }

  #sniff(socket: Socket, secure: boolean): void {
    let held: Buffer | undefined;
    const ignore = () => {};
    const stop = () => {
      clearTimeout(timer);
      this.#unknown.delete(socket);
      socket.off('data', onData).off('close', stop);
    };
    const onData = (chunk: Buffer) => {
      held = held ? Buffer.concat([held, chunk]) : chunk;
      const kind = classifyFirstBytes(held);
      if (kind === 'undecided') return;
      stop();
      socket.pause();
      socket.unshift(held);
      this.#handOver(kind, socket, secure);
      // A raw socket under TLS keeps it: its errors come a second time from the secure one.
      if (kind !== 'tls' && !socket.destroyed) socket.off('error', ignore);
    };
    const timer = setTimeout(() => socket.destroy(), this.#sniffTimeoutMs);
    this.#unknown.add(socket);
    socket.on('error', ignore).on('close', stop).on('data', onData);
  }

  #handOver(kind: FirstBytes, socket: Socket, secure: boolean): void {
    if (!this.#server.listening) return void socket.destroy();
    const plainIsForbidden = this.#mode === 'enforcing' && !secure;
    if (kind === 'tls' && this.#tls && !secure) {
      this.#tls.emit('connection', socket);
    } else if (kind === 'http' && !plainIsForbidden) {
      this.#http.take(socket);
    } else if (kind === 'remoting' && !plainIsForbidden) {
      this.#accept(new TcpChannel(socket, secure));
    } else {
      this.#logger.debug('a connection was closed: its protocol is not served here', { kind, secure });
      socket.destroy();
    }
  }

  #accept(channel: TcpChannel): void {
    try {
      this.accepting.accept(channel);
    } catch (error) {
      this.#logger.error('a connection was not taken', { error });
      channel.destroy(error as Error);
    }
  }

  /** At most one line a second, with the number of those left out. */
  #warn(message: string, fields: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    if (now - this.#loggedAt < LOG_EVERY_MS) {
      this.#notLogged++;
      return;
    }
    this.#logger.warn(message, { ...fields, address: formatAddress(this.#bound), alsoBefore: this.#notLogged });
    this.#loggedAt = now;
    this.#notLogged = 0;
  }
}
