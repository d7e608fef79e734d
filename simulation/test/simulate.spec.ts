import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../src/scenarios/table.js';
import { faultsOf, type Run, simulate } from '../src/simulate.js';

const run = (name: string, seed: number): Run => ({ scenario: SCENARIOS.find((each) => each.name === name)!, seed });

describe('a seed', () => {
  it(
    'gives the same run every time, to the byte, whatever ran before or runs beside it',
    { timeout: 300_000 },
    async () => {
      const [one, two] = [run('swarm', 3), run('broker-restart', 4)];
      const first = await simulate(one);
      expect(first.wireBytes).toBeGreaterThan(100_000);
      const [besideTwo, besideOne] = await Promise.all([simulate(two), simulate(one)]);
      const [twoAgain, oneAgain] = [await simulate(two), await simulate(one)];
      expect(besideOne.trace).toEqual(first.trace);
      for (const again of [besideOne, oneAgain]) expect(again.digest).toBe(first.digest);
      expect(twoAgain.digest).toBe(besideTwo.digest);
      expect(twoAgain.digest).not.toBe(first.digest);
    },
  );

  it('gives the same run when its faults are handed in', { timeout: 300_000 }, async () => {
    const own = run('members-change', 2);
    const faults = JSON.parse(JSON.stringify(faultsOf(own.scenario, own.seed)));
    expect((await simulate({ ...own, faults })).digest).toBe((await simulate(own)).digest);
  });
});

describe('every scenario', () => {
  it.each(SCENARIOS)('$name: $meaning', { timeout: 300_000 }, async (scenario) => {
    const result = await simulate({ scenario, seed: scenario.onlySeed ?? 1 });
    expect(result.violations).toEqual([]);
    expect(result.acknowledged).toBeGreaterThan(50);
    expect(result.deliveries).toBeGreaterThanOrEqual(2 * result.acknowledged);
    expect(result.faults.length).toBeGreaterThan(0);
  });
});
