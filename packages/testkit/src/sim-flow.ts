import { type Clock, type Random, randomInt } from '@cometmq/runtime';
import { after, type SimLink } from './sim-link.js';

/** What travels in one direction of a connection. */
export type FlowItem =
  | { readonly kind: 'open' }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

interface Travelling {
  readonly item: FlowItem;
  readonly dueAt: number;
}

/** The receiving end of a flow. */
export interface FlowReceiver {
  /** It has a handler and is not paused: data may come. */
  readonly takesData: boolean;
  opened(): void;
  data(bytes: Uint8Array): void;
  ended(): void;
}

export interface FlowSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly link: SimLink;
  /** Bytes on the way and unread: what the two operating systems would hold. */
  readonly windowBytes: number;
  /** Cuts and joins what arrives by chance, as TCP does. */
  readonly reslice: boolean;
  /** Called when the network has taken more. */
  readonly onTaken: () => void;
  /** Called with what arrives. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

function sizeOf(item: FlowItem): number {
  return item.kind === 'data' ? item.bytes.length : 0;
}

/** One direction of a connection: ordered, with a window, over a link that may be slow or cut. */
export class SimFlow {
  /** Handed over and not yet in the network. */
  #pending: FlowItem[] = [];
  #pendingBytes = 0;
  /** In the network or in the receiver's buffer. */
  #travelling: Travelling[] = [];
  #travellingBytes = 0;
  #lastDueAt = 0;
  #planned = false;
  #dead = false;

  constructor(
    private readonly settings: FlowSettings,
    private readonly receiver: FlowReceiver,
  ) {}

  /** What the network has not taken yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  send(item: FlowItem): void {
    if (this.#dead) return;
    this.#pending.push(item);
    this.#pendingBytes += sizeOf(item);
    this.#admit();
  }

  /** Nothing arrives any more. */
  kill(): void {
    this.#dead = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#travelling = [];
  }

  /** Drops what the network has not taken yet. */
  dropPending(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  /** Something has changed that may let the next item through. */
  wake(): void {
    this.#plan();
  }

  #admit(): void {
    const { clock, link, random, windowBytes } = this.settings;
    while (this.#pending.length > 0 && (this.#travellingBytes === 0 || this.#travellingBytes < windowBytes)) {
      const item = this.#pending.shift()!;
      const bytes = sizeOf(item);
      this.#pendingBytes -= bytes;
      this.#travellingBytes += bytes;
      const dueAt = Math.max(this.#lastDueAt, clock.monotonic() + link.delayMs(random, bytes));
      this.#lastDueAt = dueAt;
      this.#travelling.push({ item, dueAt });
    }
    this.#plan();
  }

  #plan(): void {
    const head = this.#travelling[0];
    if (this.#planned || this.#dead || head === undefined || !this.#mayArrive(head.item)) return;
    this.#planned = true;
    const { clock, link } = this.settings;
    if (link.cut) {
      return link.whenHealed(() => {
        this.#planned = false;
        this.#plan();
      });
    }
    after(clock, head.dueAt - clock.monotonic(), () => {
      this.#planned = false;
      this.#arrive();
      this.#plan();
    });
  }

  #mayArrive(item: FlowItem): boolean {
    return item.kind === 'open' || this.receiver.takesData;
  }

  #arrive(): void {
    const { clock, link } = this.settings;
    const now = clock.monotonic();
    for (let count = this.#travelling.length; count > 0; count--) {
      const head = this.#travelling[0];
      if (head === undefined || head.dueAt > now || link.cut || this.#dead || !this.#mayArrive(head.item)) return;
      this.#travelling.shift();
      this.#deliver(head.item, now);
    }
  }

  #deliver(item: FlowItem, now: number): void {
    if (item.kind === 'open') return this.receiver.opened();
    if (item.kind === 'end') return this.receiver.ended();
    const bytes = this.settings.reslice ? this.#reslice(item.bytes, now) : item.bytes;
    this.#travellingBytes -= bytes.length;
    this.settings.onBytes?.(bytes);
    this.receiver.data(bytes);
    const before = this.#pendingBytes;
    this.#admit();
    if (this.#pendingBytes < before) this.settings.onTaken();
  }

  /** A part of what arrived (the rest comes next), or it joined with what arrived behind it. */
  #reslice(bytes: Uint8Array, now: number): Uint8Array {
    const { random } = this.settings;
    const chance = random.next();
    const next = this.#travelling[0];
    if (chance < 0.3 && bytes.length > 1) {
      const cut = 1 + randomInt(random, bytes.length - 1);
      this.#travelling.unshift({ item: { kind: 'data', bytes: bytes.subarray(cut) }, dueAt: now });
      return bytes.subarray(0, cut);
    }
    if (chance > 0.7 && next !== undefined && next.item.kind === 'data' && next.dueAt <= now) {
      this.#travelling.shift();
      const joined = new Uint8Array(bytes.length + next.item.bytes.length);
      joined.set(bytes);
      joined.set(next.item.bytes, bytes.length);
      return joined;
    }
    return bytes;
  }
}
