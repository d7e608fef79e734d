import { describe, expect, it } from 'vitest';
import { isWanted, parseOptions } from '../src/options.js';

describe('options', () => {
  it('are the full run without any', () =>
    expect(parseOptions([])).toEqual({ help: false, quick: false, store: true, only: ['apache', 'peers'] }));
  it('take groups and beginnings of cases', () =>
    expect(parseOptions(['--quick', '--only', 'apache/sync-flush,peers']).only).toEqual([
      'apache/sync-flush',
      'peers',
    ]));
  it('have a short name for the peers', () => expect(parseOptions(['--peers']).only).toEqual(['peers']));
  it('keep the figures of complete runs only', () => {
    expect(parseOptions(['--quick']).store).toBe(true);
    expect(parseOptions(['--no-store']).store).toBe(false);
    expect(parseOptions(['--peers']).store).toBe(false);
  });
  it('refuse what no case begins with', () => {
    expect(() => parseOptions(['--only', 'kafka'])).toThrow('--only kafka');
    expect(() => parseOptions(['--only', 'apachex'])).toThrow('--only apachex');
    expect(() => parseOptions(['--fast'])).toThrow('--fast');
  });
  it('choose cases by their beginnings', () => {
    expect(isWanted('apache/sync-8-128', ['apache/sync'])).toBe(true);
    expect(isWanted('peers/window-1-128', ['apache'])).toBe(false);
  });
});
