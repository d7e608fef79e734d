import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineFacts } from '../machine.js';
import type { Plan } from '../plan.js';
import type { Results } from '../results.js';
import { markdown, noiseWarning, ratioRows } from './table.js';
import { verdicts } from './targets.js';

const directory = fileURLToPath(new URL('../../baseline', import.meta.url));

/** Stores the figures as `<date>.json`, and as a short table in the README beside it. Returns the file's name. */
export function writeBaseline(results: Results, machine: MachineFacts, plan: Plan, date: Date): string {
  mkdirSync(directory, { recursive: true });
  const day = date.toISOString().slice(0, 10);
  const name = `${day}${plan.name === 'quick' ? '-quick' : ''}.json`;
  const ratios = ratioRows(results);
  const targets = verdicts(results);
  const foreignShare = results.foreignShare();
  const cases = results.cases().map(({ id, unit, samples }) => ({ id, unit, samples: Object.fromEntries(samples) }));
  writeFileSync(
    join(directory, name),
    `${JSON.stringify({ date: day, plan: plan.name, machine, foreignShare, ratios, targets, cases }, undefined, 1)}\n`,
  );
  const facts = Object.entries(machine).map(([key, value]) => `${key} ${value}`);
  const text = [
    '# The last run',
    '',
    `${day}, ${plan.name}; ${facts.join(', ')}. Made by \`npm run bench\`; the runs behind it stand in \`${name}\`.`,
    'A ratio is the median over alternating rounds of one run; only ratios can be compared between machines.',
    ...[noiseWarning(foreignShare) ?? ''].filter((line) => line !== ''),
    '',
    markdown(ratios, targets),
  ].join('\n');
  writeFileSync(join(directory, 'README.md'), text);
  return name;
}
