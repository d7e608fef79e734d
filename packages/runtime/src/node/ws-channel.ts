import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { type Channel, type ChannelHandler, formatAddress, type HostPort, TransportError } from '../transport.js';
import { Linger } from './linger.js';
import { HIGH_WATER_BYTES, hostPort, LOW_WATER_BYTES } from './tcp-channel.js';
import { toTransportError } from './transport-errors.js';

/** What is common to both ends of a WebSocket. A message carries whole remoting frames, so it may be a little longer than one. */
export const WS_OPTIONS = {
  maxPayload: 16 * 1024 * 1024 + 64 * 1024,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  // The channel's own linger takes its place, which sees whether the peer still takes something.
  closeTimeout: 600_000,
} as const;

const NORMAL = 1000;
const UNSUPPORTED_DATA = 1003;
/** Closing codes of an end in order: normal, going away, none given. */
const IN_ORDER: ReadonlySet<number> = new Set([NORMAL, 1001, 1005]);
const NO_CLOSE_FRAME = 1006;

/** An open WebSocket; each binary message is handed on as it is. */
export class WsChannel implements Channel {
  readonly kind = 'ws';
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly dialed?: HostPort;
  #handler: ChannelHandler | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #congested = false;
  #destroyed = false;
  #error: Error | undefined;
  readonly #linger = new Linger();

  constructor(
    private readonly ws: WebSocket,
    socket: Socket,
    readonly secure: boolean,
    dialed?: HostPort,
  ) {
    if (dialed) this.dialed = dialed;
    this.local = hostPort(socket.localAddress, socket.localPort);
    this.remote = hostPort(socket.remoteAddress, socket.remotePort);
    ws.pause();
    ws.on('message', this.#received);
    ws.on('error', (error) => {
      this.#error ??= this.#describe(error);
      this.#awaitEnd();
    });
    ws.on('close', (code, reason) => this.#ended(code, reason));
    socket.on('drain', this.#checkDrained);
  }

  get bufferedBytes(): number {
    return this.ws.bufferedAmount;
  }

  attach(handler: ChannelHandler): void {
    if (this.#handler) throw new Error('a handler is attached already');
    this.#handler = handler;
    if (this.#state === 'closed') return process.nextTick(() => handler.closed(this.#error));
    this.ws.resume();
  }

  send(bytes: Uint8Array, sent?: (error?: unknown) => void): void {
    if (this.#state !== 'open') return;
    if (this.#congested) {
      this.ws.send(bytes, (error) => {
        sent?.(error);
        this.#checkDrained();
      });
      return;
    }
    this.ws.send(bytes, sent);
    this.#congested = this.ws.bufferedAmount > HIGH_WATER_BYTES;
  }

  pause(): void {
    if (this.#state === 'open') this.ws.pause();
  }

  resume(): void {
    if (this.#state === 'open' && this.#handler) this.ws.resume();
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#finish(NORMAL);
  }

  destroy(reason?: Error): void {
    if (this.#state === 'closed') return;
    this.#destroyed = true;
    this.#error ??= reason;
    this.ws.terminate();
  }

  readonly #received = (data: unknown, isBinary: boolean): void => {
    if (this.#state !== 'open') return;
    if (!isBinary) {
      this.#error ??= new TransportError('PROTOCOL', 'a text message came; remoting frames travel in binary ones');
      return this.#finish(UNSUPPORTED_DATA, 'binary messages only');
    }
    try {
      this.#handler?.data(data as Uint8Array);
    } catch (error) {
      this.destroy(error as Error);
    }
  };

  readonly #checkDrained = (): void => {
    if (!this.#congested || this.#state !== 'open' || this.ws.bufferedAmount >= LOW_WATER_BYTES) return;
    this.#congested = false;
    this.#handler?.drained();
  };

  #finish(code: number, reason?: string): void {
    this.#state = 'closing';
    // The peer's closing frame can only be seen behind what it still sends.
    this.ws.resume();
    this.ws.close(code, reason);
    this.#awaitEnd();
  }

  #awaitEnd(): void {
    this.#linger.start(
      () => this.ws.bufferedAmount,
      () => this.ws.terminate(),
    );
  }

  #describe(error: Error): TransportError {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string' || !code.startsWith('WS_ERR')) {
      return toTransportError(error, 'the WebSocket with', this.remote);
    }
    const message = `${formatAddress(this.remote)} broke the WebSocket protocol: ${error.message} (${code})`;
    return new TransportError('PROTOCOL', message, { cause: error });
  }

  #ended(code: number, reason: Buffer): void {
    this.#linger.stop();
    const closing = this.#state === 'closing';
    this.#state = 'closed';
    if (this.#error === undefined && !closing && !this.#destroyed && !IN_ORDER.has(code)) {
      const where = formatAddress(this.remote);
      this.#error =
        code === NO_CLOSE_FRAME
          ? new TransportError('CLOSED', `the WebSocket with ${where} broke off without a closing handshake`)
          : new TransportError(
              'PROTOCOL',
              `${where} closed the WebSocket with code ${code}: ${reason.toString('latin1')}`,
            );
    }
    this.#handler?.closed(this.#error);
  }
}
