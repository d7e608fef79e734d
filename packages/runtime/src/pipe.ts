import type { Clock } from './clock.js';
import { type Channel, type ChannelHandler, type HostPort, TransportError } from './transport.js';

export interface PipeOptions {
  /** Time a chunk is under way in either direction; default 0: delivered at the end of the turn. */
  readonly latencyMs?: number;
  /** Addresses of the two ends as each sees itself; default `memory:1` and `memory:2`. */
  readonly addresses?: readonly [HostPort, HostPort];
  /** What the accepting (second) end reports as `dialed`. */
  readonly dialed?: HostPort;
  /** Above it a sender is over the high-water mark; default 1 MiB. `drained` comes at a quarter of it. */
  readonly highWaterBytes?: number;
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly dueAt: number;
}

/** One end of a pipe. What is sent and not yet taken by the other end's handler is `bufferedBytes`. */
class PipeEnd implements Channel {
  readonly kind = 'memory' as const;
  readonly secure = false;
  readonly dialed?: HostPort;
  #handler: ChannelHandler | undefined;
  #peer: PipeEnd | undefined;
  /** Bytes on their way to this end, oldest first. */
  #inbox: Chunk[] = [];
  #state: 'open' | 'closed' = 'open';
  #ending: { readonly dueAt: number; readonly error: Error | undefined } | undefined;
  #paused = false;
  #planned = false;
  #buffered = 0;
  #overHighWater = false;

  constructor(
    readonly local: HostPort,
    readonly remote: HostPort,
    private readonly clock: Clock,
    private readonly latencyMs: number,
    private readonly highWaterBytes: number,
    dialed: HostPort | undefined,
  ) {
    if (dialed !== undefined) this.dialed = dialed;
  }

  static join(one: PipeEnd, two: PipeEnd): void {
    one.#peer = two;
    two.#peer = one;
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  attach(handler: ChannelHandler): void {
    if (this.#handler !== undefined) throw new TransportError('PROTOCOL', 'a channel can be attached only once');
    this.#handler = handler;
    if (this.#state === 'closed') this.clock.afterTurn(() => handler.closed());
    this.#plan();
  }

  send(bytes: Uint8Array, sent?: () => void): void {
    const peer = this.#peer;
    if (this.#state !== 'open' || bytes.length === 0 || peer === undefined || peer.#state !== 'open') return;
    this.#buffered += bytes.length;
    if (this.#buffered > this.highWaterBytes) this.#overHighWater = true;
    // Copied as a socket would: the sender may reuse what it had lent out. (Buffer's own slice copies nothing.)
    peer.#inbox.push({ bytes: new Uint8Array(bytes), dueAt: this.clock.monotonic() + this.latencyMs });
    peer.#plan();
    sent?.();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#plan();
  }

  close(): void {
    this.#end(undefined, false);
  }

  destroy(reason?: Error): void {
    this.#end(reason, true);
  }

  #end(reason: Error | undefined, drop: boolean): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const peer = this.#peer;
    if (peer !== undefined && peer.#state === 'open' && peer.#ending === undefined) {
      if (drop) peer.#dropInbox();
      const error = drop ? new TransportError('CLOSED', 'the other end dropped the connection') : undefined;
      peer.#ending = { dueAt: this.clock.monotonic() + this.latencyMs, error };
      peer.#plan();
    }
    this.#dropInbox();
    const handler = this.#handler;
    if (handler !== undefined) this.clock.afterTurn(() => handler.closed(reason));
  }

  #dropInbox(): void {
    this.#inbox = [];
    if (this.#peer !== undefined) this.#peer.#buffered = 0;
  }

  /** Sees to it that a delivery happens when the next chunk is due. */
  #plan(): void {
    if (this.#planned || this.#handler === undefined || this.#state === 'closed') return;
    const next = this.#paused ? undefined : this.#inbox[0];
    // A paused reader does not see an orderly end before what lies in front of it.
    const dueAt = next?.dueAt ?? (this.#inbox.length === 0 ? this.#ending?.dueAt : undefined);
    if (dueAt === undefined) return;
    this.#planned = true;
    const deliver = () => {
      this.#planned = false;
      this.#deliver();
    };
    const waitMs = dueAt - this.clock.monotonic();
    if (waitMs <= 0) this.clock.afterTurn(deliver);
    else this.clock.schedule(waitMs, deliver);
  }

  #deliver(): void {
    const now = this.clock.monotonic();
    const handler = this.#handler;
    if (handler === undefined) return;
    // Only what was here when the turn began: what a handler causes belongs to the next one.
    const batch = this.#inbox.length;
    for (let index = 0; index < batch && !this.#paused && this.#state === 'open'; index++) {
      const chunk = this.#inbox[0];
      if (chunk === undefined || chunk.dueAt > now) break;
      this.#inbox.shift();
      if (this.#peer !== undefined) this.#peer.#taken(chunk.bytes.length);
      handler.data(chunk.bytes);
    }
    const ending = this.#ending;
    if (this.#state === 'open' && ending !== undefined && this.#inbox.length === 0 && ending.dueAt <= now) {
      this.#state = 'closed';
      handler.closed(ending.error);
      return;
    }
    this.#plan();
  }

  #taken(bytes: number): void {
    this.#buffered = Math.max(0, this.#buffered - bytes);
    if (!this.#overHighWater || this.#buffered > this.highWaterBytes / 4) return;
    this.#overHighWater = false;
    if (this.#state === 'open') this.clock.afterTurn(() => this.#state === 'open' && this.#handler?.drained());
  }
}

/**
 * Two channels of kind `memory`, each the other's far end: what one sends the other receives, in order, at the end of
 * the turn or `latencyMs` later by `clock`. For servers embedded in their client's process and for tests.
 */
export function createPipe(clock: Clock, options: PipeOptions = {}): [Channel, Channel] {
  const [first, second] = options.addresses ?? [
    { host: 'memory', port: 1 },
    { host: 'memory', port: 2 },
  ];
  const latencyMs = options.latencyMs ?? 0;
  const highWaterBytes = options.highWaterBytes ?? 1024 * 1024;
  const one = new PipeEnd(first, second, clock, latencyMs, highWaterBytes, undefined);
  const two = new PipeEnd(second, first, clock, latencyMs, highWaterBytes, options.dialed);
  PipeEnd.join(one, two);
  return [one, two];
}
