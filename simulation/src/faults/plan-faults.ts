import { type Random, randomInt } from '@cometmq/runtime';
import { type ClusterFault, type FaultKind, type PlannedFault, targetsOf } from './fault.js';

/** Programs by what they do in the cluster. */
export interface Roles {
  readonly namesrvs: readonly string[];
  readonly brokers: readonly string[];
  readonly members: readonly string[];
  readonly senders: readonly string[];
  readonly spares: readonly string[];
}

export type Role = keyof Roles;

/** One thing that may happen. */
export interface FaultChoice {
  readonly kind: FaultKind;
  /** Whom it happens to; of two ends the one, the other is a server. Not for clock jumps. */
  readonly on?: readonly Role[];
  /** How often, compared with the others; default 1. */
  readonly weight?: number;
  /** How long it lasts. */
  readonly forMs: readonly [least: number, most: number];
}

export interface FaultProfile {
  readonly choices: readonly FaultChoice[];
  /** Between the beginnings of two faults, on average. */
  readonly gapMs: number;
}

/** Draws faults that begin and end within the duration. Nothing is broken twice at a time. */
export function planFaults(profile: FaultProfile, roles: Roles, random: Random, durationMs: number): PlannedFault[] {
  const plan: PlannedFault[] = [];
  if (profile.choices.length === 0) return plan;
  for (let atMs = 0; ;) {
    atMs += 1 + Math.round(random.next() * 2 * profile.gapMs);
    if (atMs >= durationMs) return plan;
    const choice = weighted(profile.choices, random);
    const [least, most] = choice.forMs;
    // Short ones are as likely as long ones, whatever the range.
    const wishedMs = least * (most / least) ** random.next();
    const forMs = Math.round(Math.min(wishedMs, durationMs - atMs));
    const planned = { atMs, forMs, fault: draw(choice, roles, random) };
    if (!plan.some((other) => collide(other, planned))) plan.push(planned);
  }
}

function weighted(choices: readonly FaultChoice[], random: Random): FaultChoice {
  let left = random.next() * choices.reduce((sum, { weight }) => sum + (weight ?? 1), 0);
  return choices.find(({ weight }) => (left -= weight ?? 1) < 0) ?? choices[0]!;
}

function collide(one: PlannedFault, two: PlannedFault): boolean {
  if (one.atMs > two.atMs + two.forMs || two.atMs > one.atMs + one.forMs) return false;
  const targets = targetsOf(one.fault);
  return targetsOf(two.fault).some((target) => targets.includes(target));
}

function draw({ kind, on }: FaultChoice, roles: Roles, random: Random): ClusterFault {
  const pick = (names: readonly string[]): string => names[randomInt(random, names.length)]!;
  const host = pick((on ?? []).flatMap((role) => roles[role]));
  const server = pick([...roles.namesrvs, ...roles.brokers].filter((name) => name !== host));
  const [from, to] = random.next() < 0.5 ? [host, server] : [server, host];
  switch (kind) {
    case 'cut':
      return { kind, from, to };
    case 'slow-link':
      return { kind, from, to, latencyMs: 10 + randomInt(random, 4_000) };
    case 'partition':
    case 'reset':
      return { kind, one: host, two: server };
    case 'clock-jump':
      return { kind, byMs: randomInt(random, 7_200_000) - 3_600_000 };
    case 'slow-sync':
      return { kind, host, syncMs: 20 + randomInt(random, 8_000) };
    case 'read-error':
    case 'sync-error':
    case 'sync-loss':
      return { kind, host, count: 1 + randomInt(random, 4) };
    default:
      return { kind, host };
  }
}
