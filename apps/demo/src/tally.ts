import type { Flight } from './flights.js';

/** What the demo computes from a set of flights: once straight from the file, once by each group of consumers. */
export interface Totals {
  readonly flights: number;
  readonly distance: number;
  readonly delay: number;
  readonly perOrigin: ReadonlyMap<string, number>;
}

export function totalsOf(flights: Iterable<Flight>): Totals {
  const perOrigin = new Map<string, number>();
  let count = 0;
  let distance = 0;
  let delay = 0;
  for (const flight of flights) {
    count += 1;
    distance += flight.distance;
    delay += flight.delay;
    perOrigin.set(flight.origin, (perOrigin.get(flight.origin) ?? 0) + 1);
  }
  return { flights: count, distance, delay, perOrigin };
}

export function sameTotals(a: Totals, b: Totals): boolean {
  const origins = new Set([...a.perOrigin.keys(), ...b.perOrigin.keys()]);
  return (
    a.flights === b.flights &&
    a.distance === b.distance &&
    a.delay === b.delay &&
    [...origins].every((origin) => a.perOrigin.get(origin) === b.perOrigin.get(origin))
  );
}

/** Where all instances of one group write down what they consumed. */
export class Tally {
  readonly #seen = new Map<number, Flight>();
  readonly #latest = new Map<string, number>();
  repeats = 0;
  /** Flights that came after a later one of the same origin, and were not repeats. */
  orderViolations = 0;

  constructor(readonly group: string) {}

  add(flight: Flight): void {
    if (this.#seen.has(flight.id)) {
      this.repeats += 1;
      return;
    }
    this.#seen.set(flight.id, flight);
    const latest = this.#latest.get(flight.origin) ?? -1;
    if (flight.id < latest) this.orderViolations += 1;
    else this.#latest.set(flight.origin, flight.id);
  }

  get distinct(): number {
    return this.#seen.size;
  }

  totals(): Totals {
    return totalsOf(this.#seen.values());
  }
}
