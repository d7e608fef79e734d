import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameDecoder, FrameWriter, getMaxOffset, pullMessage, ResponseCode, sendMessageV2 } from '@cometmq/protocol';
import { RemotingClient } from '@cometmq/remoting';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pullHeader } from '../src/load.js';
import type { ServerProcess } from '../src/server-process.js';
import { buildCommand, serverProcess, temporaryStore } from './built.js';

buildCommand();

const MIB = 1 << 20;
const WANTED_CONNECTIONS = 10_000;
/** Of this process: sockets to the server, and some for everything else. */
const SPARE_DESCRIPTORS = 500;

/** Node raises its own limit as far as it may. */
const descriptorLimit = (): number => Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Infinity;

async function startServer(): Promise<{ server: ServerProcess; address: string; port: number }> {
  const server = serverProcess({ storeDir: temporaryStore(), settings: { mappedFileSizeCommitLog: String(16 * MIB) } });
  const address = await server.ready;
  return { server, address, port: Number(address.split(':').at(-1)) };
}

async function newClient(): Promise<RemotingClient> {
  const client = new RemotingClient({ defaultKind: 'tcp', drainTimeoutMs: 0 }, nodePorts({ logger: silentLogger }));
  await client.start();
  onTestFinished(() => client.close());
  return client;
}

async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const question = (() => {
  const writer = new FrameWriter();
  writer.writeRequest(getMaxOffset, { opaque: 1, header: { topic: 'TBW102', queueId: 0, committed: true } });
  return Buffer.concat(writer.take());
})();

/** One question and its answer: from then on the server knows the connection and waits. */
async function greet(socket: Socket): Promise<void> {
  const decoder = new FrameDecoder();
  socket.write(question);
  for (let answered = false; !answered;) {
    const [bytes] = (await once(socket, 'data')) as [Uint8Array];
    decoder.push(bytes, () => (answered = true));
  }
}

const sendTo = (client: RemotingClient, address: string, bytes: number) =>
  client.invoke(
    address,
    sendMessageV2,
    {
      producerGroup: 'p',
      topic: 'plenty',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 1_700_000_000_000,
      flag: 0,
      properties: '',
      reconsumeTimes: 0,
      unitMode: false,
      batch: false,
    },
    { body: Buffer.alloc(bytes), timeoutMs: 10_000 },
  );

/** Memory is counted where Linux shows it. */
const residentBytes = (server: ServerProcess): number => server.residentBytes() ?? Number.NaN;

describe.runIf(process.platform === 'linux')('the memory of a server', () => {
  it('holds ten thousand idle connections, or as many as this process may open, and serves the next one', async () => {
    const { server, address, port } = await startServer();
    const client = await newClient();
    for (let warm = 0; warm < 500; warm++) await sendTo(client, address, 100);
    const before = residentBytes(server);
    const count = Math.min(WANTED_CONNECTIONS, descriptorLimit() - SPARE_DESCRIPTORS);
    for (let opened = 0; opened < count;) {
      const batch = await Promise.all(Array.from({ length: Math.min(250, count - opened) }, () => connectTo(port)));
      await Promise.all(batch.map(greet));
      opened += batch.length;
    }
    const perConnection = (residentBytes(server) - before) / count;
    expect(count).toBeGreaterThan(0);
    expect(perConnection).toBeLessThan(32 * 1024);
    const metrics = await (await fetch(`http://${address}/metrics`)).text();
    const samples = [...metrics.matchAll(/^rocketmq_remoting_connections\{.*kind="tcp"\} (\d+)$/gm)];
    expect(Number(samples[0]![1])).toBe(count + 1);
    expect((await sendTo(client, address, 100)).code).toBe(ResponseCode.SUCCESS);
    await greet(await connectTo(port));
  }, 60_000);

  it('is bounded when a hundred readers ask for gigabytes and read nothing', async () => {
    const { server, address, port } = await startServer();
    const client = await newClient();
    for (let index = 0; index < 32; index++)
      expect((await sendTo(client, address, 8000)).code).toBe(ResponseCode.SUCCESS);
    const before = residentBytes(server);
    const writer = new FrameWriter();
    for (let opaque = 0; opaque < 2000; opaque++) {
      const header = { ...pullHeader('plenty', 0, 0), suspendTimeoutMillis: 0 };
      writer.writeRequest(pullMessage, { opaque, header });
    }
    const pulls = Buffer.concat(writer.take());
    const readers = await Promise.all(Array.from({ length: 100 }, () => connectTo(port)));
    for (const reader of readers) reader.pause().write(pulls);
    let most = 0;
    for (let round = 0; round < 100; round++) {
      expect((await sendTo(client, address, 100)).code).toBe(ResponseCode.SUCCESS);
      most = Math.max(most, residentBytes(server) - before);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // What they asked for are 50 GiB.
    expect(most).toBeLessThan(512 * MIB);
    expect(readers.every((reader) => !reader.destroyed)).toBe(true);
  }, 60_000);
});
