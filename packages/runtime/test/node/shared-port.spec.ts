import { once } from 'node:events';
import { request } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { tcpDialer } from '../../src/node/tcp-transport.js';
import { wsDialer } from '../../src/node/ws-transport.js';
import type { AcceptOptions, HttpRequest } from '../../src/transport.js';
import type { SharedPortOptions } from '../../src/node/shared-port.js';
import { frame, LOCALHOST, readToEnd, Recorder, TestPort } from './loopback.js';

const open: TestPort[] = [];

async function openPort(options?: Partial<SharedPortOptions>, accepting?: Partial<AcceptOptions>): Promise<TestPort> {
  const port = await TestPort.open(options, accepting);
  open.push(port);
  return port;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((port) => port.close()));
});

const dialers = { tcp: tcpDialer(), ws: wsDialer() };
const inTime = { timeoutMs: 5_000 };

describe.each(Object.entries(dialers))('%s on the shared port', (kind, dialer) => {
  it('carries bytes both ways, also those sent before anybody listens', async () => {
    const port = await openPort();
    const near = await dialer.connect(port.address, inTime);
    near.send(frame(100, 1));
    near.send(frame(50, 2));
    const far = await port.accepted();
    expect([near.kind, far.kind, near.secure, far.secure]).toEqual([kind, kind, false, false]);
    expect(far.remote).toEqual(near.local);
    expect(far.local).toEqual(near.remote);
    const server = new Recorder(far);
    expect(await server.bytes(150)).toEqual(Buffer.concat([frame(100, 1), frame(50, 2)]));
    const client = new Recorder(near);
    far.send(frame(70, 3));
    expect(await client.bytes(70)).toEqual(frame(70, 3));
  });

  it('sends what is queued before it closes, and tells both ends once and without an error', async () => {
    const port = await openPort();
    const near = await dialer.connect(port.address, inTime);
    const client = new Recorder(near);
    near.send(frame(3_000_000));
    near.close();
    near.close();
    near.send(frame(10));
    const server = new Recorder(await port.accepted());
    expect(await server.closed()).toBeUndefined();
    expect(await client.closed()).toBeUndefined();
    expect(server.count).toBe(3_000_000);
    near.destroy();
    expect([client.closings, server.closings]).toEqual([1, 1]);
  });

  it('hands the reason of a destroy to the own handler', async () => {
    const port = await openPort();
    const client = new Recorder(await dialer.connect(port.address, inTime));
    client.channel.send(frame(10));
    const server = new Recorder(await port.accepted());
    const reason = new Error('idle for too long');
    client.channel.destroy(reason);
    expect(await client.closed()).toBe(reason);
    await server.closed();
  });

  it('tells a handler that is attached after the end', async () => {
    const port = await openPort();
    const near = await dialer.connect(port.address, inTime);
    near.send(frame(10));
    (await port.accepted()).destroy();
    near.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await new Recorder(near).closed()).toBeUndefined();
  });

  it('ends the connection when a handler throws', async () => {
    const port = await openPort();
    const near = await dialer.connect(port.address, inTime);
    near.send(frame(10));
    const far = await port.accepted();
    const failure = new Error('no such command');
    const told = new Promise((resolve) => {
      far.attach({
        data() {
          throw failure;
        },
        drained() {},
        closed: resolve,
      });
    });
    expect(await told).toBe(failure);
    await new Recorder(near).closed();
  });

  it('reports a slow reader through bufferedBytes and drained', async () => {
    const port = await openPort();
    const client = new Recorder(await dialer.connect(port.address, inTime));
    client.channel.send(frame(10));
    const far = await port.accepted();
    const server = new Recorder(far);
    await server.bytes(10);
    far.pause();
    const total = 32 * 1024 * 1024;
    for (let sent = 0; sent < total; sent += 256 * 1024) client.channel.send(Buffer.alloc(256 * 1024));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.channel.bufferedBytes).toBeGreaterThan(1024 * 1024);
    expect(client.drains).toBe(0);
    const before = server.count;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.count - before).toBeLessThan(1024 * 1024);
    server.channel.resume();
    await client.until(() => client.drains > 0);
    expect(client.channel.bufferedBytes).toBeLessThan(256 * 1024);
    await server.until(() => server.count === total + 10);
  });

  it('keeps connections when the port stops listening, and the port is free at once', async () => {
    const port = await openPort();
    const client = new Recorder(await dialer.connect(port.address, inTime));
    client.channel.send(frame(10));
    const server = new Recorder(await port.accepted());
    await port.stopListening();
    await port.stopListening();
    await expect(dialer.connect(port.address, inTime)).rejects.toMatchObject({ code: 'REFUSED' });
    server.channel.send(frame(20));
    await client.bytes(20);
  });
});

