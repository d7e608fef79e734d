import type { CheckerName, Violation } from './checkers/checker.js';
import { Checkers } from './checkers/checkers.js';
import { BROKERS, Cluster, NAME_SERVERS } from './cluster/cluster.js';
import { tellProgress } from './cluster/progress-tap.js';
import { FaultInjector } from './faults/fault-injector.js';
import { type PlannedFault } from './faults/fault.js';
import { planFaults, type Roles } from './faults/plan-faults.js';
import type { Observation } from './observations.js';
import type { Plant } from './plants/plant.js';
import type { Scenario } from './scenarios/scenario.js';
import { randomFor } from './cluster/seeds.js';
import { GROUPS, MEMBERS, SENDERS, SPARES, Workload } from './workload/workload.js';

export const ROLES: Roles = {
  namesrvs: NAME_SERVERS,
  brokers: BROKERS,
  members: MEMBERS,
  senders: SENDERS,
  spares: SPARES,
};

export const PROGRAMS: readonly string[] = Object.values(ROLES).flat();

/** Virtual time within which the cluster must be up in the beginning, and closed in the end. */
const START_MS = 120_000;
/** Virtual time within which everything must have arrived after the last fault. */
const SETTLE_MS = 300_000;
/** So long everything must stay settled. */
const REST_MS = 10_000;

export interface Run {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Default: those of the scenario, by the seed. */
  readonly faults?: readonly PlannedFault[] | undefined;
  readonly plant?: Plant | undefined;
}

export interface RunResult {
  readonly faults: readonly PlannedFault[];
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  /** Equal for equal runs: lines and bytes of the network. */
  readonly digest: string;
  readonly sent: number;
  readonly acknowledged: number;
  readonly deliveries: number;
  readonly repeats: number;
  readonly wireBytes: number;
  readonly virtualMs: number;
}

/** The faults that a scenario has with a seed. */
export function faultsOf({ durationMs, faults, name }: Scenario, seed: number): readonly PlannedFault[] {
  if (typeof faults !== 'function' && !('choices' in faults)) return faults;
  const random = randomFor(seed, `faults of ${name}`);
  const profile = typeof faults === 'function' ? faults(random) : faults;
  return planFaults(profile, ROLES, random, durationMs);
}

/** One run, from an empty cluster to a closed one. Never rejects for what programs do: that is a violation. */
export async function simulate(run: Run): Promise<RunResult> {
  const faults = run.faults ?? faultsOf(run.scenario, run.seed);
  const orderly = new Set(GROUPS.filter(({ mode }) => mode === 'orderly').map(({ name }) => name));
  const { plant, scenario, seed } = run;
  const plantedTap = plant?.tap?.();
  const observe = (observation: Observation) => {
    if (observation.kind === 'committed' && observation.by !== undefined)
      cluster.trace.add(observation.by, 'c', `${observation.group} ${observation.queue} ${observation.offset}`);
    checkers.observe(observation);
  };
  const cluster: Cluster = new Cluster({
    seed,
    observer: observe,
    brokerOptions: plant?.brokerOptions?.(scenario.brokerOptions ?? {}) ?? scenario.brokerOptions ?? {},
    tap: (broker) => (processors) => {
      const planted = plantedTap?.(processors) ?? processors;
      const { clock } = cluster;
      return tellProgress(planted, { broker, clock, observer: observe, nameOf: (host) => cluster.nameOf(host) });
    },
  });
  const { orderlyOnce } = scenario;
  const checkers = new Checkers({ all: GROUPS.map(({ name }) => name), orderly, orderlyOnce }, ({ checker, text }) =>
    cluster.trace.add('', 'V', `${checker}: ${text}`),
  );
  const workload = new Workload(cluster, observe, { pauseMs: scenario.pauseMs });
  try {
    await live(cluster, workload, checkers, faults, scenario.durationMs);
  } catch (error) {
    checkers.add({ checker: 'program', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  const { delivery, violations } = checkers;
  return {
    faults,
    violations,
    trace: cluster.trace.lines,
    digest: cluster.trace.digest(),
    sent: workload.sent,
    acknowledged: delivery.acknowledged,
    deliveries: delivery.deliveries,
    repeats: delivery.repeats,
    wireBytes: cluster.trace.wireBytes,
    virtualMs: cluster.clock.monotonic(),
  };
}

async function live(
  cluster: Cluster,
  workload: Workload,
  checkers: Checkers,
  faults: readonly PlannedFault[],
  durationMs: number,
): Promise<void> {
  for (const name of [...NAME_SERVERS, ...BROKERS]) cluster.slot(name).up();
  await mustBe(cluster, checkers, 'the servers did not start', START_MS, () => cluster.atRest);
  workload.start();
  const injector = new FaultInjector(cluster, faults);
  await cluster.clock.advance(durationMs);
  workload.endSending();
  await settle(cluster, () => injector.done && cluster.atRest && checkers.settled);
  if (!cluster.atRest) checkers.add({ checker: 'program', text: 'a program did not come up again' });
  checkers.validate();
  for (const name of [...PROGRAMS].reverse()) cluster.slot(name).close();
  await mustBe(cluster, checkers, 'a program did not close', START_MS, () => cluster.atRest);
}

/** Until nothing is left to be done and that stays so: what is settled for a moment may only be on its way. */
async function settle(cluster: Cluster, settled: () => boolean): Promise<void> {
  const deadline = cluster.clock.monotonic() + SETTLE_MS;
  while (cluster.clock.monotonic() < deadline) {
    await cluster.until(settled, deadline - cluster.clock.monotonic());
    if (!(await cluster.until(() => !settled(), REST_MS))) return;
  }
}

async function mustBe(
  cluster: Cluster,
  checkers: Checkers,
  problem: string,
  limitMs: number,
  condition: () => boolean,
): Promise<void> {
  if (!(await cluster.until(condition, limitMs))) checkers.add({ checker: 'program', text: problem });
}

/** What went wrong in a run, by checker. */
export function checkersOf({ violations }: Pick<RunResult, 'violations'>): ReadonlySet<CheckerName | 'program'> {
  return new Set(violations.map(({ checker }) => checker));
}
