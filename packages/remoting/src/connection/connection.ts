import {
  FrameDecoder,
  type FrameWriter,
  ONEWAY_FLAG,
  ProtocolError,
  RESPONSE_FLAG,
  type RemotingCommand,
  type RequestDefinition,
  type RequestHeader,
  ResponseCode,
} from '@cometmq/protocol';
import { type Channel, type ChannelHandler, formatAddress, type HostPort, type TransportKind } from '@cometmq/runtime';
import type { RemotingError } from '../remoting-error.js';
import type { Answer } from './answer.js';
import { AskedCall } from './asked-call.js';
import type { Call } from './call.js';
import { CloseListeners } from './close-listeners.js';
import { abortedError, closedError, timeoutError, tooManyError, unreadError } from './connection-errors.js';
import {
  type ConnectionOptions,
  type ConnectionPorts,
  DEFAULT_TIMEOUT_MS,
  type OnewayOptions,
  type OutgoingAnswer,
  type RequestOptions,
} from './connection-options.js';
import { DEFAULT_IN_FLIGHT_LIMITS } from './in-flight-limits.js';
import { InFlight, type InFlightEvents } from './in-flight.js';
import { ReadGate } from './read-gate.js';
import { requestFrame } from './request-frame.js';
import { borrowWriter, sendWritten } from './writer-pool.js';

/** Who listens to a connection: the dispatcher of a server or client. */
export interface ConnectionEvents {
  /** A request of the peer; `receivedAt` is the wall clock. Must not throw. */
  request(command: RemotingCommand, connection: Connection, receivedAt: number): void;
  /** A request got no answer in time. `silent`: nothing at all has come since it was sent. */
  timedOut?(connection: Connection, silent: boolean): void;
  /** The peer is shutting down and did not take the request: what its caller gets instead. */
  goingAway?(connection: Connection, call: Call): Promise<Answer<RequestDefinition>>;
}

/** `retiring`: open, but it ends when its own requests are answered. */
type State =
  | { readonly name: 'open' }
  | { readonly name: 'retiring' }
  | { readonly name: 'closed'; readonly error: Error | undefined };

/** The high-water mark of the channels: only above it they tell when they are drained. */
const PAUSE_READING_AT_BYTES = 1024 * 1024;
const MAX_OPAQUE = 0x7fff_ffff;

/**
 * One channel, both directions: requests of the peer go to the events, own requests are matched with their answers. What
 * is written while one input is worked on, microtasks included, leaves together.
 */
