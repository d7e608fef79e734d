import { shrinkFaults } from '../faults/shrink.js';
import type { Scenario } from '../scenarios/scenario.js';
import { checkersOf, faultsOf, type Run, type RunResult, simulate } from '../simulate.js';
import { LEGEND } from '../trace.js';
import type { CommandOptions } from './options.js';
import { Summary } from './summary.js';

export interface CommandPorts {
  print(line: string): void;
  /** Real time, ms. */
  now(): number;
}

/** Runs that were checked, and those of them that failed. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Runs every scenario with every seed, and tells how it went. */
export async function simulateCommand(options: CommandOptions, ports: CommandPorts): Promise<Outcome> {
  const { faults, plant, scenarios } = options;
  const summary = new Summary();
  let passed = 0;
  let failed = 0;
  for (const scenario of scenarios) {
    for (const seed of seedsOf(scenario, options)) {
      const run: Run = { scenario, seed, faults, plant };
      const began = ports.now();
      const result = await simulate(run);
      const realMs = ports.now() - began;
      summary.add(result, realMs);
      ports.print(lineOf(run, result, realMs));
      if (options.trace) printTrace(result, ports);
      if (result.violations.length === 0) passed += 1;
      else {
        failed += 1;
        await explain(run, result, options.shrink, ports);
      }
    }
  }
  for (const line of summary.lines()) ports.print(line);
  ports.print(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}

function seedsOf({ onlySeed }: Scenario, { firstSeed, seeds }: CommandOptions): readonly number[] {
  return onlySeed === undefined ? Array.from({ length: seeds }, (_, at) => firstSeed + at) : [onlySeed];
}

/** What has to be typed to see a run again, in full. */
export function replayCommand({ faults, plant, scenario, seed }: Run): string {
  const parts = [`npm run simulate -- --scenario ${scenario.name} --seed ${seed}`];
  if (plant !== undefined) parts.push(`--plant ${plant.name}`);
  if (faults !== undefined) parts.push(`--faults '${JSON.stringify(faults)}'`);
  return [...parts, '--trace'].join(' ');
}

function lineOf({ scenario, seed }: Run, result: RunResult, realMs: number): string {
  const { acknowledged, deliveries, digest, faults, repeats, virtualMs, violations } = result;
  return [
    violations.length === 0 ? 'ok  ' : 'FAIL',
    scenario.name.padEnd(20),
    String(seed).padStart(5),
    digest,
    `${faults.length} faults, ${acknowledged} acknowledged, ${deliveries} deliveries, ${repeats} repeats,`,
    `${(virtualMs / 1000).toFixed(0)} s in ${(realMs / 1000).toFixed(2)} s`,
  ].join(' ');
}

function printTrace({ trace }: RunResult, { print }: CommandPorts): void {
  print('virtual ms  program    sign what');
  for (const [sign, meaning] of Object.entries(LEGEND)) print(`                       ${sign}  ${meaning}`);
  for (const line of trace) print(line);
}

async function explain(run: Run, result: RunResult, shrink: boolean, { print }: CommandPorts): Promise<void> {
  for (const { checker, text } of result.violations) print(`     ${checker}: ${text}`);
  print(`     again: ${replayCommand(run)}`);
  if (!shrink || result.faults.length === 0) return;
  const wanted = checkersOf(result);
  const small = await shrinkFaults(run.faults ?? faultsOf(run.scenario, run.seed), async (faults) => {
    const found = checkersOf(await simulate({ ...run, faults }));
    return [...wanted].some((checker) => found.has(checker));
  });
  print(`     ${result.faults.length} faults shrunk to ${small.faults.length} in ${small.runs} runs:`);
  print(`     ${replayCommand({ ...run, faults: small.faults })}`);
}
