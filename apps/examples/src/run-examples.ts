// `npm run example -- quickstart decorators`, or all of them without a name. Options (`--check`) go to the programs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Those that need only Node; java-interop, apache-cluster and browser are run by name. */
const ALL = [
  'quickstart',
  'decorators',
  'ordered',
  'broadcast',
  'stream',
  'batch',
  'worker-scaling',
  'testing',
  'fault-lab',
  'nest',
];

const given = process.argv.slice(2);
const options = given.filter((word) => word.startsWith('--'));
const names = given.filter((word) => !word.startsWith('--'));
const chosen = names.length > 0 ? names : ALL;
let failed = 0;
let exitCode = 2;
for (const name of chosen) {
  console.log(`── ${name}`);
  const program = fileURLToPath(new URL(`./${name}/main.js`, import.meta.url));
  const { status, error } = spawnSync(process.execPath, [program, ...options], {
    stdio: 'inherit',
    // The others may have to fetch something first, or serve until they are ended.
    ...(ALL.includes(name) && { timeout: 120_000 }),
  });
  if (status === 0) continue;
  failed += 1;
  // 2: something that the example needs is not installed.
  if (status !== 2) exitCode = 1;
  console.error(`${name} failed${error ? `: ${error.message}` : ` with exit code ${status}`}`);
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : exitCode;
