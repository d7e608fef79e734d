// Runs every scenario over many seeds: `npm run simulate -- [--seeds N] [--seed FIRST] [--trace]`.
import { parseArgs } from 'node:util';
import { brokerRestart, type ScenarioResult } from './scenarios/broker-restart.js';

const SCENARIOS: Readonly<Record<string, (seed: number) => Promise<ScenarioResult>>> = {
  'broker-restart': brokerRestart,
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed);
const last = first + Number(values.seeds) - 1;
let passed = 0;
let failed = 0;
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (values.scenario !== undefined && values.scenario !== name) continue;
  for (let seed = first; seed <= last; seed += 1) {
    const began = performance.now();
    try {
      const result = await scenario(seed);
      const ok = result.violations.length === 0;
      console.log(
        `${ok ? 'ok  ' : 'FAIL'} ${name} seed ${seed}: ${result.acknowledged} acknowledged, ${result.repeats} repeated, ${(result.durationMs / 1000).toFixed(0)} s virtual in ${((performance.now() - began) / 1000).toFixed(1)} s`,
      );
      for (const violation of result.violations) console.log(`     ${violation}`);
      if (values.trace || !ok) console.log(result.trace.join('\n'));
      if (ok) passed += 1;
      else failed += 1;
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name} seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (failed > 0 && values.trace) break;
  }
}
if (failed > 0) console.log('again with: npm run simulate -- --seeds 1 --seed <the failing one> --trace');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
