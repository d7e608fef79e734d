/** Host name or address and port; IPv6 hosts without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress(address: HostPort): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Reads `host:port`, `[v6]:port` or a bare v6 host followed by `:port`; undefined when it is none of them. */
export function parseAddress(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^[\]]+)):(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2] ?? '';
  return port > 65535 || host === '' ? undefined : { host, port };
}

export type TransportKind = 'tcp' | 'ws' | 'memory';

/** Receives what happens on a channel. All calls come in the event loop's turns, never from inside `send`. */
export interface ChannelHandler {
  /** The next bytes of the stream; the array may be kept, nobody writes to it again. */
  data(bytes: Uint8Array): void;
  /** The peer or the network has taken enough: `bufferedBytes` fell below the low-water mark after it was above the high one. */
  drained(): void;
  /** Exactly once, last. Without an error the peer closed in order. */
  closed(error?: Error): void;
}

/** A connected, ordered, reliable stream of bytes. Boundaries of `send` mean nothing to the receiver. */
export interface Channel {
  readonly kind: TransportKind;
  readonly secure: boolean;
  readonly local: HostPort;
  readonly remote: HostPort;
  /** Server side of a WebSocket: the address the client asked for (its Host header), which a mapped port keeps. */
  readonly dialed?: HostPort;
  /** Bytes handed over and not yet taken by the operating system: what back-pressure is judged by. */
  readonly bufferedBytes: number;
  /** Must be called exactly once; what arrives before waits. */
  attach(handler: ChannelHandler): void;
  /**
   * Queues bytes; the channel owns the array until it calls `sent`, which it does once, at the latest when the bytes have gone
   * out; when it ends before, with an error, perhaps twice, or never. Ignored after close. A WebSocket sends one message per call.
   */
  send(bytes: Uint8Array, sent?: (error?: unknown) => void): void;
  /** Stops and restarts reading: back-pressure towards the peer. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then ends. Idempotent. */
  close(): void;
  /** Ends at once, dropping what is queued. Idempotent. */
  destroy(reason?: Error): void;
}

export interface DialOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Opens channels of one kind. TLS is an option of the dialer, not of the call. */
export interface Dialer {
  readonly kind: TransportKind;
  /** Rejects with a TransportError that says what to try. */
  connect(address: HostPort, options: DialOptions): Promise<Channel>;
}

export interface Listener {
  readonly address: HostPort;
  /** Stops accepting; open channels stay. Idempotent. */
  close(): Promise<void>;
}

/** A plain HTTP exchange on the shared port: health, metrics, later the dashboard. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly remote: HostPort;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

export interface AcceptOptions {
  readonly accept: (channel: Channel) => void;
  /** Without it HTTP requests that are not WebSocket upgrades are answered 404. */
  readonly http?: HttpHandler;
}

/** Listens on a port for every kind of channel it knows. */
export interface Acceptor {
  /** Port 0 picks a free one; the listener's address tells which. */
  listen(address: HostPort, options: AcceptOptions): Promise<Listener>;
}

export type TransportErrorCode =
  | 'REFUSED'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'UPGRADE_REFUSED'
  | 'TLS'
  | 'CLOSED'
  | 'PROTOCOL'
  | 'ADDRESS_IN_USE';

/** A failure to connect, listen or keep a channel open. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  constructor(
    readonly code: TransportErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
