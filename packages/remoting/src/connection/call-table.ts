/** What the table needs to know of a call. */
export interface Numbered {
  /** 31 bits, given in turn: the next call has the next number, and behind the largest comes 0. */
  readonly opaque: number;
}

const FIRST_SLOTS = 16;
const MAX_SLOTS = 4096;

/** Negative when `a` has its number from before `b`; numbers that lie half the range apart are none of the same time. */
const byAge = (a: Numbered, b: Numbered): number => (a.opaque - b.opaque) << 1;

/**
 * Calls by their number. Nearly all are answered soon, so a ring finds them by the last bits of the number; one that is
 * still there when its slot is needed again (a held pull) moves to a map.
 *
 * Not one map for all: it would get a new table every few hundred calls, and V8's old tables hold the calls that were in them
 * and the table that came next. One of them in the old generation, and nothing is garbage before the next full collection.
 */
export class CallTable<C extends Numbered> {
  #slots: (C | undefined)[] = [];
  readonly #moved = new Map<number, C>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** No call of that number may be in the table. */
  add(call: C): void {
    let slot = call.opaque & (this.#slots.length - 1);
    if (this.#slots.length === 0 || (this.#slots[slot] !== undefined && this.#mayGrow())) {
      this.#grow();
      slot = call.opaque & (this.#slots.length - 1);
    }
    const older = this.#slots[slot];
    if (older !== undefined) this.#moved.set(older.opaque, older);
    this.#slots[slot] = call;
    this.#size++;
  }

  /** Takes a call out; undefined when there is none of that number. */
  take(opaque: number): C | undefined {
    const slot = opaque & (this.#slots.length - 1);
    let call = this.#slots[slot];
    if (call?.opaque === opaque) {
      this.#slots[slot] = undefined;
    } else {
      call = this.#moved.get(opaque);
      if (call === undefined) return undefined;
      this.#moved.delete(opaque);
    }
    this.#size--;
    return call;
  }

  /** In no order. */
  forEach(visit: (call: C) => void): void {
    for (const call of this.#moved.values()) visit(call);
    for (const call of this.#slots) if (call !== undefined) visit(call);
  }

  /** Empties the table, oldest first. */
  takeAll(): C[] {
    const calls: C[] = [];
    this.forEach((call) => calls.push(call));
    this.#slots = [];
    this.#moved.clear();
    this.#size = 0;
    return oldestFirst(calls);
  }

  /** Rings that are well filled grow; where a few old calls are in the way they move. */
  #mayGrow(): boolean {
    return this.#slots.length < MAX_SLOTS && (this.#size - this.#moved.size) * 2 >= this.#slots.length;
  }

  #grow(): void {
    const before = this.#slots;
    const size = Math.max(FIRST_SLOTS, before.length * 2);
    this.#slots = Array.from({ length: size }, () => undefined);
    // What had a slot of its own has one in a ring of twice the size, too.
    for (const call of before) if (call !== undefined) this.#slots[call.opaque & (size - 1)] = call;
  }
}

/** Sorts in place. */
export function oldestFirst<C extends Numbered>(calls: C[]): C[] {
  return calls.sort(byAge);
}
