import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { DEFAULT_DELAY_LEVELS, delayOfLevel, parseDelayLevels } from '../../src/message/delay-level.js';

describe('delay levels', () => {
  const levels = parseDelayLevels(DEFAULT_DELAY_LEVELS);

  it('are Apache’s 18', () => {
    expect(levels).toHaveLength(18);
    expect([levels[0], levels[4], levels[17]]).toEqual([1000, 60_000, 7_200_000]);
  });

  it('give the delays of retries', () => {
    const { retryDelays } = goldenRecords<{ retryDelays: readonly (readonly [number, number, number])[] }>(
      'bodies.json',
    );
    for (const [times, customized] of retryDelays) expect(delayOfLevel(levels, 3 + times)).toBe(customized);
  });

  it('stop at the last, begin at the first', () => {
    expect(delayOfLevel(levels, 99)).toBe(7_200_000);
    expect(delayOfLevel(levels, 0)).toBe(0);
    expect(delayOfLevel(levels, -1)).toBe(0);
    expect(delayOfLevel([], 1)).toBe(0);
  });

  it('may be days, and any number of spaces', () => expect(parseDelayLevels(' 1d  2s')).toEqual([86_400_000, 2000]));

  it.each(['1', 's', '1x', '-1s', '1.5s', '1s,2s', '99999999999s'])('%j is none', (text) => {
    expect(() => parseDelayLevels(text)).toThrow('expected a number and s, m, h or d');
  });
});
