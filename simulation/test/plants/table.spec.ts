import { describe, expect, it } from 'vitest';
import { shrinkFaults } from '../../src/faults/shrink.js';
import { PLANTS } from '../../src/plants/table.js';
import { SCENARIOS } from '../../src/scenarios/table.js';
import { checkersOf, type Run, simulate } from '../../src/simulate.js';

const tornTail = SCENARIOS.find(({ name }) => name === 'torn-tail')!;

describe('a planted bug', () => {
  it.each(PLANTS)('$name is found by the $checker checker: $meaning', { timeout: 300_000 }, async (plant) => {
    const scenario = SCENARIOS.find(({ name }) => name === (plant.scenario ?? 'torn-tail'))!;
    const run: Run = { scenario, seed: 2 };
    expect((await simulate(run)).violations).toEqual([]);
    expect(checkersOf(await simulate({ ...run, plant }))).toContain(plant.checker);
  });

  it('that needs a fault is shrunk to the fewest that show it', { timeout: 300_000 }, async () => {
    const run: Run = {
      scenario: tornTail,
      seed: 2,
      plant: PLANTS.find(({ name }) => name === 'acknowledge-unsynced'),
    };
    const fails = async (faults: Run['faults']) => checkersOf(await simulate({ ...run, faults })).has('delivery');
    const whole = (await simulate(run)).faults;
    const { faults } = await shrinkFaults(whole, fails);
    expect(faults.map(({ fault }) => fault.kind)).toEqual(['power-loss']);
    expect(await fails(faults)).toBe(true);
    expect(await fails([])).toBe(false);
  });
});
