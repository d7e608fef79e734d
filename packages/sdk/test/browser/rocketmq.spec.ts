import { WebSocket } from 'ws';
import { browserWsDialer, type WebSocketLike } from '@cometmq/runtime/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platformPorts } from '../../src/browser/platform-ports.js';
import { RocketMQ } from '../../src/client/rocketmq.js';
import { type RunningCluster, startCluster, until } from '../e2e/standalone.js';

let cluster: RunningCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

/** The browser's ports over a socket with the browser's interface. */
const ports = () => ({
  ...platformPorts(),
  dialers: { ws: browserWsDialer({ open: (url) => new WebSocket(url) as unknown as WebSocketLike }) },
});

describe('the browser client', () => {
  it('sends and consumes over WebSocket', async () => {
    await using mq = await RocketMQ.connect({ namesrv: cluster.address }, ports());
    const producer = mq.producer();
    await producer.send('from-browser', { id: 1, text: 'ü' }, { tags: 'a' });
    await producer.send('from-browser', 'x'.repeat(20_000), { tags: 'large' });
    const got = new Map<string, unknown>();
    const consumer = mq.pushConsumer({ group: 'browser', consumeFrom: 'first' });
    consumer.subscribe('from-browser', (message) => void got.set(message.tags!, message.body));
    await consumer.start();
    await until(() => got.size === 2);
    expect(got.get('a')).toEqual({ id: 1, text: 'ü' });
    expect(got.get('large')).toBe('x'.repeat(20_000));
    expect(mq.clientId).toMatch(/^10\.\d+\.\d+\.\d+@/);
  });

  it('says that there is no TCP in a browser', async () => {
    await expect(RocketMQ.connect({ namesrv: `tcp://${cluster.address}` }, ports())).rejects.toThrow(/transport tcp/);
  });

  it('says what may be wrong when nobody answers', async () => {
    await expect(RocketMQ.connect({ namesrv: '127.0.0.1:1' }, ports())).rejects.toMatchObject({
      code: 'NO_NAMESRV',
      message: expect.stringContaining('did not open a WebSocket'),
    });
  });
});
