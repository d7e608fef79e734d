import { webSocketLibrary } from '#node-libraries';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { WebSocketServer } from 'ws';
import type { Logger } from '../telemetry.js';
import { type AcceptOptions, type HttpAnswer, type HttpHandler, type HttpRequest, parseAddress } from '../transport.js';
import { http } from './builtins.js';
import { Linger } from './linger.js';
import { hostPort } from './tcp-channel.js';
import { WS_OPTIONS, WsChannel } from './ws-channel.js';

export interface HttpLimits {
  /** Bound on the request line and headers together. */
  readonly maxHeaderBytes: number;
  /** Until the headers of the next request are there, again until its answer is made, and for each look at whether it is taken. */
  readonly requestTimeoutMs: number;
  /** Decides by the `Origin` header which web pages may open a WebSocket; undefined lets all. */
  readonly allowOrigin?: ((origin: string | undefined) => boolean) | undefined;
}

const MAX_IGNORED_BODY_BYTES = 64 * 1024;
const NOT_FOUND: HttpAnswer = {
  status: 404,
  contentType: 'text/plain',
  body: 'nothing here; WebSocket clients connect to /\n',
};
const TOO_LATE: HttpAnswer = { status: 503, contentType: 'text/plain', body: 'no answer in time\n' };
const FAILED: HttpAnswer = { status: 500, contentType: 'text/plain', body: 'internal error; see the log\n' };
const TOO_LARGE: HttpAnswer = { status: 413, contentType: 'text/plain', body: 'no request body is taken here\n' };

/** HTTP/1.1 and WebSocket upgrades on sockets that somebody else accepted. */
export class HttpFront {
  /** Made with the first HTTP connection. */
  #server: Server | undefined;
  #upgrades: WebSocketServer | undefined;
  /** Sockets in HTTP, each with the deadline of what is awaited. Upgraded ones have left. */
  readonly #deadlines = new Map<Duplex, NodeJS.Timeout | undefined>();
  #closing = false;

  constructor(
    private readonly accept: AcceptOptions['accept'],
    private readonly handler: HttpHandler | undefined,
    private readonly limits: HttpLimits,
    private readonly logger: Logger,
  ) {}

  /** Takes over a paused socket whose first bytes were put back. */
  take(socket: Socket): void {
    this.#expectRequest(socket);
    socket.on('close', () => {
      clearTimeout(this.#deadlines.get(socket));
      this.#deadlines.delete(socket);
    });
    this.#server ??= this.#httpServer();
    this.#server.emit('connection', socket);
    socket.resume();
  }

  /** Ends HTTP connections after the answer that is being made; WebSockets stay. */
  close(): void {
    this.#closing = true;
    for (const [socket, deadline] of this.#deadlines) if (deadline) socket.destroy();
  }

  #httpServer(): Server {
    // Node's own request timers only run on servers that listen; here the deadlines below take their place.
    const server = http().createServer({ maxHeaderSize: this.limits.maxHeaderBytes });
    server.on('request', (request, response) => void this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    server.on('clientError', (error, socket) => this.#reject(error, socket));
    return server;
  }

  #expectRequest(socket: Duplex): void {
    clearTimeout(this.#deadlines.get(socket));
    this.#deadlines.set(
      socket,
      setTimeout(() => socket.destroy(), this.limits.requestTimeoutMs),
    );
  }

  #requestArrived(socket: Duplex): void {
    clearTimeout(this.#deadlines.get(socket));
    this.#deadlines.set(socket, undefined);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#requestArrived(socket);
    this.#deadlines.delete(socket);
    if (this.#closing) return void socket.destroy();
    const secure = (socket as Partial<TLSSocket>).encrypted === true;
    this.#upgrades ??= this.#upgradeServer();
    this.#upgrades.handleUpgrade(request, socket, head, (ws) => {
      const dialed = parseAddress(withPort(request.headers.host ?? '', secure));
      const channel = new WsChannel(ws, socket, secure, dialed);
      try {
        this.accept(channel);
      } catch (error) {
        this.logger.error('a connection was not taken', { error });
        channel.destroy(error as Error);
      }
    });
  }

  #upgradeServer(): WebSocketServer {
    const { allowOrigin } = this.limits;
    const { WebSocketServer } = webSocketLibrary();
    const server = new WebSocketServer({
      ...WS_OPTIONS,
      noServer: true,
      clientTracking: false,
      path: '/',
      ...(allowOrigin ? { verifyClient: (info, done) => done(allowOrigin(info.req.headers.origin), 403) } : {}),
    });
    server.on('wsClientError', (error, socket) => {
      this.logger.debug('a WebSocket upgrade was refused', { reason: error.message });
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const taking = new Linger(this.limits.requestTimeoutMs);
    this.#requestArrived(socket);
    response.on('close', () => {
      taking.stop();
      if (!socket.destroyed && this.#deadlines.has(socket)) this.#expectRequest(socket);
    });
    const answer = drainBody(request) ? await this.#ask(request) : TOO_LARGE;
    if (response.destroyed) return;
    const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    response.writeHead(answer.status, {
      'Content-Type': answer.contentType,
      'Content-Length': body.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(this.#closing || answer === TOO_LARGE ? { Connection: 'close' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    if (!response.closed)
      taking.start(
        () => socket.writableLength + response.writableLength,
        () => socket.destroy(),
      );
  }

  async #ask(request: IncomingMessage): Promise<HttpAnswer> {
    if (!this.handler) return NOT_FOUND;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<HttpAnswer>((resolve) => {
      timer = setTimeout(() => resolve(TOO_LATE), this.limits.requestTimeoutMs);
    });
    try {
      return await Promise.race([this.handler(toHttpRequest(request)), late]);
    } catch (error) {
      this.logger.error('an HTTP request failed', { error, path: request.url });
      return FAILED;
    } finally {
      clearTimeout(timer);
    }
  }

  #reject(error: Error, socket: Duplex): void {
    const status = (error as { code?: string }).code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    this.logger.debug('an HTTP request could not be read', { reason: error.message });
    if (!socket.writable) return void socket.destroy();
    socket.end(`HTTP/1.1 ${status} ${http().STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    // Unread input would keep the other half open.
    socket.resume();
    this.#expectRequest(socket);
  }
}

/** No request has a body that matters: a small one is thrown away, false for a large one. */
function drainBody(request: IncomingMessage): boolean {
  if (Number(request.headers['content-length'] ?? 0) > MAX_IGNORED_BODY_BYTES) return false;
  let seen = 0;
  request.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > MAX_IGNORED_BODY_BYTES) request.socket.destroy();
  });
  return true;
}

function toHttpRequest(request: IncomingMessage): HttpRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  if (mark >= 0) for (const [key, value] of new URLSearchParams(url.slice(mark + 1))) query[key] = value;
  return {
    method: request.method ?? 'GET',
    path: mark >= 0 ? url.slice(0, mark) : url,
    query,
    remote: hostPort(request.socket.remoteAddress, request.socket.remotePort),
  };
}

/** A Host header leaves the scheme's own port out. */
function withPort(host: string, secure: boolean): string {
  return /:\d+$/.test(host) ? host : `${host}:${secure ? 443 : 80}`;
}
