import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BROKERS } from '../../src/cluster/cluster.js';
import { randomFor } from '../../src/cluster/seeds.js';
import { FAULT_KINDS, parseFaults, targetsOf } from '../../src/faults/fault.js';
import { planFaults } from '../../src/faults/plan-faults.js';
import { THEMES } from '../../src/scenarios/choices.js';
import { PROGRAMS, ROLES } from '../../src/simulate.js';

const plan = (seed: number) =>
  planFaults({ choices: THEMES.flat(), gapMs: 500 }, ROLES, randomFor(seed, 'test'), 100_000);

describe('a plan of faults', () => {
  it('is the same for the same seed, over before its end, and breaks nothing twice at a time', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const faults = plan(seed);
        expect(faults.length).toBeGreaterThan(20);
        expect(plan(seed)).toEqual(faults);
        for (const [at, one] of faults.entries()) {
          expect(one.atMs + one.forMs).toBeLessThanOrEqual(100_000);
          const during = faults.slice(0, at).filter(({ atMs, forMs }) => atMs + forMs >= one.atMs);
          const broken = during.flatMap(({ fault }) => targetsOf(fault));
          for (const target of targetsOf(one.fault)) expect(broken).not.toContain(target);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('draws every kind there is', () => {
    const drawn = new Set([1, 2, 3, 4].flatMap((seed) => plan(seed).map(({ fault }) => fault.kind)));
    expect([...drawn].sort()).toEqual([...FAULT_KINDS].sort());
  });

  it('is what it was after a way through JSON', () => {
    expect(parseFaults(JSON.stringify(plan(5)), PROGRAMS, BROKERS)).toEqual(plan(5));
  });
});

describe('faults that cannot be', () => {
  it.each([
    ['no JSON', '[', /no JSON/],
    ['no array', '{}', /array/],
    ['an unknown kind', '[{"atMs":1,"forMs":1,"fault":{"kind":"fire"}}]', /fault 0: kind must be one of process-crash/],
    ['no time', '[{"forMs":1,"fault":{"kind":"restart","host":"alpha"}}]', /fault 0: atMs/],
    [
      'a program nobody knows',
      '[{"atMs":1,"forMs":1,"fault":{"kind":"restart","host":"gamma"}}]',
      /host must be one of/,
    ],
    ['a disk without a broker', '[{"atMs":1,"forMs":1,"fault":{"kind":"full-disk","host":"sender-1"}}]', /alpha, beta/],
    ['a word for a number', '[{"atMs":1,"forMs":1,"fault":{"kind":"clock-jump","byMs":"x"}}]', /byMs must be a number/],
    ['null', '[null]', /fault 0/],
  ])('are refused: %s', (_what, json, problem) => {
    expect(() => parseFaults(json, PROGRAMS, BROKERS)).toThrow(problem);
  });
});
