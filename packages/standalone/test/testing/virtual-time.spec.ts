import { sleep } from '@cometmq/runtime';
import { nodeClock } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import type { EmbeddedRocketMQ } from '../../src/testing/embedded-rocketmq.js';
import { consume, embeddedServers, ids, type Order, sendOrders } from './servers.js';

const start = embeddedServers();

/** RocketMQ's delays before the first to the sixteenth retry, in seconds: 4 h 45 min 40 s in all. */
const RETRY_SECONDS = [10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200];

/** When a handler that always fails was called, in seconds since the first call. */
async function failingAttempts(server: EmbeddedRocketMQ): Promise<number[]> {
  const mq = await server.connect();
  const times: number[] = [];
  await consume<Order>(mq, 'orders', () => {
    times.push(server.now().getTime());
    throw new Error('never');
  });
  await sendOrders(mq, 1);
  await server.idle();
  return times;
}

const gaps = (times: readonly number[]) =>
  times.slice(1).map((time, index) => Math.round((time - times[index]!) / 1000));

describe('advance', () => {
  it('retries sixteen times at RocketMQ’s intervals, then the message is a dead letter', async () => {
    const server = await start();
    const times = await failingAttempts(server);
    expect(times).toHaveLength(1);
    await server.advance('4h 45m');
    expect(await server.deadLetters('billing')).toEqual([]);
    await server.advance('1m');
    expect(gaps(times)).toEqual(RETRY_SECONDS);
    const [dead] = await server.deadLetters<Order>('billing');
    expect(dead).toMatchObject({ body: { id: 1 }, originTopic: 'orders', keys: ['order-1'] });
  });

  it('comes to the same times in small steps as in one leap', async () => {
    const server = await start();
    const times = await failingAttempts(server);
    for (let minute = 0; minute < 40; minute += 1) await server.advance('1m');
    expect(gaps(times)).toEqual(RETRY_SECONDS.slice(0, times.length - 1));
    expect(times.length).toBeGreaterThan(8);
  });

  it('moves the servers’ clock by exactly that much, with leaps and without', async () => {
    const server = await start();
    for (const [duration, ms] of [
      ['3s', 3000],
      ['90m', 5_400_000],
      [250, 250],
      ['2d', 172_800_000],
    ] as const) {
      const before = server.now().getTime();
      await server.advance(duration);
      const passed = server.now().getTime() - before;
      // Time runs on by itself beside it.
      expect(passed).toBeGreaterThanOrEqual(ms);
      expect(passed).toBeLessThan(ms + 1000);
    }
  });

  it('delivers a delayed message when its time has come and not before', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: number[] = [];
    await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id));
    await mq.producer().send<Order>('orders', { id: 1 }, { delay: { level: 18 } });
    await server.idle();
    await server.advance('1h 59m');
    expect(seen).toEqual([]);
    await server.advance('1m');
    expect(seen).toEqual([1]);
  });

  it('works off what lies at many times in their order', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: number[] = [];
    await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id), { concurrency: 1 });
    for (const level of [16, 3, 9, 18, 1, 14]) {
      await mq.producer().send<Order>('orders', { id: level }, { delay: { level } });
    }
    await server.advance('3h');
    expect(seen).toEqual([1, 3, 9, 14, 16, 18]);
  });

  it('waits for handlers that wait for something real: none is retried because time ran away', async () => {
    const server = await start();
    const mq = await server.connect();
    const attempts: number[] = [];
    const tookMs: number[] = [];
    await consume<Order>(mq, 'orders', async ({ reconsumeTimes }) => {
      const before = server.now().getTime();
      await sleep(nodeClock, 15);
      tookMs.push(server.now().getTime() - before);
      attempts.push(reconsumeTimes);
      if (reconsumeTimes < 5) throw new Error('not yet');
    });
    await sendOrders(mq, 1);
    await server.advance('2h');
    expect(attempts).toEqual([0, ...ids(5)]);
    expect(Math.max(...tookMs)).toBeLessThan(1000);
  });

  it('goes on without a handler that never ends; its message comes again after consumeTimeoutMs', async () => {
    const server = await start({ handlerPatienceMs: 20 });
    const mq = await server.connect();
    let calls = 0;
    const never = new Promise<void>(() => {});
    await consume<Order>(mq, 'orders', () => (++calls === 1 ? never : undefined), { consumeTimeoutMs: 900_000 });
    await sendOrders(mq, 1);
    await server.advance('10m');
    expect(calls).toBe(1);
    await server.advance('10m');
    expect(calls).toBe(2);
  });

  it('runs the timers of whoever shares the clock', async () => {
    const server = await start();
    const rung: string[] = [];
    server.clock.schedule(2000, () => rung.push('two seconds'));
    await server.advance('1s');
    expect(rung).toEqual([]);
    await server.advance('1s');
    expect(rung).toEqual(['two seconds']);
  });

  it('may be called from several places at once: one after the other', async () => {
    const server = await start();
    const before = server.now().getTime();
    await Promise.all([server.advance('1h'), server.advance('2h'), server.idle()]);
    expect(server.now().getTime() - before).toBeGreaterThanOrEqual(3 * 3_600_000);
  });

  it('refuses what is no duration', async () => {
    const server = await start();
    await expect(server.advance('soon')).rejects.toThrow(/"soon" is no duration/);
    await expect(server.advance(-1)).rejects.toThrow(/no duration/);
  });
});

describe('time that nobody advances', () => {
  it('runs on by itself, so that nothing waits for ever', async () => {
    const server = await start();
    await sleep(server.clock, 30);
    const mq = await server.connect();
    await expect(mq.pullConsumer({ group: 'g', subscriptions: ['orders'] }).poll({ timeoutMs: 40 })).resolves.toEqual(
      [],
    );
  });

  it('keeps the members of a group when hours have passed', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: number[] = [];
    await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id));
    await server.advance('10h');
    await sendOrders(mq, 3);
    await server.idle();
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(mq.instance.status.value.state).toBe('connected');
  });

  it('can be taken fast for a wait of the test’s own', async () => {
    const server = await start();
    const before = server.now().getTime();
    await server.fastForward(sleep(server.clock, 600_000));
    expect(server.now().getTime() - before).toBeGreaterThanOrEqual(600_000);
    await expect(server.fastForward(Promise.reject(new Error('as it is')))).rejects.toThrow('as it is');
  });
});
