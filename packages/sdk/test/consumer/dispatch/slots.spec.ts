import { describe, expect, it } from 'vitest';
import { Slots } from '../../../src/consumer/dispatch/slots.js';

describe('Slots', () => {
  it('are handed on in the order in which they were asked for', async () => {
    const slots = new Slots(() => 1);
    const order: string[] = [];
    expect(slots.take()).toBe(true);
    for (const name of ['a', 'b']) void Promise.resolve(slots.take()).then(() => order.push(name));
    slots.give();
    // A newcomer does not overtake those who wait.
    expect(slots.take()).not.toBe(true);
    await Promise.resolve();
    await Promise.resolve();
    expect(order).toEqual(['a']);
  });

  it('follow their number, and let waiters go when they are closed', async () => {
    let capacity = 0;
    const slots = new Slots(() => capacity);
    const waiting = [slots.take(), slots.take(), slots.take()];
    capacity = 2;
    slots.more();
    expect(await Promise.race([waiting[1], Promise.resolve('not yet')])).toBe(true);
    capacity = 1;
    slots.give();
    slots.close();
    expect(await Promise.all(waiting.map(async (taken) => taken))).toEqual([true, true, false]);
  });
});
