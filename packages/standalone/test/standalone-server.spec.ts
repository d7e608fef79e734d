import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getRouteinfoByTopic,
  pullMessage,
  records,
  ResponseCode,
  sendMessageV2,
  topicRouteData,
} from '@cometmq/protocol';
import { RemotingClient } from '@cometmq/remoting';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { afterEach, describe, expect, it } from 'vitest';
import { startStandalone, type StandaloneServer } from '../src/index.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function storeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cometmq-standalone-'));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function started(dir: string): Promise<StandaloneServer> {
  const server = await startStandalone({ port: 0, storeDir: dir });
  cleanups.push(() => server.close());
  return server;
}

async function client(): Promise<RemotingClient> {
  const remoting = new RemotingClient({ name: 'test', defaultKind: 'tcp' }, nodePorts({ logger: silentLogger }));
  await remoting.start();
  cleanups.push(() => remoting.close());
  return remoting;
}

const message = (topic: string) => ({
  producerGroup: 'p',
  topic,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  flag: 0,
  properties: 'TAGS\u0001a\u0002',
  reconsumeTimes: 0,
  unitMode: false,
  batch: false,
});

const pullOf = (topic: string) => ({
  consumerGroup: 'c',
  topic,
  queueId: 1,
  queueOffset: 0,
  maxMsgNums: 32,
  sysFlag: 4,
  commitOffset: 0,
  suspendTimeoutMillis: 0,
  subscription: '*',
  subVersion: 0,
});

describe('StandaloneServer', () => {
  it.each(['tcp', 'ws'])('takes a message, tells the way to it and gives it out over %s', async (kind) => {
    const server = await started(storeDir());
    const remoting = await client();
    const address = `${kind}://${server.namesrv}`;
    const sent = await remoting.invoke(address, sendMessageV2, message('orders'), { body: Buffer.from('hello') });
    expect(sent).toMatchObject({ code: ResponseCode.SUCCESS, header: { queueId: 1, queueOffset: 0 } });
    const route = topicRouteData.decode(
      (await remoting.invoke(address, getRouteinfoByTopic, { topic: 'orders' })).body,
    );
    expect(route.brokerDatas[0]!.brokerAddrs.get(0)).toBe(server.namesrv);
    const pulled = await remoting.invoke(address, pullMessage, pullOf('orders'));
    expect(pulled.code).toBe(ResponseCode.SUCCESS);
    expect([...records(pulled.body)].map(({ body }) => Buffer.from(body).toString())).toEqual(['hello']);
  });

  it('keeps messages over a restart', async () => {
    const dir = storeDir();
    const remoting = await client();
    const first = await started(dir);
    await remoting.invoke(first.namesrv, sendMessageV2, message('kept'), { body: Buffer.from('still here') });
    await first.close();
    const second = await started(dir);
    const pulled = await remoting.invoke(second.namesrv, pullMessage, pullOf('kept'));
    expect([...records(pulled.body)].map(({ body }) => Buffer.from(body).toString())).toEqual(['still here']);
  });

  it('refuses a store that is open, and says who has it', async () => {
    const dir = storeDir();
    await started(dir);
    await expect(startStandalone({ port: 0, storeDir: dir })).rejects.toThrow(/lock|open|use/i);
  });

  it('refuses options that make no sense, naming key and range', async () => {
    await expect(
      startStandalone({ port: 0, storeDir: storeDir(), brokerProperties: { defaultTopicQueueNums: 'many' } }),
    ).rejects.toThrow(/defaultTopicQueueNums.*many/);
    await expect(
      startStandalone({ port: 0, storeDir: storeDir(), brokerProperties: { flushDiskType: 'SOMETIMES' } }),
    ).rejects.toThrow(/flushDiskType=SOMETIMES.*ASYNC_FLUSH, SYNC_FLUSH/);
  });

  it('tells health and metrics over HTTP on the same port', async () => {
    const server = await started(storeDir());
    const health = await fetch(`http://${server.namesrv}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'up' });
    const metrics = await (await fetch(`http://${server.namesrv}/metrics`)).text();
    expect(metrics).toMatch(/^# TYPE \S+ (counter|gauge)$/m);
  });
});
