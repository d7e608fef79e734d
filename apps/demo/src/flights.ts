import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One departure, as the table of the npm package vega-datasets has it, with its line number. */
export interface Flight {
  readonly id: number;
  readonly date: string;
  /** Minutes; negative is early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** Flights this late count as delayed: the tag the filtered group listens to. */
export const DELAYED_FROM_MINUTES = 15;

/** The first `limit` of 20 000 real flights, by date. */
export function loadFlights(limit = Infinity): Flight[] {
  const entry = fileURLToPath(import.meta.resolve('vega-datasets'));
  const rows = JSON.parse(readFileSync(join(dirname(entry), '../data/flights-20k.json'), 'utf8')) as Omit<
    Flight,
    'id'
  >[];
  return rows.slice(0, limit).map((row, id) => ({ id, ...row }));
}

export const isDelayed = (flight: Flight): boolean => flight.delay >= DELAYED_FROM_MINUTES;
