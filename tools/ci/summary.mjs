// Adds up what the test runners of every step said, and tells how long each step took.
// Usage: node tools/ci/summary.mjs <folder with a log per step and the file `steps`: name, exit code and seconds, one line a step>
// The last line is `N passed, N failed`; the exit code is 1 when a test or a step failed, or when there was no step.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Of one log: vitest's `Tests  1 failed | 12 passed (13)`, and `12 passed, 1 failed` of our own programs. */
function count(text) {
  let passed = 0;
  let failed = 0;
  for (const line of stripVTControlCharacters(text).split('\n')) {
    const vitest = /^\s*Tests\s+(?:(\d+) failed)?(?: \| )?(?:(\d+) passed)?/.exec(line);
    const plain = /^(\d+) passed, (\d+) failed\s*$/.exec(line);
    passed += Number(vitest?.[2] ?? plain?.[1] ?? 0);
    failed += Number(vitest?.[1] ?? plain?.[2] ?? 0);
  }
  return { passed, failed };
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const folder = process.argv[2] ?? '.';
const steps = read(join(folder, 'steps'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.split(/\s+/));
const total = { passed: 0, failed: 0, seconds: 0 };
for (const [name, code, seconds] of steps) {
  const broken = code !== '0';
  let { passed, failed } = count(read(join(folder, `${name}.log`)));
  // A step without tests is one itself; a broken one in which no test failed has failed all the same.
  if (broken && failed === 0) failed = 1;
  else if (passed + failed === 0) passed = 1;
  const remark = broken ? `  ended with ${code}` : '';
  console.log(`${name.padEnd(14)} ${seconds.padStart(5)} s  ${passed} passed, ${failed} failed${remark}`);
  total.passed += passed;
  total.failed += failed;
  total.seconds += Number(seconds);
}
if (steps.length === 0) total.failed = 1;
console.log(`${'together'.padEnd(14)} ${String(total.seconds).padStart(5)} s`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
