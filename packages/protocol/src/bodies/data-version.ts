import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { long } from './shapes.js';

/** Version of a table. Equal when all three are; ordered by stateVersion, counter, timestamp. */
export const dataVersion = object('DataVersion', { counter: long(), stateVersion: long(), timestamp: long() });
export interface DataVersion extends Infer<typeof dataVersion> {}

/** The next version after a change at `now`; `stateVersion` is the master epoch in controller mode, else 0. */
export function nextDataVersion(of: DataVersion, now: number, stateVersion = 0): DataVersion {
  return { counter: of.counter + 1, stateVersion, timestamp: now };
}

export function sameDataVersion(a: DataVersion, b: DataVersion): boolean {
  return a.counter === b.counter && a.stateVersion === b.stateVersion && a.timestamp === b.timestamp;
}

/** Negative, 0 or positive, as a comparator. */
export function compareDataVersions(a: DataVersion, b: DataVersion): number {
  return a.stateVersion - b.stateVersion || a.counter - b.counter || a.timestamp - b.timestamp;
}
