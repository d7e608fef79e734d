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
  it('have no ratio to a process that got no tick', () => {
    const results = filled();
    for (let round = 0; round < 3; round++) results.add('c', 'msg/s', 'redis', { value: 1, serverUs: 0 });
    expect(results.ratio('c', 'comet', 'redis', 'serverUs')).toBeUndefined();
  });
  it('know what others took of the machine', () => {
    const results = filled();
    expect(results.foreignShare()).toBeUndefined();
    for (const foreignShare of [0.1, 0.5, 0.2]) results.add('d', 'msg/s', 'comet', { value: 1, foreignShare });
    expect(results.foreignShare()).toBe(0.2);
  });
  it('have no figure for whoever took no part', () => {
    expect(filled().ratio('c', 'comet', 'redis')).toBeUndefined();
    expect(filled().median('d', 'comet')).toBeUndefined();
  });
});
