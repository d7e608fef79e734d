import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { every, sleep } from '../src/clock.js';
import { VirtualClock } from '../src/virtual-clock.js';

/** A chain of promises as long as wanted. */
async function hops(count: number): Promise<void> {
  for (let hop = 0; hop < count; hop++) await Promise.resolve();
}

describe('VirtualClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new VirtualClock({ startAt: 1_000 });
    let rung = 0;
    clock.schedule(10, () => rung++);
    expect([clock.now(), clock.monotonic(), clock.pendingTimers]).toEqual([1_000, 0, 1]);
    await clock.advance(9.5);
    expect([clock.now(), clock.monotonic(), rung]).toEqual([1_009, 9.5, 0]);
    await clock.advance(0.5);
    expect([clock.now(), rung, clock.pendingTimers]).toEqual([1_010, 1, 0]);
  });

  it('tells how far away the next timer is', async () => {
    const clock = new VirtualClock();
    expect(clock.nextTimerMs).toBeUndefined();
    clock.schedule(50, () => {}, { background: true });
    const sooner = clock.schedule(20, () => {});
    await clock.advance(5);
    expect(clock.nextTimerMs).toBe(15);
    sooner.cancel();
    expect(clock.nextTimerMs).toBe(45);
  });

  it('lets all that a timer causes happen before the next one, however long the chain of promises', async () => {
    const clock = new VirtualClock();
    const trace: string[] = [];
    clock.schedule(1, () => {
      void hops(5_000).then(() => {
        trace.push('chain');
        clock.afterTurn(() => void hops(500).then(() => trace.push('after turn')));
      });
    });
    clock.schedule(2, () => trace.push('next timer'));
    await clock.advance(2);
    expect(trace).toEqual(['chain', 'after turn', 'next timer']);
  });

  it('runs timers that timers plan, and those without delay in order', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    every(clock, 10, () => void times.push(clock.monotonic()), { firstMs: 5, onError: () => {} });
    await clock.advance(40);
    expect(times).toEqual([5, 15, 25, 35]);
    const order: number[] = [];
    for (let n = 0; n < 5; n++) clock.schedule(n % 2 === 0 ? 0 : -1, () => order.push(n));
    clock.schedule(Number.NaN, () => order.push(5));
    await clock.advance(0);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('sleeps', async () => {
    const clock = new VirtualClock();
    let awake = false;
    const sleeping = sleep(clock, 3_600_000).then(() => (awake = true));
    await clock.advance(3_599_999);
    expect(awake).toBe(false);
    await clock.advance(1);
    await sleeping;
    expect(awake).toBe(true);
  });

  it('runs callbacks of afterTurn without being advanced, one turn after the other', async () => {
    const clock = new VirtualClock();
    const trace: number[] = [];
    await new Promise<void>((resolve) => {
      clock.afterTurn(() => {
        trace.push(1);
        clock.afterTurn(() => {
          trace.push(3);
          resolve();
        });
      });
      clock.afterTurn(() => trace.push(2));
      queueMicrotask(() => trace.push(0));
    });
    expect(trace).toEqual([0, 1, 2, 3]);
    await clock.settle();
    let late = false;
    const advanced = clock.advance(1).then(() => clock.afterTurn(() => (late = true)));
    await advanced;
    await clock.settle();
    expect(late).toBe(true);
  });

  it('sets the wall clock back while deadlines go on', async () => {
    const clock = new VirtualClock({ startAt: 10_000 });
    let rung = false;
    clock.schedule(100, () => (rung = true));
    clock.jumpWallClock(-5_000);
    expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0]);
    await clock.advance(100);
    expect([clock.now(), clock.monotonic(), rung]).toEqual([5_100, 100, true]);
  });

  it('runs until only background timers are left', async () => {
    const clock = new VirtualClock();
    let rounds = 0;
    every(clock, 1_000, () => void rounds++, { onError: () => {} });
    let done = false;
    void (async () => {
      for (let n = 0; n < 5; n++) await sleep(clock, 1_500);
      done = true;
    })();
    await clock.runUntilIdle();
    expect([done, clock.monotonic(), rounds, clock.pendingTimers]).toEqual([true, 7_500, 7, 1]);
  });

  it('gives up on what never becomes idle', async () => {
    const clock = new VirtualClock();
    const again = () => void clock.schedule(10, again);
    again();
    await expect(clock.runUntilIdle(1_000)).rejects.toThrow('still 1 timers');
  });

  it('hands on what a callback throws and can be used further', async () => {
    const clock = new VirtualClock();
    clock.schedule(5, () => {
      throw new Error('broken');
    });
    await expect(clock.advance(10)).rejects.toThrow('broken');
    expect(clock.monotonic()).toBe(5);
    await clock.advance(5);
    expect(clock.monotonic()).toBe(10);
  });

  it('refuses to be advanced twice at once', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow('already');
    await first;
  });

  it('runs timers by time, then by the order of planning, without those cancelled', async () => {
    const plan = fc.record({ delayMs: fc.nat(20), cancels: fc.option(fc.nat(40)), spawns: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 40 }), fc.array(fc.nat(9)), async (plans, steps) => {
        const clock = new VirtualClock();
        const ran: { at: number; order: number }[] = [];
        const expected = new Map<number, number>();
        let order = 0;
        const add = (delayMs: number, spawns: boolean, cancels: number | null) => {
          const id = order++;
          expected.set(id, clock.monotonic() + delayMs);
          timers[id] = clock.schedule(delayMs, () => {
            ran.push({ at: clock.monotonic(), order: id });
            expect(expected.get(id)).toBe(clock.monotonic());
            expected.delete(id);
            if (cancels !== null && expected.has(cancels)) {
              expected.delete(cancels);
              timers[cancels]!.cancel();
            }
            if (spawns) add(delayMs, false, null);
          });
        };
        const timers: { cancel(): void }[] = [];
        for (const { cancels, delayMs, spawns } of plans) add(delayMs, spawns, cancels);
        for (const step of steps) {
          await clock.advance(step);
          expect(clock.pendingTimers).toBe(expected.size);
          for (const due of expected.values()) expect(due).toBeGreaterThan(clock.monotonic());
        }
        await clock.runUntilIdle();
        expect(expected.size).toBe(0);
        const sorted = [...ran].sort((a, b) => a.at - b.at || a.order - b.order);
        expect(ran).toEqual(sorted);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps order with many timers', async () => {
    const clock = new VirtualClock();
    let last = -1;
    let count = 0;
    const timers = Array.from({ length: 20_000 }, (_, n) => {
      const delayMs = (n * 7_919) % 10_007;
      return clock.schedule(delayMs, () => {
        expect(clock.monotonic()).toBeGreaterThanOrEqual(last);
        last = clock.monotonic();
        count++;
      });
    });
    for (let n = 0; n < timers.length; n += 2) timers[n]!.cancel();
    expect(clock.pendingTimers).toBe(10_000);
    await clock.runUntilIdle();
    expect(count).toBe(10_000);
  });
});
