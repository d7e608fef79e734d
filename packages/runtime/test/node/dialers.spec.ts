import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { tcpDialer } from '../../src/node/tcp-transport.js';
import { toTransportError } from '../../src/node/transport-errors.js';
import { wsDialer } from '../../src/node/ws-transport.js';
import type { HostPort } from '../../src/transport.js';
import { LOCALHOST } from './loopback.js';

const servers: Server[] = [];
const sockets: Socket[] = [];

/** A server that does what a test wants with each connection. */
async function serve(onSocket: (socket: Socket) => void): Promise<HostPort> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket);
  }).listen(0, LOCALHOST);
  servers.push(server);
  await once(server, 'listening');
  return { host: LOCALHOST, port: (server.address() as AddressInfo).port };
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

const message = (part: string) => expect.stringContaining(part) as string;

describe.each([
  ['tcp', tcpDialer()],
  ['ws', wsDialer()],
] as const)('the %s dialer', (_, dialer) => {
  it('says that nothing listens', async () => {
    const address = await serve(() => {});
    servers.pop()!.close();
    await expect(dialer.connect(address, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'REFUSED',
      message: message(`${LOCALHOST}:${address.port}`),
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('gives up when the caller does', async () => {
    const address = await serve(() => {});
    const gone = AbortSignal.abort(new Error('too late'));
    await expect(dialer.connect(address, { timeoutMs: 1_000, signal: gone })).rejects.toMatchObject({
      code: 'CLOSED',
      cause: { message: 'too late' },
    });
  });
});

describe('the tcp dialer', () => {
  it('gives up in time on a TLS server that says nothing', async () => {
    const address = await serve(() => {});
    const attempt = tcpDialer({ tls: {} }).connect(address, { timeoutMs: 50 });
    await expect(attempt).rejects.toMatchObject({ code: 'TIMEOUT', message: message('50 ms') });
  });

  it('tells a plain server from a TLS server', async () => {
    const address = await serve((socket) => socket.end('plain text that is no TLS record'));
    const attempt = tcpDialer({ tls: {} }).connect(address, { timeoutMs: 1_000 });
    await expect(attempt).rejects.toMatchObject({ code: 'TLS' });
  });
});

describe('the ws dialer', () => {
  it.each([
    ['closes', (socket: Socket) => socket.once('data', () => socket.end())],
    ['resets', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['speaks HTTP only', (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))],
    ['speaks remoting', (socket: Socket) => socket.once('data', () => socket.end(Buffer.alloc(50)))],
    ['says nothing', () => {}],
  ])('names tcp:// when the server %s', async (_, onSocket) => {
    const address = await serve(onSocket);
    await expect(wsDialer().connect(address, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'UPGRADE_REFUSED',
      message: message(`tcp://${LOCALHOST}:${address.port}`),
    });
  });

  it('gives up in the middle of the upgrade when the caller does', async () => {
    const giveUp = new AbortController();
    const address = await serve((socket) => socket.once('data', () => giveUp.abort()));
    const attempt = wsDialer().connect(address, { timeoutMs: 5_000, signal: giveUp.signal });
    await expect(attempt).rejects.toMatchObject({ code: 'CLOSED' });
    await new Promise((resolve) => sockets[0]!.on('close', resolve).resume());
  });
});

describe('transport errors', () => {
  const address = { host: 'broker', port: 10911 };
  const codeOf = (error: unknown) => toTransportError(error, 'connecting to', address).code;
  const errno = (code: string) => Object.assign(new Error(code), { code });

  it('have a code for what the operating system says', () => {
    expect(codeOf(errno('EHOSTUNREACH'))).toBe('UNREACHABLE');
    expect(codeOf(errno('ENOTFOUND'))).toBe('UNREACHABLE');
    expect(codeOf(errno('ETIMEDOUT'))).toBe('TIMEOUT');
    expect(codeOf(errno('ECONNRESET'))).toBe('CLOSED');
    expect(codeOf(errno('EADDRINUSE'))).toBe('ADDRESS_IN_USE');
    expect(codeOf(errno('CERT_HAS_EXPIRED'))).toBe('TLS');
    expect(codeOf(errno('DEPTH_ZERO_SELF_SIGNED_CERT'))).toBe('TLS');
    expect(codeOf(errno('EWHATEVER'))).toBe('CLOSED');
    expect(codeOf('a text')).toBe('CLOSED');
    expect(codeOf(new AggregateError([errno('ECONNREFUSED'), errno('ENETUNREACH')]))).toBe('REFUSED');
    const once = toTransportError(errno('EPIPE'), 'writing to', address);
    expect(toTransportError(once, 'connecting to', address)).toBe(once);
  });
});
