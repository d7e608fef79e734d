import { describeStep, openStoreReader, planRepair, repairStore, StoreError } from '@cometmq/store';
import type { Command as CommandLine } from 'commander';
import { Command } from '../../command-line.js';
import { print, progressBar } from './output.js';
import { addStoreFlags, asUsage, readerOptions, type StoreFlags } from './store-flags.js';
import { findingLine, reportText } from './verify.js';

interface RepairFlags extends StoreFlags {
  readonly apply?: boolean;
}

async function plan(directory: string, flags: RepairFlags): Promise<void> {
  using store = await asUsage(openStoreReader(directory, readerOptions(flags)));
  const bar = progressBar('verify');
  const report = await store.verify({ onProgress: (done, all) => bar.update(done, all) });
  bar.stop();
  const steps = planRepair(report);
  if (flags.json === true) return print(`${JSON.stringify({ applied: false, steps, report })}\n`);
  if (steps.length === 0) return print(`${reportText(report)}There is nothing to repair.\n`);
  await print(report.findings.map(findingLine).join(''));
  await print(`\nWith --apply this is done:\n${steps.map((step) => `  - ${describeStep(step)}\n`).join('')}`);
  process.exitCode = 1;
}

async function apply(directory: string, flags: RepairFlags): Promise<void> {
  const done = await asUsage(
    repairStore(directory, {
      ...readerOptions(flags),
      onStep: (step) => process.stderr.write(`${describeStep(step)}\n`),
    }),
  );
  const { steps, aside, after } = done;
  if (flags.json === true) await print(`${JSON.stringify({ applied: true, steps, aside, report: after })}\n`);
  else {
    await print(reportText(after));
    await print(
      aside === undefined ? 'There was nothing to repair.\n' : `What was changed or moved is kept in ${aside}\n`,
    );
  }
  if (after.damages > 0) throw new StoreError('DAMAGED', 'the repair left damage behind: see the report');
}

export function repairCommand(): CommandLine {
  return addStoreFlags(new Command('repair'))
    .description('mend a damaged store; without --apply only says what would be done')
    .option('--apply', 'do it; no broker may have the store open')
    .addHelpText(
      'after',
      `
Nothing is deleted: what is changed is copied, and what is replaced is moved, into repair-<time> in the store directory.
Damage in the log is covered, so that messages behind it can be read; queues and index are built again from the log, with
the offsets that messages had. Queues of deleted topics come back as far as the log still has their messages.
Exit codes: 0 nothing to repair or repaired, 1 there is something to repair or it failed, 2 wrong command line.

Examples:
  cometmq store repair ./data
  cometmq store repair ./data --apply`,
    )
    .action((directory: string, flags: RepairFlags) =>
      flags.apply === true ? apply(directory, flags) : plan(directory, flags),
    );
}
