import { describe, expect, it } from 'vitest';
import { Results } from '../src/results.js';

function filled(): Results {
  const results = new Results();
  for (const [round, value] of [10, 30, 20].entries()) {
    results.add('c', 'msg/s', 'comet', { value, serverUs: 1 });
    results.add('c', 'msg/s', 'apache', { value: value / (round + 1), serverUs: 4 });
  }
  return results;
}

describe('results', () => {
  it('keep the rounds of each contestant', () => expect(filled().values('c', 'comet')).toEqual([10, 30, 20]));
  it('compare round by round', () => expect(filled().ratio('c', 'comet', 'apache')).toBe(2));
  it('compare processor time', () => expect(filled().ratio('c', 'comet', 'apache', 'serverUs')).toBe(0.25));
  it('have no figure for whoever took no part', () => {
    expect(filled().ratio('c', 'comet', 'redis')).toBeUndefined();
    expect(filled().median('d', 'comet')).toBeUndefined();
  });
});
