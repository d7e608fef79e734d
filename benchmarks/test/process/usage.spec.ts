import { describe, expect, it } from 'vitest';
import {
  machineTimeUs,
  memoryOf,
  parseMachineStat,
  parseMemory,
  parseStat,
  processorTimeUs,
} from '../../src/process/usage.js';

describe('processor time', () => {
  it('is user and system time, whatever the program is called', () => {
    const rest = 'S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 20 0';
    expect(parseStat(`17 (node) ${rest}`)).toBe(300);
    expect(parseStat(`17 (a b) 1 (x) ${rest}`)).toBe(300);
  });
  it('grows with work', () => {
    const before = processorTimeUs(process.pid);
    let sum = 0;
    while (processorTimeUs(process.pid) === before) for (let index = 0; index < 1e6; index++) sum += index;
    expect(sum).toBeGreaterThan(0);
    expect(processorTimeUs(process.pid)).toBeGreaterThan(before);
  });
});

describe('time of the whole machine', () => {
  it('is everything but idling and waiting for disks', () =>
    expect(parseMachineStat('cpu  100 20 30 4000 500 6 7 8 9 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n')).toBe(171));
  it('is read where it runs', () => expect(machineTimeUs()).toBeGreaterThan(0));
});

describe('memory', () => {
  it('tells mapped files from the rest', () => {
    const status = 'Name:\tjava\nVmPeak:\t  900 kB\nVmRSS:\t  300 kB\nRssAnon:\t  100 kB\nRssFile:\t  200 kB\n';
    expect(parseMemory(status)).toEqual({ residentBytes: 300 * 1024, anonymousBytes: 100 * 1024 });
  });
  it('is 0 for a process that has ended and whose lines are gone', () =>
    expect(parseMemory('Name:\tjava\nState:\tZ (zombie)\n')).toEqual({ residentBytes: 0, anonymousBytes: 0 }));
  it('is read of a living process', () => expect(memoryOf(process.pid).residentBytes).toBeGreaterThan(1e6));
});
