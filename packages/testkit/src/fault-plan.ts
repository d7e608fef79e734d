import { assert, type Random, randomInt } from '@cometmq/runtime';

/** What can happen to a host; which of it a host survives its owner knows. */
export type HostFault =
  | 'process-crash'
  | 'power-loss'
  | 'slow-sync'
  | 'full-disk'
  | 'read-error'
  | 'sync-error'
  | 'sync-loss';

/** What happens to everybody and has to be survived by everybody. */
export type CommonFault = 'cut' | 'slow-link' | 'reset' | 'clock-jump';

export type Fault =
  /** Nothing arrives in one direction. */
  | { readonly kind: 'cut'; readonly from: string; readonly to: string }
  | { readonly kind: 'slow-link'; readonly from: string; readonly to: string; readonly latencyMs: number }
  /** At the beginning, connections between the two are reset; nothing is undone. */
  | { readonly kind: 'reset'; readonly one: string; readonly two: string }
  /** The wall clock is wrong for a while, by a negative number too. */
  | { readonly kind: 'clock-jump'; readonly byMs: number }
  /** The program is gone and is started again at the end. `power-loss`: and what was not synced is at stake. */
  | { readonly kind: 'process-crash' | 'power-loss'; readonly host: string }
  | { readonly kind: 'slow-sync'; readonly host: string; readonly syncMs: number }
  | { readonly kind: 'full-disk'; readonly host: string }
  /** The next so many operations of the disk fail. */
  | { readonly kind: 'read-error' | 'sync-error'; readonly host: string; readonly count: number }
  /** As `sync-error`, and the kernel forgets what was to be written: programs read it, but no later sync writes it. */
  | { readonly kind: 'sync-loss'; readonly host: string; readonly count: number };

export interface PlannedFault {
  readonly atMs: number;
  /** When it is undone. */
  readonly untilMs: number;
  readonly fault: Fault;
}

export interface FaultyHost {
  readonly name: string;
  /**
   * Faults after which it must lose nothing that it acknowledged. Power loss, for instance, only where every
   * acknowledgement waits for a sync, or where enough other replicas have what it acknowledged.
   */
  readonly survives: readonly HostFault[];
}

export interface FaultPlanOptions {
  readonly random: Random;
  readonly hosts: readonly FaultyHost[];
  /** Faults come between 0 and here; all are over `quietMs` before it. */
  readonly durationMs: number;
  /** Time at the end in which everything works, to recover and to be checked. Default: a fifth of the duration. */
  readonly quietMs?: number;
  /** Time between the beginnings of two faults, on average. Default 2000. */
  readonly gapMs?: number;
  /** How long a fault lasts at most. Default 10 000. */
  readonly maxFaultMs?: number;
  /** How many hosts may be down at the same time. Default 1. */
  readonly maxDown?: number;
  /** Those of the faults of everybody that are wanted. Default: all. */
  readonly common?: readonly CommonFault[];
}

const ALL_COMMON: readonly CommonFault[] = ['cut', 'slow-link', 'reset', 'clock-jump'];

/**
 * Draws faults over time; the same seed draws the same. Only such as have to be survived: none lasts to the end, not too
 * many hosts are down at once, a host meets only what it says it survives, and nothing is broken twice at a time.
 */
export function planFaults(options: FaultPlanOptions): PlannedFault[] {
  const { durationMs, hosts, random } = options;
  const lastMs = durationMs - (options.quietMs ?? durationMs / 5);
  assert(lastMs > 0, 'the quiet time is shorter than the whole');
  const plan: PlannedFault[] = [];
  const choices: Choice[] = [
    ...hosts.flatMap((host) => host.survives.map((kind) => ({ kind, host: host.name }))),
    ...(options.common ?? ALL_COMMON)
      .filter((kind) => kind === 'clock-jump' || hosts.length > 1)
      .map((kind) => ({ kind })),
  ];
  if (choices.length === 0) return plan;
  for (let atMs = 0; ;) {
    atMs += Math.round(2 * random.next() * (options.gapMs ?? 2_000)) + 1;
    if (atMs >= lastMs) return plan;
    const lengthMs = 1 + randomInt(random, options.maxFaultMs ?? 10_000);
    const fault = draw(choices[randomInt(random, choices.length)]!, hosts, random);
    const planned = { atMs, untilMs: Math.min(atMs + lengthMs, lastMs), fault };
    if (mayCome(planned, plan, options.maxDown ?? 1)) plan.push(planned);
  }
}

type Choice = { readonly kind: HostFault; readonly host: string } | { readonly kind: CommonFault };

function draw(choice: Choice, hosts: readonly FaultyHost[], random: Random): Fault {
  const [one, two] = drawPair(hosts, random);
  switch (choice.kind) {
    case 'cut':
      return { kind: 'cut', from: one, to: two };
    case 'slow-link':
      return { kind: 'slow-link', from: one, to: two, latencyMs: 1 + randomInt(random, 2_000) };
    case 'reset':
      return { kind: 'reset', one, two };
    case 'clock-jump':
      return { kind: 'clock-jump', byMs: randomInt(random, 120_000) - 60_000 };
    case 'slow-sync':
      return { kind: 'slow-sync', host: choice.host, syncMs: 1 + randomInt(random, 3_000) };
    case 'read-error':
    case 'sync-error':
    case 'sync-loss':
      return { kind: choice.kind, host: choice.host, count: 1 + randomInt(random, 3) };
    default:
      return { kind: choice.kind, host: choice.host };
  }
}

/** Two different hosts; the same one twice only when there is no other. */
function drawPair(hosts: readonly FaultyHost[], random: Random): [string, string] {
  const first = randomInt(random, hosts.length);
  const second = (first + 1 + randomInt(random, Math.max(1, hosts.length - 1))) % Math.max(1, hosts.length);
  return [hosts[first]?.name ?? '', hosts[second]?.name ?? ''];
}

function mayCome(planned: PlannedFault, plan: readonly PlannedFault[], maxDown: number): boolean {
  const meanwhile = plan.filter(({ untilMs }) => untilMs >= planned.atMs);
  const target = targetOf(planned.fault);
  if (meanwhile.some(({ fault }) => targetOf(fault) === target)) return false;
  return !isDown(planned.fault) || meanwhile.filter(({ fault }) => isDown(fault)).length < maxDown;
}

function isDown(fault: Fault): boolean {
  return fault.kind === 'process-crash' || fault.kind === 'power-loss';
}

function targetOf(fault: Fault): string {
  if ('host' in fault) return fault.host;
  if ('from' in fault) return `${fault.from}>${fault.to}`;
  return 'one' in fault ? `${fault.one}-${fault.two}` : 'clock';
}
