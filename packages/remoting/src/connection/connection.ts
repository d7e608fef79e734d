import {
  FrameDecoder,
  FrameWriter,
  ONEWAY_FLAG,
  ProtocolError,
  RESPONSE_FLAG,
  type RemotingCommand,
  type RequestDefinition,
  type RequestHeader,
} from '@cometmq/protocol';
import { type Channel, type Clock, formatAddress, type HostPort, type Logger, type TransportKind } from '@cometmq/runtime';
import { RemotingError, type RemotingErrorCode } from '../remoting-error.js';
import { type Answer, toAnswer } from './answer.js';
import { DEFAULT_IN_FLIGHT_LIMITS, InFlight, type InFlightLimits, type PendingCall } from './in-flight.js';

/** One body, or slices that are written one behind the other. */
export type FrameBody = Uint8Array | readonly Uint8Array[];

/** What an answer consists of beside the request it belongs to. */
export interface OutgoingAnswer {
  readonly code: number;
  readonly remark?: string | undefined;
  readonly fields?: Record<string, string> | undefined;
  readonly body?: FrameBody | undefined;
}

export interface RequestOptions {
  readonly body?: FrameBody | undefined;
  /** How long the answer may take, in ms; default 3000. */
  readonly timeoutMs?: number | undefined;
  /** extFields beside those of the header. */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  /** Gives the request up; the peer may carry it out all the same. */
  readonly signal?: AbortSignal | undefined;
}

export type OnewayOptions = Pick<RequestOptions, 'body' | 'extFields'>;

/** Adds to the extFields of a request that is about to be written, e.g. a signature over them and the body. */
export type RequestSigner = (fields: Record<string, string>, body: FrameBody | undefined, code: number) => void;

/** Who listens to a connection: the dispatcher of a server or client. */
export interface ConnectionEvents {
  /** A request of the peer; `receivedAt` is the wall clock. Must not throw. */
  request(command: RemotingCommand, connection: Connection, receivedAt: number): void;
  /** A request got no answer in time. `silent`: nothing at all has come since it was sent. */
  timedOut?(connection: Connection, silent: boolean): void;
}

export interface ConnectionOptions {
  /** The peer as messages name it; default: the channel's remote address. */
  readonly address?: string;
  readonly inFlight?: Partial<InFlightLimits>;
  /** Frames longer than this, length field included, end the connection; default 16 MiB (remoting-protocol, section 1). */
  readonly maxFrameBytes?: number;
  /**
   * Whether to stop reading from a peer that does not take its answers, until it does. For servers only: two ends that
   * both stop would wait for each other for ever. Default false.
   */
  readonly pauseWhenSlow?: boolean;
  /** Work in progress for this peer above which nothing more is read from it until half is done; default: always reads. */
  readonly maxWork?: number;
  /** Above this many unsent bytes the connection is dropped; default: never. */
  readonly maxBufferedBytes?: number;
  readonly signer?: RequestSigner | undefined;
}

export interface ConnectionPorts {
  readonly clock: Clock;
  readonly logger: Logger;
}

export const DEFAULT_TIMEOUT_MS = 3000;
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** The high-water mark of the channels: only above it they tell when they are drained. */
const PAUSE_READING_AT_BYTES = 1024 * 1024;

type State = { readonly name: 'open' } | { readonly name: 'closed'; readonly error: Error | undefined };

/**
 * One channel, both directions: requests of the peer go to the events, own requests are matched with their answers. All
 * frames written in one turn of the event loop leave together.
 */
