import { describe, expect, it } from 'vitest';
import { every, sleep } from '../src/clock.js';
import { VirtualClock } from '../src/virtual-clock.js';

describe('sleep', () => {
  it('ends when it is given up, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const giveUp = new AbortController();
    const sleeping = sleep(clock, 100, giveUp.signal);
    giveUp.abort(new Error('closed'));
    await expect(sleeping).rejects.toThrow('closed');
    await expect(sleep(clock, 100, giveUp.signal)).rejects.toThrow('closed');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('every', () => {
  it('goes on after failures, without overlapping, until it is cancelled', async () => {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const starts: number[] = [];
    const task = async () => {
      starts.push(clock.monotonic());
      await sleep(clock, 30);
      if (starts.length === 2) throw new Error('second');
    };
    const timer = every(clock, 10, task, { firstMs: 0, onError: (error) => errors.push(error) });
    await clock.advance(100);
    expect(starts).toEqual([0, 40, 80]);
    expect(errors).toMatchObject([{ message: 'second' }]);
    timer.cancel();
    await clock.advance(1_000);
    expect([starts.length, clock.pendingTimers]).toEqual([3, 0]);
  });
});
