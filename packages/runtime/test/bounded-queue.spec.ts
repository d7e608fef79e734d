import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../src/bounded-queue.js';

const sizeOf = (text: string) => text.length;

describe('BoundedQueue', () => {
  it('refuses what is over its bounds', () => {
    const queue = new BoundedQueue<string>({ name: 'q', maxCount: 3, maxBytes: 10, sizeOf, whenFull: 'reject' });
    expect([queue.push('aaaa'), queue.push('bbbb'), queue.push('ccc'), queue.push('dd')]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(queue.push('')).toBe(false);
    expect([...queue]).toEqual(['aaaa', 'bbbb', 'dd']);
    expect([queue.size, queue.bytes, queue.refused]).toEqual([3, 10, 2]);
    expect([queue.peek(), queue.shift(), queue.size, queue.bytes]).toEqual(['aaaa', 'aaaa', 2, 6]);
    queue.clear();
    expect([queue.shift(), queue.peek(), queue.size, queue.bytes]).toEqual([undefined, undefined, 0, 0]);
    expect(queue.push('again')).toBe(true);
  });

  it('drops the oldest for the newest', () => {
    const dropped: string[] = [];
    const onDropped = (item: string) => void dropped.push(item);
    const queue = new BoundedQueue<string>({
      name: 'q',
      maxCount: 3,
      maxBytes: 10,
      sizeOf,
      whenFull: 'drop-oldest',
      onDropped,
    });
    for (const item of ['aaaa', 'bbbb', 'cc', 'dd', 'eeeeeeeee']) expect(queue.push(item)).toBe(true);
    expect([...queue]).toEqual(['eeeeeeeee']);
    expect(dropped).toEqual(['aaaa', 'bbbb', 'cc', 'dd']);
    expect(queue.push('x'.repeat(11))).toBe(false);
    expect([...queue]).toEqual(['eeeeeeeee']);
    expect(queue.refused).toBe(5);
  });

  it('shows itself in gauges', () => {
    const queue = new BoundedQueue<string>({ name: 'held pulls', maxCount: 1, whenFull: 'reject' });
    queue.push('a');
    queue.push('b');
    const samples = queue.gauges('cometmq_queue').map((gauge) => [gauge.name, ...gauge.read()]);
    const labels = { queue: 'held pulls' };
    expect(samples).toEqual([
      ['cometmq_queue_items', { labels, value: 1 }],
      ['cometmq_queue_bytes', { labels, value: 0 }],
      ['cometmq_queue_refused_total', { labels, value: 1 }],
    ]);
  });

  it('does not accept bounds without sense', () => {
    expect(() => new BoundedQueue({ name: 'q', maxCount: 0, whenFull: 'reject' })).toThrow('maxCount');
    expect(() => new BoundedQueue({ name: 'q', maxCount: 1, maxBytes: 1, whenFull: 'reject' })).toThrow('sizeOf');
  });

  it('does what an array does', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.string({ maxLength: 8 }).map((item) => ({ push: item })) },
      { weight: 2, arbitrary: fc.constant('shift' as const) },
      { weight: 1, arbitrary: fc.constantFrom('burst' as const, 'clear' as const) },
    );
    const policy = fc.constantFrom('reject' as const, 'drop-oldest' as const);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        policy,
        fc.integer({ min: 1, max: 90 }),
        (steps, whenFull, maxCount) => {
          const queue = new BoundedQueue<string>({ name: 'q', maxCount, maxBytes: 200, sizeOf, whenFull });
          let model: string[] = [];
          const bytes = () => model.reduce((sum, item) => sum + item.length, 0);
          const push = (item: string) => {
            const full = () => model.length >= maxCount || bytes() + item.length > 200;
            while (whenFull === 'drop-oldest' && full()) model.shift();
            const fits = !full();
            if (fits) model.push(item);
            expect(queue.push(item)).toBe(fits);
          };
          for (const next of steps) {
            const [taken, expected] = next === 'shift' ? [queue.shift(), model.shift()] : [];
            expect(taken).toBe(expected);
            if (next === 'burst') for (let n = 0; n < 40; n++) push(String(n));
            if (typeof next === 'object') push(next.push);
            if (next === 'clear') {
              queue.clear();
              model = [];
            }
            expect([...queue]).toEqual(model);
            expect([queue.size, queue.bytes, queue.peek()]).toEqual([model.length, bytes(), model[0]]);
          }
        },
      ),
    );
  });
});
