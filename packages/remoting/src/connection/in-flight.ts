import type { Clock, Timer } from '@cometmq/runtime';
import { CallTable, oldestFirst } from './call-table.js';
import type { Call } from './call.js';
import type { InFlightLimits } from './in-flight-limits.js';

export interface InFlightEvents {
  /** There is room for a call that waited: write it. */
  send(call: Call): void;
  /** Nobody answered in time. The call is out of the table. */
  expired(call: Call): void;
}

/** With many calls the scan for expired ones is not repeated more often than this. */
const SCAN_PAUSE_MS = 20;
const MANY_CALLS = 1000;

/**
 * Calls without an answer by their opaque, and those that wait for room, oldest first. One timer serves them all: it
 * stands at the earliest deadline known when it was set, so a steady stream of equal timeouts moves it once per timeout.
 */
export class InFlight {
  readonly #active = new CallTable<Call>();
  readonly #waiting = new Map<number, Call>();
  #bytes = 0;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly limits: InFlightLimits,
    private readonly events: InFlightEvents,
  ) {}

  get requests(): number {
    return this.#active.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** `sent`: its frame has been written; `waiting`: it will be; `refused`: there is no room and none may wait. */
  add(call: Call): 'sent' | 'waiting' | 'refused' {
    const room = this.#waiting.size === 0 && this.#hasRoom(call.bytes);
    if (!room && (this.limits.whenFull === 'refuse' || this.#waiting.size >= this.limits.maxWaiting)) return 'refused';
    if (call.deadlineAt < this.#timerAt) this.#scanAt(call.deadlineAt);
    if (room) this.#activate(call);
    else this.#waiting.set(call.opaque, call);
    return room ? 'sent' : 'waiting';
  }

  /** Takes out the call that an answer belongs to; undefined when nobody waits for it (any more). */
  answered(opaque: number): Call | undefined {
    const call = this.#active.take(opaque);
    if (call === undefined) return undefined;
    this.#bytes -= call.bytes;
    if (this.#waiting.size > 0) this.#admitWaiting();
    return call;
  }

  /** Takes out a call that nobody wants answered any more, sent or not. */
  giveUp(opaque: number): Call | undefined {
    const waiting = this.#waiting.get(opaque);
    if (waiting === undefined) return this.answered(opaque);
    this.#waiting.delete(opaque);
    return waiting;
  }

  /** Empties the table, oldest first. */
  takeAll(): Call[] {
    const calls = [...this.#active.takeAll(), ...this.#waiting.values()];
    this.#waiting.clear();
    this.#bytes = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    return calls;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#active.size >= this.limits.maxRequests) return false;
    // A single body beyond the bound goes alone.
    return this.#active.size === 0 || this.#bytes + bytes <= this.limits.maxBytes;
  }

  #activate(call: Call): void {
    this.#active.add(call);
    this.#bytes += call.bytes;
    this.events.send(call);
  }

  #admitWaiting(): void {
    for (const [opaque, call] of this.#waiting) {
      if (!this.#hasRoom(call.bytes)) return;
      this.#waiting.delete(opaque);
      this.#activate(call);
    }
  }

  #scanAt(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.clock.schedule(Math.max(0, at - this.clock.monotonic()), this.#scan);
  }

  readonly #scan = (): void => {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.clock.monotonic();
    const expired: Call[] = [];
    let next = Number.POSITIVE_INFINITY;
    const look = (call: Call) => {
      if (call.deadlineAt <= now) expired.push(call);
      else if (call.deadlineAt < next) next = call.deadlineAt;
    };
    this.#active.forEach(look);
    this.#waiting.forEach(look);
    for (const call of oldestFirst(expired)) if (this.giveUp(call.opaque) !== undefined) this.events.expired(call);
    if (next === Number.POSITIVE_INFINITY) return;
    const pauseMs = this.#active.size + this.#waiting.size > MANY_CALLS ? SCAN_PAUSE_MS : 0;
    const at = Math.max(next, now + pauseMs);
    if (at < this.#timerAt) this.#scanAt(at);
  };
}
