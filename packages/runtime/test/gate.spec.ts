import { describe, expect, it } from 'vitest';
import { Deadline } from '../src/deadline.js';
import { Gate, GateError } from '../src/gate.js';
import { VirtualClock } from '../src/virtual-clock.js';

function setUp(concurrency = 2, maxWaiting = 2) {
  const clock = new VirtualClock();
  return { clock, gate: new Gate({ name: 'send', clock, concurrency, maxWaiting }) };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'in',
    (error: GateError) => error.code,
  );

describe('Gate', () => {
  it('lets a bounded number in, a bounded number wait, in the order of coming', async () => {
    const { clock, gate } = setUp();
    const trace: string[] = [];
    const enter = (name: string) => gate.enter().then(() => trace.push(name));
    await enter('a');
    await enter('b');
    void enter('c');
    void enter('d');
    expect([gate.inside, gate.waiting]).toEqual([2, 2]);
    await expect(gate.enter()).rejects.toMatchObject({ code: 'FULL', name: 'GateError' });
    expect(gate.tryEnter()).toBe(false);
    gate.leave();
    await clock.settle();
    expect([gate.inside, gate.waiting]).toEqual([2, 1]);
    gate.leave();
    gate.leave();
    await clock.settle();
    expect(trace).toEqual(['a', 'b', 'c', 'd']);
    gate.leave();
    expect([gate.inside, gate.waiting]).toEqual([0, 0]);
    expect(() => gate.leave()).toThrow('not inside');
  });

  it('does not let anybody pass those in line', async () => {
    const { gate } = setUp(1);
    expect(gate.tryEnter()).toBe(true);
    const waiting = gate.enter();
    gate.leave();
    expect(gate.tryEnter()).toBe(false);
    await waiting;
  });

  it('ends waiting at the deadline and leaves no timer behind', async () => {
    const { clock, gate } = setUp(1);
    gate.tryEnter();
    const short = code(gate.enter({ deadline: Deadline.after(clock, 10) }));
    const long = code(gate.enter({ deadline: Deadline.after(clock, 20) }));
    await clock.advance(10);
    expect(await short).toBe('EXPIRED');
    expect(await code(gate.enter({ deadline: Deadline.after(clock, 0) }))).toBe('EXPIRED');
    gate.leave();
    expect(await long).toBe('in');
    expect(clock.pendingTimers).toBe(0);
    expect(gate.inside).toBe(1);
  });

  it('ends waiting when the caller gives up', async () => {
    const { gate } = setUp(1);
    gate.tryEnter();
    const giveUp = new AbortController();
    const waiting = gate.enter({ signal: giveUp.signal });
    const reason = new Error('not needed any more');
    giveUp.abort(reason);
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', cause: reason });
    await expect(gate.enter({ signal: giveUp.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(gate.waiting).toBe(0);
  });

  it('runs tasks, also failing ones, and gives their place back', async () => {
    const { gate } = setUp(1, 10);
    const outcomes = await Promise.allSettled([
      gate.run(() => 1),
      gate.run(() => Promise.reject(new Error('failed'))),
      gate.run(() => {
        throw new Error('thrown');
      }),
      gate.run(() => Promise.resolve(4)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(gate.inside).toBe(0);
  });

  it('refuses everybody when it is closed', async () => {
    const { gate } = setUp(1);
    gate.tryEnter();
    const waiting = code(gate.enter());
    gate.close();
    gate.close();
    expect(await waiting).toBe('CLOSED');
    expect(await code(gate.enter())).toBe('CLOSED');
    gate.leave();
    expect(gate.tryEnter()).toBe(false);
  });
});
