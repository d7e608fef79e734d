import { parseArgs } from 'node:util';
import { BROKERS } from '../cluster/cluster.js';
import { parseFaults, type PlannedFault } from '../faults/fault.js';
import type { Plant } from '../plants/plant.js';
import { PLANTS } from '../plants/table.js';
import type { Scenario } from '../scenarios/scenario.js';
import { SCENARIOS } from '../scenarios/table.js';
import { PROGRAMS } from '../simulate.js';

const DEFAULT_SEEDS = 20;

export interface CommandOptions {
  readonly scenarios: readonly Scenario[];
  readonly firstSeed: number;
  readonly seeds: number;
  readonly plant: Plant | undefined;
  readonly faults: readonly PlannedFault[] | undefined;
  readonly trace: boolean;
  readonly shrink: boolean;
}

/** What the command was given wrongly; its message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const list = (entries: readonly { readonly name: string; readonly meaning: string }[]) =>
  entries.map(({ meaning, name }) => `  ${name.padEnd(22)} ${meaning}`).join('\n');

export function helpText(): string {
  return `Whole clusters under virtual time, by seed.

npm run simulate -- [options]

  --scenario NAME|all    what happens (default all)
  --seed N               one seed; the trace follows with --trace
  --seeds N              so many seeds (default ${DEFAULT_SEEDS})
  --from N               the first of them (default 1)
  --faults JSON          these faults instead of those of the seed, as a failing run prints them
  --plant NAME           a bug is put in on purpose: the run must fail
  --trace                prints what happened, line by line
  --no-shrink            leaves a failing run's faults as they are
  --help                 this

Scenarios (found-… are faults of ours that were found: each runs with a seed of its own)
${list(SCENARIOS)}

Planted bugs
${list(PLANTS)}

Ends with \`N passed, M failed\`, and with 1 when a run failed, 2 when the options are wrong.`;
}

/** Undefined: help is wanted. Throws UsageError. */
export function readOptions(args: readonly string[]): CommandOptions | undefined {
  const values = parsed(args);
  if (values.help === true) return undefined;
  if (values.seed !== undefined && (values.seeds !== undefined || values.from !== undefined))
    throw new UsageError('--seed is one seed: take --seeds and --from for several');
  return {
    scenarios: scenariosOf(values.scenario ?? 'all'),
    firstSeed: wholeNumber('--seed', values.seed) ?? wholeNumber('--from', values.from) ?? 1,
    seeds: values.seed === undefined ? (wholeNumber('--seeds', values.seeds) ?? DEFAULT_SEEDS) : 1,
    plant: plantOf(values.plant),
    faults: faultsOf(values.faults),
    trace: values.trace === true,
    shrink: values['no-shrink'] !== true,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scenario: { type: 'string' },
        seed: { type: 'string' },
        seeds: { type: 'string' },
        from: { type: 'string' },
        faults: { type: 'string' },
        plant: { type: 'string' },
        trace: { type: 'boolean' },
        'no-shrink': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${name} must be a whole number, not ${text}`);
  return Number(text);
}

function scenariosOf(name: string): readonly Scenario[] {
  if (name === 'all') return SCENARIOS;
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined)
    throw new UsageError(`there is no scenario ${name}: ${SCENARIOS.map((each) => each.name).join(', ')} or all`);
  return [scenario];
}

function plantOf(name: string | undefined): Plant | undefined {
  if (name === undefined) return undefined;
  const plant = PLANTS.find((each) => each.name === name);
  if (plant === undefined)
    throw new UsageError(`there is no planted bug ${name}: ${PLANTS.map((each) => each.name).join(', ')}`);
  return plant;
}

function faultsOf(json: string | undefined): readonly PlannedFault[] | undefined {
  if (json === undefined) return undefined;
  try {
    return parseFaults(json, PROGRAMS, BROKERS);
  } catch (error) {
    throw new UsageError(`--faults: ${(error as Error).message}`, { cause: error });
  }
}