export class Connection {
  readonly kind: TransportKind;
  readonly secure: boolean;
  readonly local: HostPort;
  readonly remote: HostPort;
  /** Server side of a WebSocket: the address the client asked for. */
  readonly dialed: HostPort | undefined;
  /** The peer as messages name it. */
  readonly address: string;
  readonly #decoder: FrameDecoder;
  readonly #writer = new FrameWriter();
  readonly #inFlight: InFlight;
  readonly #maxWork: number;
  readonly #maxBuffered: number;
  #state: State = { name: 'open' };
  #flushPlanned = false;
  #nextOpaque = 0;
  #receivedAt = 0;
  #lastReadAt: number;
  #lastWriteAt: number;
  #work = 0;
  #outputFull = false;
  #workFull = false;
  #closeListeners: Set<(error: Error | undefined) => void> | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly events: ConnectionEvents,
    private readonly ports: ConnectionPorts,
    private readonly options: ConnectionOptions = {},
  ) {
    this.kind = channel.kind;
    this.secure = channel.secure;
    this.local = channel.local;
    this.remote = channel.remote;
    this.dialed = channel.dialed;
    this.address = options.address ?? formatAddress(channel.remote);
    this.#decoder = new FrameDecoder({ maxFrameBytes: options.maxFrameBytes ?? MAX_FRAME_BYTES });
    this.#inFlight = new InFlight(ports.clock, { ...DEFAULT_IN_FLIGHT_LIMITS, ...options.inFlight }, this);
    this.#maxWork = options.maxWork ?? Number.POSITIVE_INFINITY;
    this.#maxBuffered = options.maxBufferedBytes ?? Number.POSITIVE_INFINITY;
    this.#lastReadAt = this.#lastWriteAt = ports.clock.monotonic();
    channel.attach(this);
  }

  get open(): boolean {
    return this.#state.name === 'open';
  }

  /** Bytes written and not yet taken by the network: a peer that does not read makes it grow. */
  get bufferedBytes(): number {
    return this.channel.bufferedBytes;
  }

  /** Own requests without an answer, and those that wait for room to be sent. */
  get inFlight(): { readonly requests: number; readonly bytes: number; readonly waiting: number } {
    return this.#inFlight;
  }

  /** Monotonic moment of the last byte in either direction. */
  get lastActiveAt(): number {
    return Math.max(this.#lastReadAt, this.#lastWriteAt);
  }

  /**
   * Asks the peer. Resolves with its answer, whatever its code; rejects with RemotingError TIMEOUT, CLOSED, ABORTED,
   * TOO_MANY_REQUESTS or PROTOCOL, or with ProtocolError when the header does not fit its definition.
   */
  request<D extends RequestDefinition>(definition: D, header: RequestHeader<D>, options: RequestOptions = {}): Promise<Answer<D>> {
    return new Promise<Answer<D>>((resolve, reject) => {
      if (options.signal?.aborted) return reject(this.#aborted(definition, options.signal));
      if (this.#state.name === 'closed') return reject(this.#closedError(definition.name));
      const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const opaque = this.#nextOpaque;
      this.#nextOpaque = (opaque + 1) & 0x7fff_ffff;
      const call: PendingCall = {
        opaque,
        definition,
        fields: this.#fields(definition, header, options),
        body: options.body,
        bytes: bodyLength(options.body),
        deadlineAt: this.ports.clock.monotonic() + timeoutMs,
        timeoutMs,
        resolve: resolve as PendingCall['resolve'],
        reject,
        unlisten: undefined,
      };
      if (options.signal !== undefined) this.#listen(call, options.signal);
      if (this.#inFlight.add(call) !== 'refused') return;
      call.unlisten?.();
      reject(this.#error('TOO_MANY_REQUESTS', `${this.#inFlight.requests} requests to ${this.address} are without an answer; wait for some of them or raise the limit`));
    });
  }

  /**
   * Sends a request that nobody answers. Throws RemotingError CLOSED, or TOO_MANY_REQUESTS when the peer does not take
   * what was sent before.
   */
  oneway<D extends RequestDefinition>(definition: D, header: RequestHeader<D>, options: OnewayOptions = {}): void {
    if (this.#state.name === 'closed') throw this.#closedError(definition.name);
    const limit = this.options.inFlight?.maxBytes ?? DEFAULT_IN_FLIGHT_LIMITS.maxBytes;
    if (this.channel.bufferedBytes > limit) {
      throw this.#error('TOO_MANY_REQUESTS', `${this.address} does not read: ${this.channel.bufferedBytes} bytes wait to be sent`);
    }
    const opaque = this.#nextOpaque;
    this.#nextOpaque = (opaque + 1) & 0x7fff_ffff;
    this.#write(definition.code, opaque, ONEWAY_FLAG, this.#fields(definition, header, options), options.body);
  }

  /** Answers a request of the peer; nothing is written for a one-way request or after the close. */
  answer(to: RemotingCommand, answer: OutgoingAnswer): void {
    if ((to.flag & ONEWAY_FLAG) !== 0 || this.#state.name === 'closed') return;
    this.#writer.writeResponse(to, answer);
    this.#planFlush();
  }

  /** A request of the peer is being worked on; above the bound nothing more is read from it. */
  beginWork(): void {
    this.#work++;
    if (this.#work < this.#maxWork || this.#workFull) return;
    this.#workFull = true;
    if (!this.#outputFull) this.channel.pause();
  }

  endWork(): void {
    this.#work--;
    if (!this.#workFull || this.#work > this.#maxWork / 2) return;
    this.#workFull = false;
    if (!this.#outputFull) this.channel.resume();
  }

  /** Calls back once when the connection has ended; at once when it has already. Returns how to take that back. */
  onClose(callback: (error: Error | undefined) => void): () => void {
    if (this.#state.name === 'closed') {
      callback(this.#state.error);
      return () => {};
    }
    this.#closeListeners ??= new Set();
    this.#closeListeners.add(callback);
    return () => void this.#closeListeners?.delete(callback);
  }

  /** Sends what has been written, then ends. Requests without an answer fail with CLOSED. Idempotent. */
  close(): void {
    if (this.#state.name === 'closed') return;
    this.#flush();
    this.channel.close();
    this.#ended(undefined);
  }

  /** Ends at once. */
  destroy(error?: Error): void {
    if (this.#state.name === 'closed') return;
    this.channel.destroy(error);
    this.#ended(error);
  }

  // ---- ChannelHandler

  data(bytes: Uint8Array): void {
    if (this.#state.name === 'closed') return;
    this.#lastReadAt = this.ports.clock.monotonic();
    this.#receivedAt = this.ports.clock.now();
    try {
      this.#decoder.push(bytes, this.#received);
    } catch (error) {
      const garbage = error instanceof ProtocolError;
      const message = garbage ? 'closing a connection that sent what is not the remoting protocol' : 'closing a connection after an internal error';
      this.ports.logger[garbage ? 'warn' : 'error'](message, { peer: this.address, kind: this.kind, error });
      this.destroy(error as Error);
    }
  }

  drained(): void {
    if (!this.#outputFull) return;
    this.#outputFull = false;
    if (!this.#workFull) this.channel.resume();
  }

  closed(error?: Error): void {
    this.#ended(error);
  }

  // ---- InFlightEvents

  send(call: PendingCall): void {
    this.#write(call.definition.code, call.opaque, 0, call.fields, call.body);
  }

  expired(call: PendingCall): void {
    call.unlisten?.();
    const silent = this.#lastReadAt < call.deadlineAt - call.timeoutMs;
    const hint = silent ? 'nothing at all came from it meanwhile: it may be down or cut off' : 'it is alive but slow';
    call.reject(this.#error('TIMEOUT', `${call.definition.name} to ${this.address} got no answer within ${call.timeoutMs} ms; ${hint}`));
    this.events.timedOut?.(this, silent);
  }

  // ----

  readonly #received = (command: RemotingCommand): void => {
    if (this.#state.name === 'closed') return;
    if ((command.flag & RESPONSE_FLAG) === 0) return this.events.request(command, this, this.#receivedAt);
    const call = this.#inFlight.answered(command.opaque);
    if (call === undefined) {
      this.ports.logger.debug('dropping an answer nobody waits for', { peer: this.address, opaque: command.opaque, code: command.code });
      return;
    }
    call.unlisten?.();
    try {
      call.resolve(toAnswer(call.definition, command, this.address));
    } catch (error) {
      call.reject(error as Error);
    }
  };

  #fields(definition: RequestDefinition, header: unknown, options: OnewayOptions): Record<string, string> {
    const fields = definition.request.encode(header as never);
    if (options.extFields !== undefined) Object.assign(fields, options.extFields);
    this.options.signer?.(fields, options.body, definition.code);
    return fields;
  }

  #write(code: number, opaque: number, flag: number, fields: Record<string, string>, body: FrameBody | undefined): void {
    this.#writer.writeRequest({ code, opaque, flag, fields, body });
    this.#planFlush();
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    this.ports.clock.afterTurn(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushPlanned = false;
    if (this.#state.name === 'closed') return;
    for (const chunk of this.#writer.take()) this.channel.send(chunk);
    this.#lastWriteAt = this.ports.clock.monotonic();
    const buffered = this.channel.bufferedBytes;
    if (buffered > this.#maxBuffered) {
      this.ports.logger.warn('dropping a connection that does not read its answers', { peer: this.address, bufferedBytes: buffered });
      this.destroy(this.#error('CLOSED', `${this.address} left ${buffered} bytes of answers unread`));
    } else if (buffered > PAUSE_READING_AT_BYTES && this.options.pauseWhenSlow === true && !this.#outputFull) {
      this.#outputFull = true;
      if (!this.#workFull) this.channel.pause();
    }
  };

  #listen(call: PendingCall, signal: AbortSignal): void {
    const onAbort = () => {
      if (this.#inFlight.giveUp(call.opaque) !== undefined) call.reject(this.#aborted(call.definition, signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    call.unlisten = () => signal.removeEventListener('abort', onAbort);
  }

  #ended(error: Error | undefined): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'closed', error };
    for (const call of this.#inFlight.takeAll()) {
      call.unlisten?.();
      call.reject(this.#closedError(call.definition.name));
    }
    const listeners = this.#closeListeners;
    this.#closeListeners = undefined;
    for (const listener of listeners ?? []) {
      try {
        listener(error);
      } catch (failure) {
        this.ports.logger.error('a listener for the end of a connection failed', { peer: this.address, error: failure });
      }
    }
  }

  #aborted(definition: RequestDefinition, signal: AbortSignal): RemotingError {
    return this.#error('ABORTED', `${definition.name} to ${this.address} was given up by its caller`, signal.reason);
  }

  #closedError(request: string): RemotingError {
    const cause = this.#state.name === 'closed' ? this.#state.error : undefined;
    return this.#error('CLOSED', `the connection to ${this.address} ended before ${request} was answered${cause ? `: ${cause.message}` : ''}`, cause);
  }

  #error(code: RemotingErrorCode, message: string, cause?: unknown): RemotingError {
    return new RemotingError(code, this.address, message, cause === undefined ? undefined : { cause });
  }
}

function bodyLength(body: FrameBody | undefined): number {
  if (body === undefined) return 0;
  if (body instanceof Uint8Array) return body.length;
  let length = 0;
  for (const slice of body) length += slice.length;
  return length;
}
