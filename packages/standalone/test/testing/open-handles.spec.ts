import { getActiveResourcesInfo } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { nodeClock } from '@cometmq/runtime/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedRocketMQ } from '../../src/testing/embedded-rocketmq.js';
import { consume, type Order, sendOrders } from './servers.js';

/** What keeps the process alive, counted by kind. */
async function alive(): Promise<Record<string, number>> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  const counts: Record<string, number> = {};
  for (const kind of getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'MessagePort', 'PipeWrap'];

/** Real timers of servers and clients that are planned and keep the process alive; those of the test runner come and go. */
function watchTimers(): { readonly planned: Set<object> } {
  const planned = new Set<object>();
  const schedule = nodeClock.schedule.bind(nodeClock);
  vi.spyOn(nodeClock, 'schedule').mockImplementation((delayMs, callback, options) => {
    const mark = {};
    if (options?.background !== true) planned.add(mark);
    const timer = schedule(
      delayMs,
      () => {
        planned.delete(mark);
        callback();
      },
      options,
    );
    return {
      cancel: () => {
        planned.delete(mark);
        timer.cancel();
      },
    };
  });
  return { planned };
}

afterEach(() => void vi.restoreAllMocks());

describe.each([
  ['memory', 'virtual'],
  ['memory', 'real'],
  ['tcp', 'virtual'],
  ['tcp', 'real'],
] as const)('after stop (%s, %s time)', (transport, time) => {
  it('nothing is left that keeps the process alive', async () => {
    const before = await alive();
    const { planned } = watchTimers();
    const server = await EmbeddedRocketMQ.start({ transport, time });
    const mq = await server.connect();
    await consume<Order>(mq, 'orders', () => {
      throw new Error('again');
    });
    await sendOrders(mq, 2);
    await server.idle();
    await server.killBroker();
    await server.restartBroker();
    await server.stop();
    const after = await alive();
    const more = WATCHED.filter((kind) => (after[kind] ?? 0) > (before[kind] ?? 0));
    expect(more).toEqual([]);
    expect(planned.size).toBe(0);
  });
});
