import { VirtualClock } from '@cometmq/runtime';
import { from, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { SendResult } from '../../src/message/outgoing-message.js';
import { publishOperator, type PublishPlan } from '../../src/rx/publish.js';

interface Call {
  readonly bodies: readonly number[];
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

function setUp(plan: Partial<PublishPlan<number>> = {}) {
  const clock = new VirtualClock();
  const calls: Call[] = [];
  const operator = publishOperator<number>({
    clock,
    concurrency: 2,
    batch: undefined,
    send: (bodies) =>
      new Promise((resolve, reject) => {
        calls.push({
          bodies,
          answer: () => resolve(bodies.map((body) => ({ msgId: String(body) }) as SendResult)),
          fail: reject,
        });
      }),
    ...plan,
  });
  const heard: string[] = [];
  const observer = {
    next: ({ msgId }: SendResult) => void heard.push(msgId),
    error: (error: Error) => void heard.push(`error ${error.message}`),
    complete: () => void heard.push('end'),
  };
  return { clock, calls, operator, heard, observer };
}

describe('publish', () => {
  it('has so many sends under way at most and keeps the order of the results', async () => {
    const { clock, calls, operator, heard, observer } = setUp();
    from([1, 2, 3, 4]).pipe(operator).subscribe(observer);
    expect(calls.map(({ bodies }) => bodies)).toEqual([[1], [2]]);
    calls[1]!.answer();
    await clock.settle();
    expect(heard).toEqual([]);
    expect(calls).toHaveLength(3);
    calls[0]!.answer();
    await clock.settle();
    expect(heard).toEqual(['1', '2']);
    calls[2]!.answer();
    calls[3]!.answer();
    await clock.settle();
    expect(heard).toEqual(['1', '2', '3', '4', 'end']);
  });

  it('ends with the first failure and sends nothing more', async () => {
    const { clock, calls, operator, heard, observer } = setUp();
    from([1, 2, 3]).pipe(operator).subscribe(observer);
    calls[0]!.fail(new Error('no route'));
    await clock.settle();
    calls[1]!.answer();
    await clock.settle();
    expect(heard).toEqual(['error no route']);
    expect(calls).toHaveLength(2);
  });

  it('passes on the end and the failure of an empty source', () => {
    const { operator, heard, observer } = setUp();
    of<number>().pipe(operator).subscribe(observer);
    throwError(() => new Error('source'))
      .pipe(operator)
      .subscribe(observer);
    expect(heard).toEqual(['end', 'error source']);
  });

  it('gathers batches by size and by time', async () => {
    const { clock, calls, operator, heard, observer } = setUp({ batch: { size: 3, lingerMs: 50 } });
    const source = new Subject<number>();
    source.pipe(operator).subscribe(observer);
    for (const body of [1, 2, 3, 4]) source.next(body);
    expect(calls.map(({ bodies }) => bodies)).toEqual([[1, 2, 3]]);
    await clock.advance(50);
    expect(calls.map(({ bodies }) => bodies)).toEqual([[1, 2, 3], [4]]);
    source.next(5);
    source.complete();
    calls[0]!.answer();
    calls[1]!.answer();
    await clock.settle();
    calls[2]!.answer();
    await clock.settle();
    expect(heard).toEqual(['1', '2', '3', '4', '5', 'end']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends nothing more after unsubscribing', async () => {
    const { clock, calls, operator, heard, observer } = setUp({ batch: { size: 10, lingerMs: 50 } });
    const source = new Subject<number>();
    const subscription = source.pipe(operator).subscribe(observer);
    source.next(1);
    subscription.unsubscribe();
    await clock.advance(100);
    expect([calls, heard]).toEqual([[], []]);
  });

  it('does not lose a send that throws at once', async () => {
    const { clock, operator, heard, observer } = setUp({
      send: () => {
        throw new Error('at once');
      },
    });
    from([1]).pipe(operator).subscribe(observer);
    await clock.settle();
    expect(heard).toEqual(['error at once']);
  });
});
