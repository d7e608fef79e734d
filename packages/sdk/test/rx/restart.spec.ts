import { VirtualClock } from '@cometmq/runtime';
import { Observable, type Subscriber } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { StateCell } from '../../src/client/state-cell.js';
import { observeValue } from '../../src/rx/observe.js';
import { keepSubscribed } from '../../src/rx/restart.js';

describe('keepSubscribed', () => {
  it('subscribes again with a growing pause, from the beginning after a value', async () => {
    const clock = new VirtualClock();
    const pauses: number[] = [];
    const subscribers: Subscriber<number>[] = [];
    const stream = new Observable<number>((subscriber) => void subscribers.push(subscriber));
    const stop = keepSubscribed(stream, {
      clock,
      firstMs: 100,
      maxMs: 300,
      onError: (_error, pauseMs) => void pauses.push(pauseMs),
    });
    for (const pause of [100, 200, 300, 300]) {
      subscribers.at(-1)!.error(new Error('x'));
      await clock.advance(pause);
    }
    expect([pauses, subscribers.length]).toEqual([[100, 200, 300, 300], 5]);
    subscribers.at(-1)!.next(1);
    subscribers.at(-1)!.error(new Error('x'));
    await clock.advance(100);
    expect([pauses.at(-1), subscribers.length]).toEqual([100, 6]);
    subscribers.at(-1)!.error(new Error('x'));
    stop();
    await clock.advance(10_000);
    expect([subscribers.length, clock.pendingTimers]).toEqual([6, 0]);
  });
});

describe('observeValue', () => {
  it('tells the present value, then each change, until the last', () => {
    const cell = new StateCell('a');
    const heard: string[] = [];
    const subscription = observeValue(cell, (value) => value === 'z').subscribe({
      next: (value) => void heard.push(value),
      complete: () => void heard.push('end'),
    });
    cell.set('b');
    cell.set('b');
    cell.set('z');
    cell.set('y');
    expect(heard).toEqual(['a', 'b', 'z', 'end']);
    expect(subscription.closed).toBe(true);
  });

  it('ends at once for a value that is the last already', () => {
    const heard: string[] = [];
    observeValue(new StateCell('z'), (value) => value === 'z').subscribe({
      next: (value) => void heard.push(value),
      complete: () => void heard.push('end'),
    });
    expect(heard).toEqual(['z', 'end']);
  });
});
