import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedRocketMQ } from '../../src/testing/embedded-rocketmq.js';
import { consume, type Order, sendOrders } from './servers.js';

/** Everything that vitest can fake without freezing the test itself. */
const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
] as const;

describe.each(['memory', 'tcp'] as const)('with fake timers (%s)', (transport) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: [...FAKED] }));
  afterEach(() => void vi.useRealTimers());

  it('the server and its clients work, on their own time', async () => {
    const frozen = Date.now();
    await using server = await EmbeddedRocketMQ.start({ transport });
    const mq = await server.connect();
    let attempts = 0;
    await consume<Order>(mq, 'orders', async () => {
      if (++attempts < 3) throw new Error('not yet');
      await mq.producer().send('receipts', {});
    });
    await sendOrders(mq, 1);
    await server.idle();
    await server.advance('1m');
    expect(attempts).toBe(3);
    await server.waitFor('receipts');
    expect(Date.now()).toBe(frozen);
  });

  it('a handler that waits for a fake timer gets it from the test', async () => {
    await using server = await EmbeddedRocketMQ.start({ transport, handlerPatienceMs: 50 });
    const mq = await server.connect();
    let done = false;
    await consume<Order>(mq, 'orders', async () => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      done = true;
    });
    await sendOrders(mq, 1);
    await server.advance(0);
    expect(done).toBe(false);
    while (!done) {
      await vi.advanceTimersByTimeAsync(60_000);
      await server.advance(1);
    }
    await server.idle();
  });
});
