import type { Socket } from 'node:net';
import type { Channel, ChannelHandler, HostPort } from '../transport.js';
import { Linger } from './linger.js';
import { toTransportError } from './transport-errors.js';

/** Above this many unsent bytes a channel is congested; `drained` comes when it is below the low mark again. */
export const HIGH_WATER_BYTES = 1024 * 1024;
export const LOW_WATER_BYTES = 256 * 1024;

const MAPPED_IPV4 = '::ffff:';

/** The address of a socket's end; IPv4 in its own form, also when the socket listens on IPv6. */
export function hostPort(host: string | undefined, port: number | undefined): HostPort {
  const plain = host?.startsWith(MAPPED_IPV4) === true ? host.slice(MAPPED_IPV4.length) : host;
  return { host: plain ?? '', port: port ?? 0 };
}

/** A TCP socket, plain or TLS, that is connected and not yet read from. */
export class TcpChannel implements Channel {
  readonly kind = 'tcp';
  readonly local: HostPort;
  readonly remote: HostPort;
  #handler: ChannelHandler | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #congested = false;
  #error: Error | undefined;
  readonly #linger = new Linger();

  constructor(
    private readonly socket: Socket,
    readonly secure: boolean,
  ) {
    this.local = hostPort(socket.localAddress, socket.localPort);
    this.remote = hostPort(socket.remoteAddress, socket.remotePort);
    socket.pause();
    socket.on('error', (error) => {
      this.#error ??= toTransportError(error, 'the connection with', this.remote);
    });
    socket.on('end', () => this.#finish());
    socket.on('close', () => this.#ended());
    socket.on('drain', this.#checkDrained);
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  attach(handler: ChannelHandler): void {
    if (this.#handler) throw new Error('a handler is attached already');
    this.#handler = handler;
    if (this.#state === 'closed') return process.nextTick(() => handler.closed(this.#error));
    this.socket.on('data', this.#received);
    this.socket.resume();
  }

  send(bytes: Uint8Array, sent?: (error?: unknown) => void): void {
    if (this.#state !== 'open') return;
    if (this.#congested) {
      this.socket.write(bytes, (error) => {
        sent?.(error);
        this.#checkDrained();
      });
      return;
    }
    this.socket.write(bytes, sent);
    this.#congested = this.socket.writableLength > HIGH_WATER_BYTES;
  }

  pause(): void {
    if (this.#state === 'open') this.socket.pause();
  }

  resume(): void {
    if (this.#state === 'open' && this.#handler) this.socket.resume();
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.socket.off('data', this.#received);
    // Flowing without a reader: the peer's end can only be seen behind what it still sends.
    this.socket.resume();
    this.#finish();
  }

  destroy(reason?: Error): void {
    if (this.#state === 'closed') return;
    this.#error ??= reason;
    this.socket.destroy();
  }

  readonly #received = (bytes: Uint8Array): void => {
    try {
      this.#handler?.data(bytes);
    } catch (error) {
      this.destroy(error as Error);
    }
  };

  readonly #checkDrained = (): void => {
    if (!this.#congested || this.#state !== 'open' || this.socket.writableLength >= LOW_WATER_BYTES) return;
    this.#congested = false;
    this.#handler?.drained();
  };

  /** One side has ended: what is queued goes out, nothing more is taken. */
  #finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.socket.end();
    this.#linger.start(
      () => this.socket.writableLength,
      () => this.socket.destroy(),
    );
  }

  #ended(): void {
    this.#linger.stop();
    this.#state = 'closed';
    this.#handler?.closed(this.#error);
  }
}
