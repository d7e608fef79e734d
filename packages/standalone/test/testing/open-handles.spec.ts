import { getActiveResourcesInfo } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EmbeddedRocketMQ } from '../../src/testing/embedded-rocketmq.js';
import { consume, type Order, sendOrders } from './servers.js';

/** What keeps the process alive, counted by kind. */
async function alive(): Promise<Record<string, number>> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  const counts: Record<string, number> = {};
  for (const kind of getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const WATCHED = ['Timeout', 'Immediate', 'TCPSocketWrap', 'TCPServerWrap', 'MessagePort', 'PipeWrap'];

describe.each([
  ['memory', 'virtual'],
  ['memory', 'real'],
  ['tcp', 'virtual'],
  ['tcp', 'real'],
] as const)('after stop (%s, %s time)', (transport, time) => {
  it('nothing is left that keeps the process alive', async () => {
    const before = await alive();
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
  });
});
