import { describe, expect, it, vi } from 'vitest';
import { nodeClock } from '../../src/node/node-clock.js';
import { nodeRandom } from '../../src/node/node-random.js';

describe('nodeClock', () => {
  it('never calls before the time', async () => {
    const delays = [0, 0.2, 1, 1.5, 7, 12.75];
    await Promise.all(
      delays.map(async (delayMs) => {
        for (let n = 0; n < 10; n++) {
          const due = nodeClock.monotonic() + delayMs;
          await new Promise<void>((resolve) => nodeClock.schedule(delayMs, resolve));
          expect(nodeClock.monotonic()).toBeGreaterThanOrEqual(due);
        }
      }),
    );
  });

  it('does not call what was cancelled, and not at once what is far away', async () => {
    let called = 0;
    const soon = nodeClock.schedule(5, () => called++);
    const far = nodeClock.schedule(2 ** 40, () => called++, { background: true });
    soon.cancel();
    soon.cancel();
    await new Promise<void>((resolve) => nodeClock.schedule(20, resolve));
    far.cancel();
    expect(called).toBe(0);
  });

  it('goes on when a test replaces the timers of the process', async () => {
    vi.useFakeTimers();
    try {
      const [before, now] = [nodeClock.monotonic(), nodeClock.now()];
      await new Promise<void>((resolve) => nodeClock.schedule(5, resolve));
      await new Promise<void>((resolve) => nodeClock.afterTurn(resolve));
      await new Promise<void>((resolve) => nodeClock.afterMicrotasks(resolve));
      expect(nodeClock.monotonic() - before).toBeGreaterThanOrEqual(5);
      expect(nodeClock.now()).toBeGreaterThanOrEqual(now);
    } finally {
      vi.useRealTimers();
    }
  });

  it('calls after the turn when its microtasks are done', async () => {
    const trace: string[] = [];
    await new Promise<void>((resolve) => {
      nodeClock.afterTurn(() => {
        trace.push('after');
        resolve();
      });
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => trace.push('microtask'));
    });
    expect(trace).toEqual(['microtask', 'after']);
  });
});

describe('nodeRandom', () => {
  it('gives numbers below one and different bytes', () => {
    for (let n = 0; n < 100; n++) {
      const value = nodeRandom.next();
      expect(value >= 0 && value < 1).toBe(true);
    }
    expect(nodeRandom.bytes(0).length).toBe(0);
    expect(Buffer.from(nodeRandom.bytes(16)).equals(nodeRandom.bytes(16))).toBe(false);
  });
});
