import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQ, type TlsClientOptions } from '../../src/index.js';
import { type RunningCluster, startCluster, until } from './standalone.js';

const pem = (name: string) => readFileSync(new URL(`../../../runtime/test/fixtures/${name}`, import.meta.url), 'utf8');
const identity = { cert: pem('server-cert.pem'), key: pem('server-key.pem') };
const trusting = { ca: identity.cert };

let cluster: RunningCluster;
beforeAll(async () => {
  cluster = await startCluster({ tls: { mode: 'enforcing', identity, client: trusting } });
});
afterAll(() => cluster.close());

const connect = (scheme: string, tls: boolean | TlsClientOptions = false): Promise<RocketMQ> =>
  RocketMQ.connect({ namesrv: `${scheme}://${cluster.address}`, tls });

describe('a server that enforces TLS', () => {
  it.each(['tcp', 'ws', 'tls', 'wss'])(
    'serves producers and consumers over %s with its certificate',
    async (scheme) => {
      await using mq = await connect(scheme, trusting);
      const topic = `secure-${scheme}`;
      await mq.producer().send(topic, 'first');
      const seen: unknown[] = [];
      const consumer = mq.pushConsumer({ group: `g-${scheme}`, consumeFrom: 'first' });
      consumer.subscribe(topic, ({ body }) => void seen.push(body));
      await consumer.start();
      await mq.producer().send(topic, 'second');
      await until(() => seen.length === 2);
      expect(seen.toSorted()).toEqual(['first', 'second']);
    },
  );

  it('is not trusted without its certificate, and says why', async () => {
    await expect(connect('wss')).rejects.toThrow(/self.signed certificate/);
    await expect(connect('tcp', true)).rejects.toThrow(/self.signed certificate/);
  });

  it('turns away clients that speak without TLS', async () => {
    await expect(connect('tcp')).rejects.toThrow(/name server/);
    await expect(connect('ws')).rejects.toThrow(/name server/);
  });
});
