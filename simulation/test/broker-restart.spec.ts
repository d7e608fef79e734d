import { describe, expect, it } from 'vitest';
import { DeliveryChecker } from '../src/checkers/delivery-checker.js';
import { QueueOrderChecker } from '../src/checkers/queue-order-checker.js';
import { brokerRestart } from '../src/scenarios/broker-restart.js';

describe('a broker dies and comes back', () => {
  it('loses nothing that was acknowledged, and the same seed gives the same run', { timeout: 120_000 }, async () => {
    const first = await brokerRestart(7);
    expect(first.violations).toEqual([]);
    expect(first.acknowledged).toBeGreaterThan(100);
    const again = await brokerRestart(7);
    expect(again.trace).toEqual(first.trace);
    expect(again.acknowledged).toBe(first.acknowledged);
  });
});

describe('the checkers find what they are for', () => {
  it('an acknowledged message that never came, a message nobody sent', () => {
    const checker = new DeliveryChecker(['g']);
    for (const id of [1, 2]) {
      checker.sent(id);
      checker.acknowledged(id);
    }
    checker.received('g', { id: 1, queue: 'q', queueOffset: 0 });
    expect(checker.validate()).toEqual(['g never got 1 acknowledged messages, the first is 2']);
    checker.received('g', { id: 9, queue: 'q', queueOffset: 1 });
    expect(checker.validate()[0]).toMatch(/nobody sent/);
  });

  it('a queue out of order, two members on one queue, but not a repeat', () => {
    const checker = new QueueOrderChecker();
    const at = (queueOffset: number) => ({ id: queueOffset, queue: 'q', queueOffset });
    for (const offset of [0, 1, 0]) {
      checker.begin('a', at(offset));
      checker.end('q');
    }
    expect(checker.violations).toEqual([]);
    checker.begin('a', at(5));
    checker.begin('b', at(3));
    expect(checker.violations).toEqual(['b works on q while a does', 'q: offset 3 came after 5']);
  });
});
