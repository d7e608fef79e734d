import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../src/random.js';

describe('seededRandom', () => {
  it('gives the same for the same seed', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.next(), randomInt(random, 100), ...random.bytes(8)];
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
  });

  it('is spread evenly', () => {
    const random = seededRandom(7);
    const counts = Array.from({ length: 16 }, () => 0);
    for (let n = 0; n < 160_000; n++) counts[randomInt(random, 16)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const bytes = random.bytes(65_536);
    expect(new Set(bytes).size).toBe(256);
  });
});
