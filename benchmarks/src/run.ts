import { runApacheGroup } from './groups/apache-group.js';
import type { BenchContext } from './groups/bench-context.js';
import { runPeerGroup } from './groups/peer-group.js';
import { machineFacts } from './machine.js';
import { groupNames, isWanted, parseOptions, usage } from './options.js';
import { fullPlan, quickPlan } from './plan.js';
import { writeBaseline } from './report/baseline.js';
import { makeProgress } from './report/progress.js';
import { formatRatios, formatVerdicts, noiseWarning, ratioRows } from './report/table.js';
import { verdicts } from './report/targets.js';
import { Results } from './results.js';
import { missingPackages } from './tool-check.js';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const groups = groupNames.filter((group) => options.only.some((name) => name.startsWith(group)));
  const missing = missingPackages(groups);
  if (missing.length > 0) {
    process.stderr.write(`Not installed, but needed here. On Debian: apt-get install ${missing.join(' ')}\n`);
    return 2;
  }
  const results = new Results();
  const plan = options.quick ? quickPlan : fullPlan;
  const progress = makeProgress(process.stderr);
  const context: BenchContext = { plan, results, progress, wants: (id) => isWanted(id, options.only) };
  if (groups.includes('apache')) await runApacheGroup(context);
  if (groups.includes('peers')) await runPeerGroup(context);
  if (results.cases().length === 0) {
    process.stderr.write('No case begins so.\n');
    return 1;
  }
  process.stdout.write(`\n${formatRatios(ratioRows(results))}\n\n${formatVerdicts(verdicts(results))}\n`);
  const warning = noiseWarning(results.foreignShare());
  if (warning !== undefined) process.stdout.write(`\n${warning}\n`);
  if (options.store) {
    const name = writeBaseline(results, machineFacts(), plan, new Date());
    process.stdout.write(`\nstored as benchmarks/baseline/${name}\n`);
  }
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    for (let cause = error; cause instanceof Error && cause.cause !== undefined; cause = cause.cause) {
      process.stderr.write(
        `because of ${cause.cause instanceof Error ? cause.cause.message : JSON.stringify(cause.cause)}\n`,
      );
    }
    process.exit(1);
  },
);
