import {
  type Channel,
  type ChannelHandler,
  type Clock,
  formatAddress,
  type HostPort,
  TransportError,
} from '@cometmq/runtime';
import type { FlowReceiver, SimFlow } from './sim-flow.js';

/** As the real channels. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;
const LINGER_MS = 5_000;

export interface SimChannelSettings {
  readonly clock: Clock;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly dialed?: HostPort;
  /** Tells the network that this end is gone: in order, or dropped, which the other end learns as a reset. */
  readonly onGone: (how: 'closed' | 'reset') => void;
  /** Whether the host of this end runs: a dead end answers only then. */
  readonly hostIsUp: () => boolean;
  /** The other end opened the connection and it has arrived here. */
  readonly onOpened?: () => void;
}

/** One end of a simulated connection. */
export class SimChannel implements Channel, FlowReceiver {
  readonly kind = 'memory';
  readonly secure = false;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly dialed?: HostPort;
  #handler: ChannelHandler | undefined;
  /** `dead`: its host has crashed; nothing is called any more. */
  #state: 'open' | 'closing' | 'closed' | 'dead' = 'open';
  #error: Error | undefined;
  #paused = false;
  #congested = false;
  #outgoing: SimFlow | undefined;
  #incoming: SimFlow | undefined;

  constructor(private readonly settings: SimChannelSettings) {
    this.local = settings.local;
    this.remote = settings.remote;
    if (settings.dialed) this.dialed = settings.dialed;
  }

  connect(outgoing: SimFlow, incoming: SimFlow): void {
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  get dead(): boolean {
    return this.#state === 'dead';
  }

  get bufferedBytes(): number {
    return this.#outgoing!.pendingBytes;
  }

  get takesData(): boolean {
    if (this.#state === 'closing') return true;
    if (this.#state === 'dead') return this.settings.hostIsUp();
    return this.#state === 'open' && this.#handler !== undefined && !this.#paused;
  }

  attach(handler: ChannelHandler): void {
    if (this.#handler) throw new Error('a handler is attached already');
    this.#handler = handler;
    if (this.#state === 'closed') return this.settings.clock.afterTurn(() => handler.closed(this.#error));
    this.#incoming!.wake();
  }

  send(bytes: Uint8Array, sent?: () => void): void {
    if (this.#state !== 'open' || bytes.length === 0) return;
    // Copied as a socket would: the sender may use what it had lent out again. (Buffer's own slice copies nothing.)
    this.#outgoing!.send({ kind: 'data', bytes: new Uint8Array(bytes) });
    this.#congested ||= this.bufferedBytes > HIGH_WATER_BYTES;
    sent?.();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#incoming!.wake();
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#outgoing!.send({ kind: 'end' });
    this.#incoming!.wake();
    this.settings.clock.schedule(LINGER_MS, () => this.#finish(undefined), { background: true });
  }

  destroy(reason?: Error): void {
    if (this.#state === 'closed' || this.#state === 'dead') return;
    this.#outgoing!.dropPending();
    this.settings.onGone('reset');
    this.#finishLater(reason);
  }

  /** The network has taken more. */
  taken(): void {
    if (!this.#congested || this.#state !== 'open' || this.bufferedBytes >= LOW_WATER_BYTES) return;
    this.#congested = false;
    this.settings.clock.afterTurn(() => {
      if (this.#state === 'open') this.#handler?.drained();
    });
  }

  opened(): void {
    this.settings.onOpened?.();
  }

  data(bytes: Uint8Array): void {
    if (this.#state === 'dead') return this.settings.onGone('reset');
    if (this.#state !== 'open') return;
    try {
      this.#handler?.data(bytes);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  ended(): void {
    if (this.#state === 'dead') return this.settings.onGone('reset');
    if (this.#state === 'open') this.#outgoing!.send({ kind: 'end' });
    this.#finish(undefined);
  }

  /** The other end, or a fault, has cut the connection. */
  reset(): void {
    const where = formatAddress(this.remote);
    this.#finish(
      new TransportError('CLOSED', `the connection with ${where} failed: the other side reset the connection`),
    );
  }

  /** The host of this dead end is up again and hears what is repeated to it. */
  hostCameBack(): void {
    if (this.#state === 'dead') this.#incoming!.wake();
  }

  /** The host has crashed: this end is gone without a word. */
  die(): void {
    if (this.#state !== 'closed') this.#state = 'dead';
    this.#outgoing!.kill();
  }

  #finishLater(error: Error | undefined): void {
    this.#error ??= error;
    this.#state = 'closed';
    this.settings.clock.afterTurn(() => this.#handler?.closed(this.#error));
  }

  #finish(error: Error | undefined): void {
    if (this.#state === 'closed' || this.#state === 'dead') return;
    this.#error ??= error;
    this.#state = 'closed';
    this.settings.onGone('closed');
    this.#handler?.closed(this.#error);
  }
}
