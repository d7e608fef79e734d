import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../src/virtual-clock.js';
import { Watermark } from '../src/watermark.js';

describe('Watermark', () => {
  it('wakes whoever waited for what it has reached', async () => {
    const clock = new VirtualClock();
    const mark = new Watermark(clock, 5);
    const trace: string[] = [];
    for (const target of [20, 10, 15]) void mark.reached(target).then((reached) => trace.push(`${target}:${reached}`));
    expect(await mark.reached(5)).toBe(true);
    expect(mark.waiting).toBe(3);
    mark.advance(3);
    expect(mark.value).toBe(5);
    mark.advance(15);
    await clock.settle();
    expect([trace, mark.waiting]).toEqual([['10:true', '15:true'], 1]);
    mark.close();
    expect(await mark.reached(16)).toBe(false);
    expect(await mark.reached(15)).toBe(true);
    expect(trace).toEqual(['10:true', '15:true', '20:false']);
  });

  it('says false at the deadline and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const mark = new Watermark(clock);
    const inTime = mark.reached(1, 10);
    const late = mark.reached(2, 10);
    mark.advance(1);
    await clock.advance(10);
    expect([await inTime, await late, mark.waiting, clock.pendingTimers]).toEqual([true, false, 0, 0]);
    expect(await mark.reached(2, 10)).toBe(false);
  });

  it('does what a list of waiters does', async () => {
    const step = fc.oneof(
      fc.record({ wait: fc.nat(100), forMs: fc.option(fc.nat(30)) }),
      fc.record({ advanceBy: fc.nat(15) }),
      fc.record({ passMs: fc.nat(10) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new VirtualClock();
        const mark = new Watermark(clock);
        const outcomes = new Map<number, boolean>();
        const model: { id: number; target: number; deadline: number; outcome: boolean | undefined }[] = [];
        let value = 0;
        const update = () => {
          for (const waiter of model) {
            if (waiter.outcome !== undefined) continue;
            if (waiter.target <= value) waiter.outcome = true;
            else if (waiter.deadline <= clock.monotonic()) waiter.outcome = false;
          }
        };
        for (const [id, next] of steps.entries()) {
          if ('wait' in next) {
            const deadline = next.forMs === null ? Number.POSITIVE_INFINITY : clock.monotonic() + next.forMs;
            model.push({ id, target: next.wait, deadline, outcome: undefined });
            void mark
              .reached(next.wait, next.forMs === null ? undefined : deadline)
              .then((reached) => outcomes.set(id, reached));
          } else if ('advanceBy' in next) {
            value += next.advanceBy;
            mark.advance(value);
          } else await clock.advance(next.passMs);
          update();
          await clock.settle();
          const waiting = model.filter(({ outcome }) => outcome === undefined);
          expect(mark.waiting).toBe(waiting.length);
          for (const { id: waiter, outcome } of model) expect(outcomes.get(waiter)).toBe(outcome);
        }
        mark.close();
        await clock.settle();
        expect(outcomes.size).toBe(model.length);
        expect(clock.pendingTimers).toBe(0);
      }),
    );
  });
});
