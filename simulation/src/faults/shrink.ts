import type { PlannedFault } from './fault.js';

export interface Shrunk {
  readonly faults: readonly PlannedFault[];
  readonly runs: number;
}

/**
 * Takes faults away as long as the rest still fails (delta debugging): in halves first, in the end one by one, so that none
 * of those that are left can be spared. `maxRuns` bounds the search; what it has come to by then is returned.
 */
export async function shrinkFaults(
  faults: readonly PlannedFault[],
  fails: (faults: readonly PlannedFault[]) => Promise<boolean>,
  maxRuns = 200,
): Promise<Shrunk> {
  let left = faults;
  let runs = 0;
  let parts = 1;
  while (left.length > 0 && runs < maxRuns) {
    const size = Math.ceil(left.length / parts);
    let smaller: readonly PlannedFault[] | undefined;
    for (let at = 0; at < left.length && smaller === undefined && runs < maxRuns; at += size) {
      const rest = [...left.slice(0, at), ...left.slice(at + size)];
      runs += 1;
      if (await fails(rest)) smaller = rest;
    }
    if (smaller !== undefined) {
      left = smaller;
      parts = Math.max(1, Math.min(parts - 1, left.length));
    } else if (size === 1) {
      break;
    } else {
      parts = Math.min(left.length, parts * 2);
    }
  }
  return { faults: left, runs };
}
