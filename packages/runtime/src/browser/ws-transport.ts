import {
  type Channel,
  type ChannelHandler,
  type Dialer,
  type DialOptions,
  formatAddress,
  type HostPort,
  TransportError,
} from '../transport.js';

/** The part of a browser's WebSocket that is used. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: (() => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => void) | null;
}

export interface BrowserWsOptions {
  /** `wss://` */
  readonly secure?: boolean;
  /** Makes the sockets; default: the global WebSocket. */
  readonly open?: (url: string) => WebSocketLike;
}

const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;
/** A browser does not tell when it has sent: it is asked in this rhythm while too much waits. */
const DRAIN_POLL_MS = 10;
const NORMAL = 1000;
const IN_ORDER: ReadonlySet<number> = new Set([NORMAL, 1001, 1005]);

/** A browser does not say where its end of a connection is. */
const UNKNOWN: HostPort = { host: 'browser', port: 0 };

type State = { readonly name: 'open' } | { readonly name: 'closed'; readonly error: Error | undefined };

/** An open WebSocket of the browser. Reading cannot be paused there: what comes meanwhile waits here. */
class BrowserWsChannel implements Channel {
  readonly kind = 'ws';
  readonly local = UNKNOWN;
  #handler: ChannelHandler | undefined;
  #inbox: Uint8Array[] = [];
  #paused = false;
  #state: State = { name: 'open' };
  #ended = false;
  #polling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly socket: WebSocketLike,
    readonly remote: HostPort,
    readonly secure: boolean,
  ) {
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onerror = null;
    socket.onclose = ({ code, reason, wasClean }) => {
      const where = formatAddress(remote);
      const how = reason === '' ? `with code ${code}` : `with code ${code}: ${reason}`;
      this.#end(
        wasClean && IN_ORDER.has(code)
          ? undefined
          : new TransportError('CLOSED', `the WebSocket with ${where} ended ${how}`),
      );
    };
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  attach(handler: ChannelHandler): void {
    if (this.#handler !== undefined) throw new TransportError('PROTOCOL', 'a channel can be attached only once');
    this.#handler = handler;
    setTimeout(() => {
      this.#deliver();
      this.#announceEnd();
    }, 0);
  }

  send(bytes: Uint8Array, sent?: () => void): void {
    if (this.#state.name === 'closed') return;
    // The browser copies.
    this.socket.send(bytes);
    sent?.();
    if (this.socket.bufferedAmount > HIGH_WATER_BYTES) this.#polling ??= setTimeout(this.#poll, DRAIN_POLL_MS);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    setTimeout(() => this.#deliver(), 0);
  }

  close(): void {
    if (this.#state.name === 'open') this.socket.close(NORMAL);
  }

  destroy(reason?: Error): void {
    this.socket.close(NORMAL);
    this.#end(reason);
  }

  #received(data: unknown): void {
    if (this.#state.name === 'closed') return;
    if (!(data instanceof ArrayBuffer))
      return this.destroy(new TransportError('PROTOCOL', 'a text message came; remoting frames travel in binary ones'));
    this.#inbox.push(new Uint8Array(data));
    this.#deliver();
  }

  #deliver(): void {
    const handler = this.#handler;
    while (handler !== undefined && !this.#paused && this.#inbox.length > 0 && this.#state.name === 'open') {
      try {
        handler.data(this.#inbox.shift()!);
      } catch (error) {
        this.destroy(error as Error);
      }
    }
  }

  readonly #poll = (): void => {
    this.#polling = undefined;
    if (this.#state.name === 'closed') return;
    if (this.socket.bufferedAmount > LOW_WATER_BYTES) this.#polling = setTimeout(this.#poll, DRAIN_POLL_MS);
    else this.#handler?.drained();
  };

  #end(error: Error | undefined): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'closed', error };
    clearTimeout(this.#polling);
    this.#inbox = [];
    setTimeout(() => this.#announceEnd(), 0);
  }

  #announceEnd(): void {
    if (this.#ended || this.#state.name === 'open' || this.#handler === undefined) return;
    this.#ended = true;
    this.#handler.closed(this.#state.error);
  }
}

function openGlobal(url: string): WebSocketLike {
  const { WebSocket } = globalThis as unknown as { WebSocket?: new (url: string) => WebSocketLike };
  if (WebSocket === undefined) throw new TransportError('UNREACHABLE', 'this platform has no WebSocket');
  return new WebSocket(url);
}

/** Dials with the WebSocket of the browser. */
export function browserWsDialer(options: BrowserWsOptions = {}): Dialer {
  const secure = options.secure ?? false;
  const open = options.open ?? openGlobal;
  return { kind: 'ws', connect: (address, dial) => connect(address, dial, secure, open) };
}

function connect(
  address: HostPort,
  { timeoutMs, signal }: DialOptions,
  secure: boolean,
  open: (url: string) => WebSocketLike,
): Promise<Channel> {
  const where = formatAddress(address);
  return new Promise((resolve, reject) => {
    if (signal?.aborted)
      return reject(new TransportError('CLOSED', `connecting to ${where} was given up`, { cause: signal.reason }));
    const socket = open(`${secure ? 'wss' : 'ws'}://${where}/`);
    socket.binaryType = 'arraybuffer';
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: TransportError) => {
      settle();
      socket.onopen = socket.onerror = socket.onclose = null;
      socket.close();
      reject(error);
    };
    const onAbort = () =>
      fail(new TransportError('CLOSED', `connecting to ${where} was given up`, { cause: signal?.reason }));
    const timer = setTimeout(
      () => fail(new TransportError('TIMEOUT', `${where} did not open a WebSocket within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.onopen = () => {
      settle();
      resolve(new BrowserWsChannel(socket, address, secure));
    };
    // Browsers keep the reason to themselves.
    const refused = `${where} did not open a WebSocket: check that it runs, that it is no Apache RocketMQ server (those speak TCP only, which a browser cannot), and that a page of https dials wss`;
    socket.onerror = () => fail(new TransportError('UNREACHABLE', refused));
    socket.onclose = () => fail(new TransportError('UNREACHABLE', refused));
  });
}