describe('WebSocket on the shared port', () => {
  async function webSocket(port: TestPort, path = '/'): Promise<WebSocket> {
    const ws = new WebSocket(`ws://${LOCALHOST}:${port.address.port}${path}`, { perMessageDeflate: true });
    await once(ws, 'open');
    return ws;
  }

  it('hands each message on as one chunk, also a fragmented one', async () => {
    const port = await openPort();
    const ws = await webSocket(port);
    expect(ws.extensions).toBe('');
    const server = new Recorder(await port.accepted());
    const many = Buffer.concat([frame(10), frame(20), frame(30)]);
    ws.send(frame(10));
    ws.send(many);
    ws.send(many.subarray(0, 25), { fin: false });
    ws.send(many.subarray(25, 26), { fin: false });
    ws.send(many.subarray(26), { fin: true });
    await server.bytes(130);
    expect(server.chunks).toEqual([frame(10), many, many]);
    ws.terminate();
    expect(await server.closed()).toMatchObject({ code: 'CLOSED' });
  });

  it('tells which address the client dialled', async () => {
    const port = await openPort();
    const ws = new WebSocket(`ws://${LOCALHOST}:${port.address.port}/`, { headers: { host: 'mq.example:19876' } });
    expect((await port.accepted()).dialed).toEqual({ host: 'mq.example', port: 19876 });
    await once(ws, 'open');
    ws.close();
  });

  it('refuses a text message with code 1003', async () => {
    const port = await openPort();
    const ws = await webSocket(port);
    const server = new Recorder(await port.accepted());
    ws.send('hello');
    const [code] = (await once(ws, 'close')) as [number];
    expect(code).toBe(1003);
    expect(await server.closed()).toMatchObject({ code: 'PROTOCOL' });
    expect(server.count).toBe(0);
  });

  it('refuses a message over 16 MiB + 64 KiB with code 1009', async () => {
    const port = await openPort();
    const ws = await webSocket(port);
    const server = new Recorder(await port.accepted());
    const most = 16 * 1024 * 1024 + 64 * 1024;
    ws.send(Buffer.alloc(most));
    await server.bytes(most);
    ws.send(Buffer.alloc(most + 1));
    const [code] = (await once(ws, 'close')) as [number];
    expect(code).toBe(1009);
    expect(await server.closed()).toMatchObject({ code: 'PROTOCOL' });
  });

  it('lets the owner choose which pages may connect', async () => {
    const port = await openPort({ allowOrigin: (origin) => origin === undefined || origin === 'https://good.example' });
    const origin = (value: string) => new WebSocket(`ws://${LOCALHOST}:${port.address.port}/`, { origin: value });
    const good = origin('https://good.example');
    await once(good, 'open');
    good.close();
    const [error] = (await once(origin('https://evil.example'), 'error')) as [Error];
    expect(error.message).toContain('403');
  });

  it('says tcp:// when an upgrade is refused', async () => {
    const port = await openPort({ allowOrigin: () => false });
    const where = `${LOCALHOST}:${port.address.port}`;
    await expect(wsDialer().connect(port.address, inTime)).rejects.toMatchObject({
      code: 'UPGRADE_REFUSED',
      message: expect.stringContaining(`tcp://${where}`) as string,
    });
  });
});

