import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import { SEND_CHANNEL, type SendTrace } from '../../src/client/tracing.js';
import { diagnosticsTracing } from '../../src/node/diagnostics.js';
import { DefaultProducer } from '../../src/producer/default-producer.js';
import { FakeCluster } from '../fake-cluster.js';

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

describe('rocketmq:send', () => {
  it('tells who listens of each send and its end, and nobody otherwise', async () => {
    const cluster = new FakeCluster().broker('a', 'a:1').topic('t', [{ name: 'a', queues: 1 }]);
    clusters.push(cluster);
    const instance = new ClientInstance(
      { namesrv: 'memory://ns:9876' },
      { ...cluster.ports, tracing: diagnosticsTracing },
    );
    await cluster.run(instance.start());
    const producer = new DefaultProducer({ instance }, { group: 'g' });
    expect(diagnosticsTracing.send.heard).toBe(false);
    await cluster.run(producer.send('t', 0));
    const heard: unknown[] = [];
    const channel = tracingChannel<unknown, SendTrace & { result?: unknown; error?: unknown }>(SEND_CHANNEL);
    const subscribers = {
      start: ({ group, message }: SendTrace) => void heard.push(['start', group, message.topic, message.body]),
      asyncEnd: ({ result }: { result?: unknown }) =>
        void heard.push(['end', (result as { status?: string } | undefined)?.status]),
      error: ({ error }: { error?: unknown }) => void heard.push(['error', (error as { code?: string }).code]),
    };
    channel.subscribe(subscribers as never);
    expect(diagnosticsTracing.send.heard).toBe(true);
    await cluster.run(producer.send('t', 1));
    await expect(cluster.run(producer.send('nowhere', 2))).rejects.toMatchObject({ code: 'NO_ROUTE' });
    channel.unsubscribe(subscribers as never);
    await cluster.run(producer.send('t', 3));
    expect(heard).toEqual([
      ['start', 'g', 't', 1],
      ['end', 'SEND_OK'],
      ['start', 'g', 'nowhere', 2],
      ['error', 'NO_ROUTE'],
      ['end', undefined],
    ]);
    await cluster.run(instance.close());
  });
});
