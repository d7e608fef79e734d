// Adds up what the runners of every step said; a step that failed without a failed test counts as one.
// Usage: node tools/ci/summary.mjs <folder with logs> [failed step]...
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const [folder, ...failedSteps] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of readdirSync(folder).sort()) {
  const step = file.replace(/\.log$/, '');
  const text = stripVTControlCharacters(readFileSync(join(folder, file), 'utf8'));
  let ok = 0;
  let bad = 0;
  for (const line of text.split('\n')) {
    // vitest: `Tests  1 failed | 12 passed (13)`; our own programs: `12 passed, 1 failed`.
    const vitest = /^\s*Tests\s+(?:(\d+) failed)?(?: \| )?(?:(\d+) passed)?/.exec(line);
    const plain = /^(?:\w+: )?(\d+) passed, (\d+) failed\b/.exec(line);
    if (vitest && (vitest[1] || vitest[2])) {
      bad += Number(vitest[1] ?? 0);
      ok += Number(vitest[2] ?? 0);
    } else if (plain) {
      ok += Number(plain[1]);
      bad += Number(plain[2]);
    }
  }
  if (failedSteps.includes(step) && bad === 0) bad = 1;
  if (!failedSteps.includes(step) && ok === 0 && bad === 0) ok = 1;
  console.log(`${step.padEnd(12)} ${ok} passed, ${bad} failed${failedSteps.includes(step) ? '  (step failed)' : ''}`);
  passed += ok;
  failed += bad;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && failedSteps.length === 0 ? 0 : 1;
