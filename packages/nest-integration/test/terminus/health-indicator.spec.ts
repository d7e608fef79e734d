import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import * as common from '@nestjs/common';
import { Consumer, OnMessage } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQRegistry } from '../../src/index.js';
import { RocketMQHealthIndicator, type RocketMQHealthOptions } from '../../src/terminus/index.js';
import { startApp, type TestApp } from '../test-app.js';
import { startCluster, type TestCluster, until } from '../test-cluster.js';

const nest12 = 'StandardSchemaValidationPipe' in common;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('h-orders');
});
afterAll(() => cluster.close());

@Consumer({ group: 'h', topic: 'h-orders', consumeFrom: 'first' })
class Orders {
  readonly waiting: (() => void)[] = [];
  @OnMessage() async on() {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

async function check({ app }: TestApp, options?: RocketMQHealthOptions) {
  const indicator = app.get(RocketMQHealthIndicator);
  const service = await app.resolve(HealthCheckService);
  const checked = service.check([() => indicator.isHealthy('rocketmq', options)]);
  const { status, details } = await checked.catch((error: { response: Awaited<typeof checked> }) => error.response);
  return { ...details['rocketmq'], overall: status } as Record<string, unknown> & { status: string };
}

const metadata = { imports: [TerminusModule.forRoot({ logger: false })], providers: [Orders, RocketMQHealthIndicator] };

describe('health', () => {
  it('is up with consumers that run, and says how they are', async () => {
    await using started = await startApp(cluster, metadata);
    const health = await check(started, { maxLag: 10 });
    expect(health).toMatchObject({ status: 'up', overall: 'ok', state: 'connected', namesrv: cluster.namesrv });
    expect(health['consumers']).toEqual([expect.objectContaining({ group: 'h', running: true, lag: 0, inFlight: 0 })]);
    expect((await check(started))['consumers']).toEqual([
      expect.not.objectContaining({ lag: expect.anything() as unknown }),
    ]);
  });

  it('is degraded above one lag, down above another', async () => {
    await using started = await startApp(cluster, metadata);
    for (let n = 0; n < 5; n += 1) await cluster.send('h-orders', n);
    const { waiting } = started.app.get(Orders);
    await until(() => waiting.length === 5);
    const degraded = await check(started, { degradedLag: 3, maxLag: 10 });
    expect(degraded['message']).toBe('group h is 5 messages behind');
    expect(degraded).toMatchObject(
      nest12 ? { status: 'degraded', overall: 'degraded' } : { status: 'up', degraded: true },
    );
    expect(await check(started, { maxLag: 3 })).toMatchObject({
      status: 'down',
      overall: 'error',
      message: 'group h is 5 messages behind',
    });
    expect(await check(started, { degradedLag: 5 })).toMatchObject({ status: 'up' });
    for (const resolve of waiting) resolve();
  });

  it('is down without a consumer that has to run, without an answer in time, for a closed client', async () => {
    await using started = await startApp(cluster, metadata);
    expect(await check(started, { groups: ['other'] })).toMatchObject({
      status: 'down',
      message: 'the consumer of group other does not run',
    });
    expect(await check(started, { groups: [] })).toMatchObject({ status: 'up' });
    const client = started.app.get(RocketMQRegistry).client();
    const real = client.health.bind(client);
    client.health = () => new Promise(() => {});
    expect(await check(started, { timeoutMs: 20 })).toMatchObject({
      status: 'down',
      message: 'the brokers did not answer within 20 ms',
    });
    client.health = real;
    await client.close();
    expect(await check(started)).toMatchObject({ status: 'down', message: 'the client is closed' });
    const indicator = started.app.get(RocketMQHealthIndicator);
    await expect(indicator.isHealthy('x', { client: 'nobody' })).rejects.toThrow(
      /client 'nobody', which is not configured/,
    );
  });

  it('is down when the server has gone', async () => {
    const lost = await startCluster();
    await lost.createTopic('h-orders');
    await using started = await startApp(lost, {
      ...metadata,
      rocketmq: { heartbeatIntervalMs: 50, requestTimeoutMs: 300 },
    });
    expect(await check(started)).toMatchObject({ status: 'up' });
    await lost.close();
    let status = 'up';
    while (status !== 'down') {
      ({ status } = await check(started));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('is down as long as a client that does not wait has not connected', async () => {
    await using started = await startApp(cluster, {
      ...metadata,
      rocketmq: { namesrv: '127.0.0.1:1', requestTimeoutMs: 300, waitForConnection: false },
    });
    expect(await check(started)).toMatchObject({ status: 'down', message: 'no name server answers' });
  });
});
