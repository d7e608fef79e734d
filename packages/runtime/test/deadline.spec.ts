import { describe, expect, it } from 'vitest';
import { Deadline, deadlineSignal, withDeadline } from '../src/deadline.js';
import { VirtualClock } from '../src/virtual-clock.js';

describe('Deadline', () => {
  it('tells what is left', async () => {
    const clock = new VirtualClock();
    await clock.advance(5);
    const deadline = Deadline.after(clock, 10);
    expect([deadline.at, deadline.remainingMs(), deadline.expired]).toEqual([15, 10, false]);
    expect([deadline.within(3).at, deadline.within(30).at]).toEqual([8, 15]);
    await clock.advance(12);
    clock.jumpWallClock(-60_000);
    expect([deadline.remainingMs(), deadline.expired]).toEqual([0, true]);
    const never = Deadline.never(clock);
    expect([never.expired, never.remainingMs()]).toEqual([false, Number.POSITIVE_INFINITY]);
  });

  it('bounds a promise and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const late = () => 'late';
    expect(await withDeadline(Promise.resolve('done'), Deadline.after(clock, 10), late)).toBe('done');
    const failing = withDeadline(Promise.reject<string>(new Error('failed')), Deadline.after(clock, 10), late);
    await expect(failing).rejects.toThrow('failed');
    expect(await withDeadline(Promise.resolve('done'), Deadline.never(clock), late)).toBe('done');
    expect(clock.pendingTimers).toBe(0);
    const hanging = withDeadline(new Promise<string>(() => {}), Deadline.after(clock, 10), late);
    const throwing = withDeadline(new Promise<string>(() => {}), Deadline.after(clock, 10), () => {
      throw new Error('too late');
    });
    const refused = throwing.catch((error: Error) => error.message);
    await clock.advance(10);
    expect([await hanging, await refused]).toEqual(['late', 'too late']);
  });

  it('does not care what comes of a promise that was too late', async () => {
    const clock = new VirtualClock();
    let fail: ((error: Error) => void) | undefined;
    const slow = new Promise<string>((_, reject) => (fail = reject));
    const bounded = withDeadline(slow, Deadline.after(clock, 1), () => 'late');
    await clock.advance(1);
    fail!(new Error('nobody hears it'));
    expect(await bounded).toBe('late');
  });

  it('makes a signal', async () => {
    const clock = new VirtualClock();
    const { release, signal } = deadlineSignal(Deadline.after(clock, 10));
    await clock.advance(9);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
    release();
    const quiet = deadlineSignal(Deadline.after(clock, 10));
    quiet.release();
    expect(clock.pendingTimers).toBe(0);
    expect(quiet.signal.aborted).toBe(false);
    const giveUp = new AbortController();
    const joined = deadlineSignal(Deadline.never(clock), giveUp.signal);
    giveUp.abort('enough');
    expect([joined.signal.aborted, joined.signal.reason]).toEqual([true, 'enough']);
    expect(deadlineSignal(Deadline.never(clock), giveUp.signal).signal.aborted).toBe(true);
  });
});
