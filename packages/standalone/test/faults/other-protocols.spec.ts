import { getMaxOffset } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { undisturbed } from './bystander.js';
import { FaultServer, until } from './fault-server.js';
import { frame, Opcode, RawPeer, webSocketFrame } from './raw-peer.js';

const MIB = 1 << 20;
const request = (opaque: number): Buffer =>
  frame(getMaxOffset, { opaque, header: { topic: 'TBW102', queueId: 0, committed: true } });

/** Code of the closing frame that a WebSocket gets. The peer ends its side then, as it should. */
async function closingCode(peer: RawPeer): Promise<number> {
  const at = () => peer.bytes().lastIndexOf(0x88);
  await until(() => at() >= 0 || !peer.open);
  const bytes = peer.bytes();
  peer.socket.end();
  await peer.ended;
  return bytes.readUInt16BE(at() + 2);
}

describe('a WebSocket', () => {
  it('may cut a message into fragments wherever it likes, with pings between', async () => {
    const server = await FaultServer.start();
    const peer = await RawPeer.webSocket(server);
    const bytes = Buffer.concat([request(1), request(2)]);
    for (let at = 0; at < bytes.length; at++) {
      const final = at === bytes.length - 1;
      peer.send(webSocketFrame(at === 0 ? Opcode.BINARY : Opcode.CONTINUATION, bytes.subarray(at, at + 1), { final }));
      if (at % 50 === 0) peer.send(webSocketFrame(Opcode.PING, Buffer.from('still here?')));
    }
    peer.send(webSocketFrame(Opcode.BINARY, request(3)));
    await until(() => peer.text().includes('"opaque":3'));
    for (const opaque of [1, 2, 3]) expect(peer.text()).toContain(`"opaque":${opaque}`);
    expect(peer.open).toBe(true);
  });

  it.each([
    ['a text message', () => [webSocketFrame(Opcode.TEXT, Buffer.from('{"code":310}'))], 1003],
    [
      'a message longer than a frame may be',
      () => [webSocketFrame(Opcode.BINARY, Buffer.alloc(16 * MIB + 65_537))],
      1009,
    ],
    [
      'fragments that together are longer',
      () =>
        Array.from({ length: 20 }, (_, index) =>
          webSocketFrame(index === 0 ? Opcode.BINARY : Opcode.CONTINUATION, Buffer.alloc(MIB), { final: false }),
        ),
      1009,
    ],
    [
      'more fragments than anybody needs',
      () =>
        Array.from({ length: 20_000 }, (_, index) =>
          webSocketFrame(index === 0 ? Opcode.BINARY : Opcode.CONTINUATION, Buffer.alloc(1), { final: false }),
        ),
      1008,
    ],
    ['a frame that is not masked', () => [Buffer.from([0x82, 0x01, 0x00])], 1002],
    ['a compressed frame', () => [Buffer.from([0xc2, 0x81, 0, 0, 0, 0, 0])], 1002],
    ['a ping longer than pings are', () => [webSocketFrame(Opcode.PING, Buffer.alloc(126))], 1002],
    ['a continuation of nothing', () => [webSocketFrame(Opcode.CONTINUATION, Buffer.alloc(4))], 1002],
    ['an opcode that nobody knows', () => [webSocketFrame(5, Buffer.alloc(4))], 1002],
  ])('that sends %s is closed and told why', async (_, frames, code) => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const peer = await RawPeer.webSocket(server);
      for (const bytes of frames()) peer.send(bytes);
      expect(await closingCode(peer)).toBe(code);
      await until(async () => (await server.connections()) === 2);
    });
  });

  it('that sends pings without end and reads nothing costs no more than its bound', async () => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const peer = await RawPeer.webSocket(server, { reads: false });
      const pings = Buffer.concat(Array.from({ length: 8000 }, () => webSocketFrame(Opcode.PING, Buffer.alloc(125))));
      // 64 MiB of pings, or until the server has had enough.
      for (let round = 0; round < 64 && peer.open; round++) {
        await peer.pass(pings);
        expect(await server.metric('rocketmq_remoting_buffered_bytes')).toBeLessThan(8 * MIB);
      }
      await peer.ended;
    });
  });
});

describe('HTTP', () => {
  it.each([
    ['a request that is none', 'GET / HTTP/7.5\r\nHost: a\r\n\r\n', 400],
    ['a header without a name', 'GET /health HTTP/1.1\r\n: x\r\n\r\n', 400],
    ['a body whose length is nonsense', 'POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n', 400],
    [
      'two lengths that contradict each other',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a body that is larger than any here', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${MIB}\r\n\r\n`, 413],
    ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(64 * 1024)}`, 431],
    ['an upgrade to something else', 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n', 400],
    [
      'a WebSocket of a version that nobody speaks',
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      400,
    ],
    ['a path that is nowhere', 'GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    ['a method that is not served', 'DELETE /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
  ])('that is %s is refused and closed', async (_, text, status) => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server);
      peer.send(text);
      await peer.ended;
      expect(peer.text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    });
  });

  it('bodies without end are cut off', async () => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server);
      peer.send('POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = Buffer.from(`1000\r\n${'z'.repeat(0x1000)}\r\n`);
      let sent = 0;
      while (peer.open && sent < 64 * MIB) {
        await peer.pass(chunk);
        sent += chunk.length;
      }
      await peer.ended;
    });
  });

  it('requests without end whose answers nobody reads are not answered for ever', async () => {
    const server = await FaultServer.start({ limits: { httpRequestTimeoutMs: 300 } });
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server, { reads: false });
      const requests = Buffer.from('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000));
      for (let round = 0; round < 200 && peer.open; round++) peer.send(requests);
      await peer.ended;
    });
  });
});

describe('a protocol that is not served here', () => {
  it.each([
    ['a TLS client hello on a plain port', Buffer.from('16030100f4010000f00303', 'hex')],
    ['the first byte of TLS', Buffer.from([0x16])],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['Redis', Buffer.from('*1\r\n$4\r\nPING\r\n')],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['SMTP', Buffer.from('EHLO example.com\r\n')],
    ['a header of a proxy', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
  ])('%s is closed at once', async (_, bytes) => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const peer = await RawPeer.connect(server);
      peer.send(bytes);
      await peer.ended;
      expect(peer.bytes().length).toBe(0);
      expect(server.log.some(({ message }) => message.includes('its protocol is not served here'))).toBe(true);
    });
  });

  it('a client that says hello in TLS learns that the server has none', async () => {
    const server = await FaultServer.start();
    const { connect } = await import('node:tls');
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toMatch(/before secure TLS connection was established|ECONNRESET/);
  });
});
