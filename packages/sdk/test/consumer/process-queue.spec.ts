import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProcessQueue } from '../../src/consumer/process-queue.js';

const message = (queueOffset: number, size = 10) => ({ queueOffset, size, slot: -1 });
const limits = (over: Partial<{ messages: number; bytes: number; span: number }>) => ({
  messages: 1e6,
  bytes: 1e9,
  span: 1e6,
  ...over,
});

describe('ProcessQueue', () => {
  it('commits the oldest unsettled offset, then one past the newest', () => {
    const queue = new ProcessQueue(5);
    expect(queue.commitOffset).toBe(5);
    const [a, b, c] = queue.add([message(5), message(7), message(8)]);
    queue.settle(b!);
    expect(queue.commitOffset).toBe(5);
    queue.settle(a!);
    expect(queue.commitOffset).toBe(8);
    queue.settle(c!);
    expect(queue.commitOffset).toBe(9);
    queue.skipTo(20);
    expect(queue.commitOffset).toBe(20);
  });

  it('ignores messages it has already seen and messages it does not hold', () => {
    const queue = new ProcessQueue(0);
    const [a] = queue.add([message(0), message(1)]);
    expect(queue.add([message(0), message(1), message(2)])).toHaveLength(1);
    expect(queue.settle(a!)).toBe(true);
    expect(queue.settle(a!)).toBe(false);
    expect(queue.settle(message(1))).toBe(false);
    expect(queue.count).toBe(2);
  });

  it.each([
    ['messages', limits({ messages: 2 }), [message(0), message(1)]],
    ['bytes', limits({ bytes: 100 }), [message(0, 60), message(1, 60)]],
    ['span', limits({ span: 50 }), [message(0), message(50)]],
  ])('has no room at its bound on %s until something is settled', async (_name, bounds, messages) => {
    const queue = new ProcessQueue(0, bounds);
    const [first] = queue.add(messages);
    expect(queue.hasRoom).toBe(false);
    let woken = false;
    const room = queue.room().then(() => (woken = true));
    await Promise.resolve();
    expect(woken).toBe(false);
    queue.settle(first!);
    await room;
    expect(queue.hasRoom).toBe(true);
  });

  it('lets waiters go when it is dropped', async () => {
    const queue = new ProcessQueue(0, limits({ messages: 1 }));
    queue.add([message(0)]);
    const room = queue.room();
    queue.drop();
    await room;
    expect(queue.dropped).toBe(true);
  });

  it('agrees with a naive model over any order of adding and settling', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ add: fc.integer({ min: 1, max: 5 }), gap: fc.integer({ min: 0, max: 3 }) }),
            fc.record({ settle: fc.nat(60) }),
          ),
          { maxLength: 3000 },
        ),
        (steps) => {
          const queue = new ProcessQueue(0);
          let model: ReturnType<typeof message>[] = [];
          let next = 0;
          for (const step of steps) {
            if ('add' in step) {
              const from = next + step.gap;
              const batch = Array.from({ length: step.add }, (_, i) => message(from + i, i + 1));
              model.push(...queue.add(batch));
              next = from + step.add;
            } else if (model.length > 0) {
              const chosen = model[step.settle % model.length]!;
              expect(queue.settle(chosen)).toBe(true);
              model = model.filter((each) => each !== chosen);
            }
            expect(queue.count).toBe(model.length);
            expect(queue.bytes).toBe(model.reduce((sum, { size }) => sum + size, 0));
            expect(queue.commitOffset).toBe(model[0]?.queueOffset ?? next);
          }
          expect([...queue.open()]).toEqual(model);
        },
      ),
      { numRuns: 50 },
    );
  });
});
