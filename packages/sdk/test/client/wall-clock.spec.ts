import { describe, expect, it } from 'vitest';
import { WallClock } from '../../src/client/wall-clock.js';

describe('the wall clock beside the monotonic one', () => {
  it('is at most a millisecond old, also after it was set, and is not asked more often', () => {
    let now = 1000;
    let asked = 0;
    const clock = new WallClock({ now: () => (asked++, now) });
    expect(clock.at(0)).toBe(1000);
    now = 1001;
    expect(clock.at(0.4)).toBe(1000);
    expect(clock.at(0.9)).toBe(1000);
    expect(asked).toBe(1);
    expect(clock.at(1)).toBe(1001);
    now = 5;
    expect(clock.at(1.9)).toBe(1001);
    expect(clock.at(2)).toBe(5);
    expect(asked).toBe(3);
  });
});
