import type { Fault } from '@cometmq/testkit';

/** What can happen to a simulated cluster. Programs are named as in the trace. */
export type ClusterFault =
  | Fault
  /** Closed in order, and started again at the end. */
  | { readonly kind: 'restart'; readonly host: string }
  /** One more member joins its group, and leaves in order at the end. */
  | { readonly kind: 'join'; readonly host: string }
  /** Nothing arrives in either direction. */
  | { readonly kind: 'partition'; readonly one: string; readonly two: string };

export type FaultKind = ClusterFault['kind'];

/** A fault at its time, counted from when the cluster is up; plain data, so that a plan can be kept, cut down and replayed. */
export interface PlannedFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: ClusterFault;
}

/** What each kind names: programs, brokers (who have disks), numbers. */
const SHAPES: Readonly<Record<FaultKind, Readonly<Record<string, 'program' | 'broker' | 'number'>>>> = {
  'process-crash': { host: 'program' },
  'power-loss': { host: 'program' },
  restart: { host: 'program' },
  join: { host: 'program' },
  cut: { from: 'program', to: 'program' },
  partition: { one: 'program', two: 'program' },
  'slow-link': { from: 'program', to: 'program', latencyMs: 'number' },
  reset: { one: 'program', two: 'program' },
  'clock-jump': { byMs: 'number' },
  'slow-sync': { host: 'broker', syncMs: 'number' },
  'full-disk': { host: 'broker' },
  'read-error': { host: 'broker', count: 'number' },
  'sync-error': { host: 'broker', count: 'number' },
  'sync-loss': { host: 'broker', count: 'number' },
};

export const FAULT_KINDS = Object.keys(SHAPES) as FaultKind[];

/** What two faults must not do at the same time: a program is down once, a link broken once. */
export function targetsOf(fault: ClusterFault): readonly string[] {
  switch (fault.kind) {
    case 'cut':
    case 'slow-link':
      return [`link ${fault.from} ${fault.to}`];
    case 'partition':
      return [`link ${fault.one} ${fault.two}`, `link ${fault.two} ${fault.one}`];
    case 'reset':
      return [`reset ${fault.one} ${fault.two}`];
    case 'clock-jump':
      return ['clock'];
    case 'slow-sync':
    case 'full-disk':
    case 'read-error':
      return [`disk ${fault.host}`];
    // Its broker refuses messages until it is started again.
    case 'sync-error':
    case 'sync-loss':
      return [`disk ${fault.host}`, `life ${fault.host}`];
    default:
      return [`life ${fault.host}`];
  }
}

/** In a few words, for the trace. */
export function faultText({ kind, ...rest }: ClusterFault): string {
  return [kind, ...Object.values(rest as Readonly<Record<string, string | number>>)].join(' ');
}

/** Reads a plan out of JSON. Throws an Error that says which fault is wrong and how. */
export function parseFaults(json: string, programs: readonly string[], brokers: readonly string[]): PlannedFault[] {
  let plan: unknown;
  try {
    plan = JSON.parse(json);
  } catch (error) {
    throw new Error(`the faults are no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(plan)) throw new Error('the faults must be an array');
  for (const [at, planned] of plan.entries()) {
    const problem = problemOf(planned, programs, brokers);
    if (problem !== undefined) throw new Error(`fault ${at}: ${problem}`);
  }
  return plan as PlannedFault[];
}

function problemOf(planned: unknown, programs: readonly string[], brokers: readonly string[]): string | undefined {
  const { atMs, fault, forMs } = (planned ?? {}) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries({ atMs, forMs }))
    if (typeof value !== 'number' || !(value >= 0)) return `${name} must be a number of at least 0`;
  const { kind, ...rest } = (fault ?? {}) as Readonly<Record<string, unknown>>;
  const shape = FAULT_KINDS.find((each) => each === kind);
  if (shape === undefined) return `kind must be one of ${FAULT_KINDS.join(', ')}`;
  for (const [name, what] of Object.entries(SHAPES[shape])) {
    const value = rest[name];
    if (what === 'number') {
      if (typeof value !== 'number' || !Number.isFinite(value)) return `${name} must be a number`;
      continue;
    }
    const known = what === 'broker' ? brokers : programs;
    if (!known.includes(String(value))) return `${name} must be one of ${known.join(', ')}`;
  }
  return undefined;
}
