import {
  getConsumerListByGroup,
  getMaxOffset,
  heartBeat,
  pullMessage,
  ResponseCode,
  sendMessageV2,
} from '@cometmq/protocol';
import { VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { soundClient, undisturbed } from './bystander.js';
import { FaultServer, until } from './fault-server.js';
import { frame, Opcode, RawPeer, webSocketFrame } from './raw-peer.js';
import { pullHeader, sendHeader, SUBSCRIPTION, SUSPEND } from './requests.js';

const MIB = 1 << 20;

/** A topic with as much in its queue 0 as one pull gives out: 256 KiB. */
async function fill(server: FaultServer, topic: string): Promise<void> {
  const client = await soundClient();
  for (let index = 0; index < 32; index++) {
    const sent = await client.invoke(server.address, sendMessageV2, sendHeader(topic), { body: Buffer.alloc(8000) });
    expect(sent.code).toBe(ResponseCode.SUCCESS);
  }
  await client.close();
}

function pulls(topic: string, count: number, more: Parameters<typeof pullHeader>[2] = {}): Buffer {
  const frames: Buffer[] = [];
  for (let opaque = 0; opaque < count; opaque++)
    frames.push(frame(pullMessage, { opaque, header: pullHeader(topic, 0, more) }));
  return Buffer.concat(frames);
}

const held = frame(pullMessage, {
  opaque: 1,
  header: pullHeader('plenty', 32, { sysFlag: SUSPEND | SUBSCRIPTION, suspendTimeoutMillis: 300_000 }),
});

describe('a reader that never reads', () => {
  it.each([
    ['TCP', RawPeer.connect, (bytes: Buffer) => bytes],
    ['one WebSocket message', RawPeer.webSocket, (bytes: Buffer) => webSocketFrame(Opcode.BINARY, bytes)],
  ] as const)('and pulls 10 GiB over %s costs a few MiB', async (_, connect, wrap) => {
    const server = await FaultServer.start();
    await fill(server, 'plenty');
    await undisturbed(server, async () => {
      const peer = await connect(server, { reads: false });
      peer.send(wrap(pulls('plenty', 40_000)));
      const buffered = () => server.metric('rocketmq_remoting_buffered_bytes');
      await until(async () => (await buffered()) > MIB);
      for (let look = 0; look < 20; look++) expect(await buffered()).toBeLessThan(4 * MIB);
      expect(peer.open).toBe(true);
      // Nothing was forgotten: as soon as it reads it gets what it asked for.
      let received = 0;
      peer.socket.on('data', (bytes) => (received += bytes.length));
      peer.socket.resume();
      await until(() => received > 64 * MIB);
    });
  });

  it('of messages that are on the disk costs no more than its bound', async () => {
    const first = await FaultServer.start();
    await fill(first, 'plenty');
    await first.close();
    const server = await FaultServer.start({ storeDir: first.storeDir });
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server, { reads: false });
      peer.send(pulls('plenty', 40_000));
      const buffered = () => server.metric('rocketmq_remoting_buffered_bytes');
      await until(async () => (await buffered()) > MIB);
      await until(async () => (await server.metric('rocketmq_remoting_requests_working')) === 0);
      expect(await buffered()).toBeLessThan(40 * MIB);
      expect(peer.open).toBe(true);
    });
  });
});

describe('a client that lets pulls be held', () => {
  it('without end leaves room for others to send, to pull and to be held', async () => {
    const server = await FaultServer.start();
    await fill(server, 'plenty');
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server);
      peer.send(Buffer.concat(Array.from({ length: 110_000 }, () => held)));
      // What is beyond its share is refused, not held.
      await until(() => peer.bytes().includes(`"code":${ResponseCode.SYSTEM_BUSY}`));
      const holding = await server.metric('rocketmq_broker_held_pulls');
      expect(holding).toBe(10_000);
      const patient = await RawPeer.connect(server);
      patient.send(held);
      await until(async () => (await server.metric('rocketmq_broker_held_pulls')) === holding + 1);
    });
  });
});

