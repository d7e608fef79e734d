import { seededRandom } from '@cometmq/runtime';
import { expect, it } from 'vitest';
import { backOffMs } from '../../src/client/back-off.js';

it('doubles up to its maximum and stays between half and all of it', () => {
  const random = seededRandom(7);
  for (let failures = 1; failures < 60; failures++) {
    const full = Math.min(5000, 100 * 2 ** (failures - 1));
    for (let sample = 0; sample < 20; sample++) {
      const pause = backOffMs(failures, random);
      expect(pause).toBeGreaterThanOrEqual(full / 2);
      expect(pause).toBeLessThanOrEqual(full);
    }
  }
});

it('spreads clients that failed at the same time', () => {
  const pauses = new Set(Array.from({ length: 50 }, (_, seed) => Math.round(backOffMs(5, seededRandom(seed)))));
  expect(pauses.size).toBeGreaterThan(40);
});
