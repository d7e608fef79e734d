import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pullMessage, records, ResponseCode, sendMessageV2 } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { startBroker } from '../../src/index.js';
import { soundClient, undisturbed } from './bystander.js';
import { FaultServer, temporaryDirectory } from './fault-server.js';
import { RawPeer } from './raw-peer.js';
import { pullHeader, sendHeader } from './requests.js';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('a store that is open', () => {
  it('is opened by nobody else: the second server says who has it, and the first notices nothing', async () => {
    const first = await FaultServer.start();
    await undisturbed(first, async () => {
      for (let attempt = 0; attempt < 3; attempt++) {
        await expect(FaultServer.start({ storeDir: first.storeDir })).rejects.toThrow(/open already.*this process/);
      }
    });
  });

  it('is free again as soon as its server has closed', async () => {
    const storeDir = temporaryDirectory();
    for (let round = 0; round < 5; round++) await (await FaultServer.start({ storeDir })).close();
  });
});

describe('a server that cannot start', () => {
  it.each([
    ['a setting makes no sense', { defaultTopicQueueNums: '0' }, /defaultTopicQueueNums/],
    ['a list of delays cannot be read', { messageDelayLevel: 'soon later' }, /messageDelayLevel|delay/i],
    ['the store makes no sense of an option', { mappedFileSizeCommitLog: '3' }, /mappedFileSizeCommitLog/],
  ])('because %s leaves its port and store free', async (_, brokerProperties, message) => {
    const port = await freePort();
    const storeDir = temporaryDirectory();
    await expect(FaultServer.start({ port, storeDir, brokerProperties })).rejects.toThrow(message);
    const second = await FaultServer.start({ port, storeDir });
    expect((await second.page('/ready')).status).toBe(200);
  });

  it('because its store is damaged leaves the port free, and the files as they are', async () => {
    const storeDir = temporaryDirectory();
    const first = await FaultServer.start({ storeDir });
    const { port } = first;
    const client = await soundClient();
    await client.invoke(first.address, sendMessageV2, sendHeader('T'), { body: Buffer.from('x') });
    await first.close();
    writeFileSync(join(storeDir, 'commitlog', '00000000000000000000'), 'short');
    const before = readdirSync(storeDir, { recursive: true }).toSorted();
    await expect(FaultServer.start({ port, storeDir })).rejects.toThrow(/00000000000000000000/);
    expect(readdirSync(storeDir, { recursive: true }).toSorted()).toEqual(before);
    await FaultServer.start({ port });
  });

  it('as a broker of its own because its store is open elsewhere leaves its port free', async () => {
    const first = await FaultServer.start();
    const port = await freePort();
    await undisturbed(first, async () => {
      const broker = { port, storeDir: first.storeDir, namesrv: first.address };
      await expect(startBroker(broker)).rejects.toThrow(/open already/);
      await FaultServer.start({ port });
    });
  });

  it('because the port is taken leaves the store free', async () => {
    const first = await FaultServer.start();
    const storeDir = temporaryDirectory();
    await undisturbed(first, async () => {
      await expect(FaultServer.start({ port: first.port, storeDir })).rejects.toThrow(/the port is taken/);
    });
    await FaultServer.start({ storeDir });
  });
});

describe('a server that was closed', () => {
  it('gives its port to the next one at once, also with connections that did not end, and has lost nothing', async () => {
    const storeDir = temporaryDirectory();
    const port = await freePort();
    const client = await soundClient();
    for (let round = 0; round < 5; round++) {
      const server = await FaultServer.start({ storeDir, port });
      const sent = await client.invoke(server.address, sendMessageV2, sendHeader('T'), {
        body: Buffer.from(`round ${round}`),
        timeoutMs: 10_000,
      });
      expect(sent.code).toBe(ResponseCode.SUCCESS);
      const idle = await Promise.all([RawPeer.connect(server), RawPeer.webSocket(server), RawPeer.connect(server)]);
      await server.close();
      expect(idle).toHaveLength(3);
    }
    const last = await FaultServer.start({ storeDir, port });
    const pulled = await client.invoke(last.address, pullMessage, pullHeader('T', 0), { timeoutMs: 10_000 });
    expect([...records(pulled.body)].map(({ body }) => Buffer.from(body).toString())).toEqual([
      'round 0',
      'round 1',
      'round 2',
      'round 3',
      'round 4',
    ]);
  });

  it('closes as often as it is told to', async () => {
    const server = await FaultServer.start();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});