describe('HTTP on the shared port', () => {
  interface Answer {
    readonly status: number;
    readonly body: string;
    readonly type: string | undefined;
  }

  function fetchFrom(port: TestPort, path: string, method = 'GET', body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request({ ...port.address, path, method, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode!, body: text, type: response.headers['content-type'] });
        });
      });
      call.on('error', reject).end(body);
    });
  }

  it('answers 404 without a handler', async () => {
    expect((await fetchFrom(await openPort(), '/')).status).toBe(404);
  });

  it('hands requests to the handler', async () => {
    const seen: HttpRequest[] = [];
    const port = await openPort(
      {},
      {
        http: (http) => {
          seen.push(http);
          return Promise.resolve({ status: 200, contentType: 'text/plain', body: `you asked ${http.path}` });
        },
      },
    );
    expect(await fetchFrom(port, '/metrics?topic=a%20b&x=1&x=2')).toEqual({
      status: 200,
      body: 'you asked /metrics',
      type: 'text/plain',
    });
    expect(seen[0]).toMatchObject({ method: 'GET', path: '/metrics', query: { topic: 'a b', x: '2' } });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const body = method.startsWith('P') ? 'a body' : undefined;
      expect((await fetchFrom(port, '/', method, body)).status).toBe(200);
    }
    expect(await fetchFrom(port, '/', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect((await fetchFrom(port, '/', 'POST', 'x'.repeat(100_000))).status).toBe(413);
  });

  it('answers 500 when the handler fails and 503 when it never ends', async () => {
    const http = ({ path }: HttpRequest) => {
      if (path === '/fail') throw new Error('broken');
      return new Promise<never>(() => {});
    };
    const port = await openPort({ httpRequestTimeoutMs: 100 }, { http });
    expect((await fetchFrom(port, '/fail')).status).toBe(500);
    expect((await fetchFrom(port, '/hang')).status).toBe(503);
  });

  it('refuses headers that are too long', async () => {
    const port = await openPort({ maxHttpHeaderBytes: 2_000 });
    const socket = await port.rawSocket();
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(5_000)}\r\n\r\n`);
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 431/);
  });

  it('closes a request that never becomes whole', async () => {
    const port = await openPort({ httpRequestTimeoutMs: 100 });
    const socket = await port.rawSocket();
    socket.write('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X: y\r\n'), 10);
    expect(await readToEnd(socket)).toBe('');
    clearInterval(drip);
  });
});

describe('what else comes to the shared port', () => {
  it('closes connections that do not show their protocol in time', async () => {
    const port = await openPort({ sniffTimeoutMs: 50 });
    const silent = await port.rawSocket();
    const slow = await port.rawSocket();
    slow.write('GE');
    expect(await Promise.all([readToEnd(silent), readToEnd(slow)])).toEqual(['', '']);
    expect(port.channels).toEqual([]);
  });

  it('takes a request that comes in single bytes', async () => {
    const port = await openPort();
    const socket = await port.rawSocket();
    for (const letter of 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n') {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 404/);
  });

  it('closes what is no protocol of ours and survives garbage', async () => {
    const port = await openPort(
      { sniffTimeoutMs: 200, httpRequestTimeoutMs: 200 },
      { accept: (channel) => channel.destroy() },
    );
    const starts = [
      '',
      'GET ',
      'POST',
      'GET / HTTP/1.1\r\n',
      '\u0016\u0003\u0001',
      '\u0000\u0000',
      '\u0001',
      'PRI * HTTP/2.0',
    ];
    const garbage = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ minLength: 1, maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(garbage, async ([start, bytes]) => {
        const socket = await port.rawSocket();
        socket.write(Buffer.concat([Buffer.from(start, 'latin1'), bytes]));
        socket.end();
        await readToEnd(socket);
      }),
      { numRuns: 150 },
    );
    const late = await port.rawSocket();
    late.write('SSH-2.0-OpenSSH_9.6\r\n');
    expect(await readToEnd(late)).toBe('');
    const client = await tcpDialer().connect(port.address, inTime);
    client.send(frame(10));
    await new Recorder(client).closed();
  });

  it('ends a connection whose peer ends its half', async () => {
    const port = await openPort();
    const socket = await port.rawSocket();
    socket.end(frame(10));
    const server = new Recorder(await port.accepted());
    expect(await server.closed()).toBeUndefined();
    expect(server.count).toBe(10);
  });

  it('refuses to listen on a port that is taken', async () => {
    const port = await openPort();
    const { sharedPort } = await import('../../src/node/shared-port.js');
    const { silentLogger } = await import('../../src/telemetry.js');
    const again = sharedPort({ logger: silentLogger }).listen(port.address, { accept() {} });
    await expect(again).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  });

  it('drops connections over the bound', async () => {
    const port = await openPort({ maxConnections: 2 });
    const first = [await port.rawSocket(), await port.rawSocket()];
    for (const socket of first) socket.write(frame(10));
    await port.accepted(1);
    expect(await readToEnd(await port.rawSocket())).toBe('');
  });

  it('holds 2 000 idle connections', async () => {
    const port = await openPort();
    const dialer = tcpDialer();
    const channels = [];
    for (let batch = 0; batch < 20; batch++) {
      channels.push(...(await Promise.all(Array.from({ length: 100 }, () => dialer.connect(port.address, inTime)))));
    }
    for (const channel of channels) channel.send(frame(10));
    await port.accepted(1_999);
    const last = new Recorder(channels.at(-1)!);
    for (const channel of port.channels) channel.send(frame(20));
    expect((await last.bytes(20)).length).toBe(20);
    for (const channel of channels) channel.destroy();
  });
});