export class Connection implements ChannelHandler, InFlightEvents {
  readonly kind: TransportKind;
  readonly secure: boolean;
  readonly local: HostPort;
  readonly remote: HostPort;
  /** Server side of a WebSocket: the address the client asked for. */
  readonly dialed: HostPort | undefined;
  /** The peer as messages name it. */
  readonly address: string;
  readonly #decoder: FrameDecoder;
  readonly #inFlight: InFlight;
  readonly #readGate: ReadGate;
  readonly #maxBuffered: number;
  readonly #timeoutMs: number;
  #state: State = { name: 'open' };
  /** Set while frames wait to leave. */
  #writer: FrameWriter | undefined;
  #nextOpaque = 0;
  #receivedAt = 0;
  #lastReadAt: number;
  #lastWriteAt: number;
  readonly #closeListeners = new CloseListeners();
  #over = false;
  #whenOver: (() => void) | undefined;

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
    this.#decoder = new FrameDecoder(
      options.maxFrameBytes === undefined ? {} : { maxFrameBytes: options.maxFrameBytes },
    );
    this.#inFlight = new InFlight(ports.clock, { ...DEFAULT_IN_FLIGHT_LIMITS, ...options.inFlight }, this);
    this.#readGate = new ReadGate(channel, options.maxWork ?? Number.POSITIVE_INFINITY, this.#workOff);
    this.#timeoutMs = options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#maxBuffered = options.maxBufferedBytes ?? Number.POSITIVE_INFINITY;
    this.#lastReadAt = this.#lastWriteAt = ports.clock.monotonic();
    channel.attach(this);
  }

  get open(): boolean {
    return this.#state.name !== 'closed';
  }

  /** Whether the peer has ever sent anything. */
  get heard(): boolean {
    return this.#receivedAt > 0;
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
   * TOO_MANY_REQUESTS or PROTOCOL, or with ProtocolError when the request cannot be written.
   */
  request<D extends RequestDefinition>(
    definition: D,
    header: RequestHeader<D>,
    options: RequestOptions = {},
  ): Promise<Answer<D>> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(abortedError(this.address, definition.name, signal));
    if (this.#state.name === 'closed') return Promise.reject(this.#closedError(definition.name));
    const now = this.ports.clock.monotonic();
    const deadlineAt = options.deadlineAt ?? now + (options.timeoutMs ?? this.#timeoutMs);
    const call = new AskedCall(definition, header, options, now, deadlineAt);
    call.opaque = this.#takeOpaque();
    if (signal !== undefined) this.#listen(call, signal);
    this.#begin(call);
    return call.promise as Promise<Answer<D>>;
  }

  /** Sends a call that its caller has made. It fails as `request` does, perhaps before this returns. */
  start(call: Call): void {
    if (this.#state.name === 'closed') return call.failed(this.#closedError(call.definition.name));
    call.opaque = this.#takeOpaque();
    this.#begin(call);
  }

  /**
   * Sends a request that nobody answers. Throws RemotingError CLOSED, TOO_MANY_REQUESTS when the peer does not take what
   * was sent before, or ProtocolError.
   */
  oneway<D extends RequestDefinition>(definition: D, header: RequestHeader<D>, options: OnewayOptions = {}): void {
    if (this.#state.name === 'closed') throw this.#closedError(definition.name);
    const limit = this.options.inFlight?.maxBytes ?? DEFAULT_IN_FLIGHT_LIMITS.maxBytes;
    const waiting = this.channel.bufferedBytes + (this.#writer?.pendingBytes ?? 0);
    if (waiting > limit) throw unreadError(this.address, waiting);
    const { extFields, body } = options;
    const frame = requestFrame(definition, this.#takeOpaque(), { header, extFields, body }, this.options.signer, true);
    this.#borrowed().writeRequest(definition, frame);
  }

  /**
   * Answers a request of the peer, in its own serialisation; nothing is written for a one-way request or after the close.
   * Throws ProtocolError when the answer cannot be written. Without a definition there can be no header.
   */
  answer<D extends RequestDefinition>(to: RemotingCommand, definition: D | undefined, answer: OutgoingAnswer<D>): void {
    if ((to.flag & ONEWAY_FLAG) !== 0 || this.#state.name === 'closed') return;
    const writer = this.#borrowed();
    const { opaque, serialization } = to;
    if (answer.json !== undefined && serialization === 'json') {
      writer.writeAnswer(answer.json, opaque);
    } else {
      const { code, remark, header, extFields, body } = answer;
      writer.writeResponse(definition, { opaque, serialization, code, remark, header, extFields, body });
    }
    if (writer.pendingBytes > PAUSE_READING_AT_BYTES) this.#flush();
  }

  /** A request of the peer is being worked on; above the bound nothing more is read from it. */
  beginWork(weight = 1): void {
    this.#readGate.beginWork(weight);
  }

  endWork(weight = 1): void {
    this.#readGate.endWork(weight);
  }

  /** Calls back once when the connection has ended; at once when it has already. Returns how to take that back. */
  onClose(callback: (error: Error | undefined) => void): () => void {
    if (this.#state.name === 'closed') {
      callback(this.#state.error);
      return () => {};
    }
    return this.#closeListeners.add(callback);
  }

  /** Sends what has been written, then ends. Requests without an answer fail with CLOSED. Idempotent. */
  close(): void {
    if (this.#state.name === 'closed') return;
    this.#flush();
    this.channel.close();
    this.#ended(undefined);
  }

  /** Resolves when the channel has ended, too: what was written has been taken by the peer or is lost. */
  whenOver(): Promise<void> {
    return this.#over ? Promise.resolve() : new Promise((resolve) => (this.#whenOver = resolve));
  }

  /** Ends when no own request is without an answer. */
  closeWhenAnswered(): void {
    if (this.#state.name === 'open') this.#state = { name: 'retiring' };
    this.#closeIfRetired();
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
    this.#readGate.take(bytes);
  }

  drained(): void {
    this.#readGate.openForOutput();
  }

  closed(error?: Error): void {
    this.#over = true;
    this.#whenOver?.();
    this.#ended(error);
  }

  // ---- InFlightEvents

  send(call: Call): void {
    try {
      if (this.options.signer === undefined) return call.write(this.#borrowed());
      const frame = requestFrame(call.definition, call.opaque, call.request, this.options.signer);
      this.#borrowed().writeRequest(call.definition, frame);
    } catch (error) {
      this.#inFlight.giveUp(call.opaque);
      call.unlisten?.();
      call.failed(error as Error);
    }
  }

  expired(call: Call): void {
    call.unlisten?.();
    const silent = this.#lastReadAt <= call.startedAt;
    const timeoutMs = Math.round(call.deadlineAt - call.startedAt);
    call.failed(timeoutError(this.address, call.definition.name, timeoutMs, silent));
    this.events.timedOut?.(this, silent);
    this.#closeIfRetired();
  }

  // ----

  readonly #goesOn = (): boolean => this.#readGate.open;

  readonly #workOff = (bytes: Uint8Array): Uint8Array | undefined => {
    if (this.#state.name === 'closed') return undefined;
    try {
      return this.#decoder.push(bytes, this.#received, this.#goesOn);
    } catch (error) {
      this.#damaged(error as Error);
      return undefined;
    }
  };

  readonly #received = (command: RemotingCommand): void => {
    if (this.#state.name === 'closed') return;
    if ((command.flag & RESPONSE_FLAG) === 0) return this.events.request(command, this, this.#receivedAt);
    const call = this.#inFlight.answered(command.opaque);
    if (call === undefined) {
      const { opaque, code } = command;
      this.ports.logger.debug('dropping an answer nobody waits for', { peer: this.address, opaque, code });
      return;
    }
    call.unlisten?.();
    const { goingAway } = this.events;
    if (command.code === ResponseCode.GO_AWAY && goingAway !== undefined && !call.request.afterGoAway) {
      call.handedOver(goingAway.call(this.events, this, call));
    } else {
      call.answered(command, this.address);
    }
    this.#closeIfRetired();
  };

  #begin(call: Call): void {
    if (this.#inFlight.add(call) !== 'refused') return;
    call.unlisten?.();
    call.failed(tooManyError(this.address, this.#inFlight.requests));
  }

  #damaged(error: Error): void {
    const fields = { peer: this.address, kind: this.kind, error };
    if (error instanceof ProtocolError) {
      this.ports.logger.warn('closing a connection that sent what is not the remoting protocol', fields);
    } else {
      this.ports.logger.error('closing a connection after an internal error', fields);
    }
    this.destroy(error);
  }

  #closeIfRetired(): void {
    if (this.#state.name === 'retiring' && this.#inFlight.requests + this.#inFlight.waiting === 0) this.close();
  }

  #takeOpaque(): number {
    const opaque = this.#nextOpaque;
    this.#nextOpaque = (opaque + 1) & MAX_OPAQUE;
    return opaque;
  }

  /** The writer that frames are collected in; with the first of them the flush is planned. */
  #borrowed(): FrameWriter {
    if (this.#writer === undefined) {
      this.#writer = borrowWriter(this.ports.clock);
      this.ports.clock.afterMicrotasks(this.#flush);
    }
    return this.#writer;
  }

  readonly #flush = (): void => {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    sendWritten(writer, this.channel, this.ports.clock);
    this.#lastWriteAt = this.ports.clock.monotonic();
    this.#checkBuffered();
  };

  #checkBuffered(): void {
    const buffered = this.channel.bufferedBytes;
    if (buffered > this.#maxBuffered) {
      const fields = { peer: this.address, bufferedBytes: buffered };
      this.ports.logger.warn('dropping a connection that does not read its answers', fields);
      this.destroy(unreadError(this.address, buffered));
    } else if (buffered > PAUSE_READING_AT_BYTES && this.options.pauseWhenSlow === true) {
      this.#readGate.closeForOutput();
    }
  }

  #listen(call: Call, signal: AbortSignal): void {
    const onAbort = () => {
      if (this.#inFlight.giveUp(call.opaque) === undefined) return;
      call.failed(abortedError(this.address, call.definition.name, signal));
      this.#closeIfRetired();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    call.unlisten = () => signal.removeEventListener('abort', onAbort);
  }

  #ended(error: Error | undefined): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'closed', error };
    for (const call of this.#inFlight.takeAll()) {
      call.unlisten?.();
      call.failed(this.#closedError(call.definition.name));
    }
    this.#closeListeners.notify(error, (failure) => {
      const fields = { peer: this.address, error: failure };
      this.ports.logger.error('a listener for the end of a connection failed', fields);
    });
  }

  #closedError(request: string): RemotingError {
    return closedError(this.address, request, this.#state.name === 'closed' ? this.#state.error : undefined);
  }
}