describe('under virtual time', () => {
  /** Time goes on in steps small enough for clients that are there. */
  async function pass(clock: VirtualClock, ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5000) {
      await clock.advance(Math.min(left, 5000));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('a connection on which nothing moves any more is closed after two minutes, whatever it was in the middle of', async () => {
    const clock = new VirtualClock();
    const server = await FaultServer.start({ clock });
    await undisturbed(server, async () => {
      const question = frame(getMaxOffset, { opaque: 1, header: { topic: 'TBW102', queueId: 0, committed: true } });
      const quiet = await RawPeer.connect(server);
      quiet.send(question);
      const halfway = await RawPeer.connect(server);
      halfway.send(question.subarray(0, 30));
      const message = await RawPeer.webSocket(server);
      message.send(webSocketFrame(Opcode.BINARY, question.subarray(0, 30), { final: false }));
      await until(async () => (await server.connections()) === 5);
      await pass(clock, 115_000);
      expect(quiet.open && halfway.open).toBe(true);
      await pass(clock, 20_000);
      expect(await Promise.all([quiet.ended, halfway.ended])).toEqual(['fin', 'fin']);
      await until(async () => (await server.connections()) === 2);
    });
  });

  it('a consumer that says nothing any more leaves its group, and its connection is closed', async () => {
    const clock = new VirtualClock();
    const server = await FaultServer.start({ clock });
    await undisturbed(server, async () => {
      const silent = await RawPeer.connect(server, { reads: false });
      const hello = { clientID: 'silent', consumerDataSet: [{ groupName: 'G', subscriptionDataSet: [] }] };
      silent.send(frame(heartBeat, { opaque: 1, header: {}, body: Buffer.from(JSON.stringify(hello)) }));
      const client = await soundClient();
      const members = async () => {
        const answer = await client.invoke(server.address, getConsumerListByGroup, { consumerGroup: 'G' });
        return answer.code === ResponseCode.SUCCESS ? Buffer.from(answer.body).toString() : 'none';
      };
      await until(async () => (await members()).includes('silent'));
      await pass(clock, 140_000);
      expect(await members()).toBe('none');
    });
  });
});

describe('a client that takes its time', () => {
  it.each([
    ['that shows one byte of its protocol', 'G'],
    ['that shows half a line', 'GET /hea'],
    ['that shows half a header', 'GET /health HTTP/1.1\r\nHo'],
  ])('%s and then no more is closed', async (_, text) => {
    const server = await FaultServer.start({ limits: { sniffTimeoutMs: 200, httpRequestTimeoutMs: 200 } });
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server);
      peer.send(text);
      await peer.ended;
    });
  });

  it('over the headers of HTTP, a byte now and then, is closed', async () => {
    const server = await FaultServer.start({ limits: { httpRequestTimeoutMs: 300 } });
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server);
      peer.send('GET /health HTTP/1.1\r\n');
      const trickle = setInterval(() => peer.send('x'), 20);
      await peer.ended;
      clearInterval(trickle);
    });
  });

  it('over its requests, a byte at a time, is answered, and dozens of them disturb nobody', async () => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const question = frame(sendMessageV2, { opaque: 1, header: sendHeader('slow'), body: Buffer.from('in the end') });
      const peers = await Promise.all(Array.from({ length: 40 }, () => RawPeer.connect(server)));
      for (const byte of question) {
        for (const peer of peers) peer.send(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const peer of peers) expect((await peer.answer(1)).code).toBe(ResponseCode.SUCCESS);
    });
  });

  it('that goes away without a word in the middle of a request is forgotten', async () => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      for (let round = 0; round < 50; round++) {
        const peer = await RawPeer.connect(server);
        peer.send(held);
        peer.send(held.subarray(0, 20));
        peer.socket.resetAndDestroy();
      }
      await until(async () => (await server.connections()) === 2);
      await until(async () => (await server.metric('rocketmq_broker_held_pulls')) === 0);
    });
  });
});
