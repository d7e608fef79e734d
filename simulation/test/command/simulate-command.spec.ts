import { describe, expect, it } from 'vitest';
import { helpText, readOptions, UsageError } from '../../src/command/options.js';
import { simulateCommand } from '../../src/command/simulate-command.js';
import { PLANTS } from '../../src/plants/table.js';
import { SCENARIOS } from '../../src/scenarios/table.js';

async function output(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  let nowMs = 0;
  await simulateCommand(readOptions(args)!, { print: (line) => lines.push(line), now: () => (nowMs += 100) });
  return lines;
}

describe('the options of the command', () => {
  it('are all scenarios with seeds from 1 without any', () => {
    expect(readOptions([])).toMatchObject({
      scenarios: SCENARIOS,
      firstSeed: 1,
      seeds: 20,
      trace: false,
      shrink: true,
    });
    expect(readOptions(['--seed', '7', '--scenario', 'swarm'])).toMatchObject({ firstSeed: 7, seeds: 1 });
    expect(readOptions(['--seeds', '3', '--from', '9'])).toMatchObject({ firstSeed: 9, seeds: 3 });
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--seed', 'x'], /--seed must be a whole number/],
    [['--seed', '1', '--seeds', '2'], /--seed is one seed/],
    [['--scenario', 'flood'], /no scenario flood: broker-restart/],
    [['--plant', 'ivy'], /no planted bug ivy/],
    [['--faults', '{'], /--faults: the faults are no JSON/],
    [['--color'], /color/],
    [['swarm'], /swarm/],
  ])('%j are refused', (args, problem) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(problem);
  });

  it('are told with every scenario and planted bug', () => {
    for (const { name } of [...SCENARIOS, ...PLANTS]) expect(helpText()).toContain(name);
  });
});

describe('the command', () => {
  it('ends with a line that can be added up', { timeout: 300_000 }, async () => {
    const lines = await output('--scenario', 'partition', '--seeds', '2');
    expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(2);
    expect(lines.join('\n')).toMatch(/2 runs, .* times real time\n\d+ faults: .*\n\d+ messages sent/);
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
  });

  it('tells how to see a failure again, with as few faults as show it', { timeout: 300_000 }, async () => {
    const lines = await output('--scenario', 'broker-restart', '--seed', '1', '--plant', 'change-body');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(lines.filter((line) => line.includes('npm run simulate'))).toEqual([
      '     again: npm run simulate -- --scenario broker-restart --seed 1 --plant change-body --trace',
      // It needs no fault at all.
      "     npm run simulate -- --scenario broker-restart --seed 1 --plant change-body --faults '[]' --trace",
    ]);
  });

  it('prints a trace and what its signs mean', { timeout: 300_000 }, async () => {
    const lines = await output('--scenario', 'broker-restart', '--seed', '1', '--faults', '[]', '--trace');
    expect(lines).toContainEqual(expect.stringMatching(/^ +\+ {2}a message is acknowledged/));
    expect(lines).toContainEqual(expect.stringMatching(/^ +\d+\.\d{3} sender-\d {3}\+ \d+ \w+\/orders\/\d#0$/));
  });
});
