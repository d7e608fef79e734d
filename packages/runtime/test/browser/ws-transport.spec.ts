import { describe, expect, it } from 'vitest';
import { browserClock } from '../../src/browser/browser-clock.js';
import { browserRandom } from '../../src/browser/browser-random.js';
import { browserWsDialer, type WebSocketLike } from '../../src/browser/ws-transport.js';

class FakeSocket implements WebSocketLike {
  binaryType = 'blob';
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  closedWith: number | undefined | 'not closed' = 'not closed';
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onerror: WebSocketLike['onerror'] = null;
  onclose: WebSocketLike['onclose'] = null;
  constructor(readonly url: string) {}
  send(bytes: Uint8Array) {
    this.sent.push(bytes);
  }
  close(code?: number) {
    this.closedWith = code;
  }
}

const turn = () => new Promise<void>((resolve) => browserClock.schedule(5, resolve));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

function setUp(secure = false) {
  const sockets: FakeSocket[] = [];
  const dialer = browserWsDialer({
    secure,
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
  });
  return { sockets, dialer };
}

async function opened() {
  const { sockets, dialer } = setUp();
  const connecting = dialer.connect({ host: 'h', port: 1 }, { timeoutMs: 1000 });
  const socket = sockets[0]!;
  socket.onopen!();
  const channel = await connecting;
  const heard: string[] = [];
  const handler = {
    data: (bytes: Uint8Array) => void heard.push(text(bytes)),
    drained: () => void heard.push('drained'),
    closed: (error?: Error) => void heard.push(`closed ${error?.message ?? 'in order'}`),
  };
  const receive = (content: string) => socket.onmessage!({ data: new Uint8Array(Buffer.from(content)).buffer });
  return { socket, channel, heard, handler, receive };
}

describe('dialling', () => {
  it('asks for binary messages at the address', async () => {
    const { sockets, dialer } = setUp(true);
    const connecting = dialer.connect({ host: '::1', port: 9876 }, { timeoutMs: 1000 });
    expect([sockets[0]!.url, sockets[0]!.binaryType]).toEqual(['wss://[::1]:9876/', 'arraybuffer']);
    sockets[0]!.onopen!();
    expect(await connecting).toMatchObject({ kind: 'ws', secure: true, remote: { host: '::1', port: 9876 } });
  });

  it('fails with what may be wrong', async () => {
    const { sockets, dialer } = setUp();
    const failed = dialer.connect({ host: 'h', port: 1 }, { timeoutMs: 1000 });
    sockets[0]!.onerror!();
    await expect(failed).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('TCP only') });
    const closed = dialer.connect({ host: 'h', port: 1 }, { timeoutMs: 1000 });
    sockets[1]!.onclose!({ code: 1006, reason: '', wasClean: false });
    await expect(closed).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('ends at the time limit and when its caller gives up', async () => {
    const { sockets, dialer } = setUp();
    await expect(dialer.connect({ host: 'h', port: 1 }, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const controller = new AbortController();
    const given = dialer.connect({ host: 'h', port: 1 }, { timeoutMs: 1000, signal: controller.signal });
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'CLOSED' });
    expect(sockets.map(({ closedWith }) => closedWith)).toEqual([undefined, undefined]);
    await expect(
      dialer.connect({ host: 'h', port: 1 }, { timeoutMs: 1000, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('says so where there is no WebSocket', async () => {
    await expect(
      browserWsDialer({
        open: () => {
          throw new Error('none');
        },
      }).connect({ host: 'h', port: 1 }, { timeoutMs: 10 }),
    ).rejects.toThrow('none');
  });
});

describe('a channel', () => {
  it('keeps what comes before somebody listens and while it is paused', async () => {
    const { channel, heard, handler, receive } = await opened();
    receive('1');
    channel.attach(handler);
    await turn();
    channel.pause();
    receive('2');
    expect(heard).toEqual(['1']);
    channel.resume();
    await turn();
    receive('3');
    expect(heard).toEqual(['1', '2', '3']);
    expect(() => channel.attach(handler)).toThrow(/once/);
  });

  it('tells when what waited has been taken', async () => {
    const { socket, channel, heard, handler } = await opened();
    channel.attach(handler);
    socket.bufferedAmount = 2_000_000;
    channel.send(Uint8Array.of(1));
    expect(channel.bufferedBytes).toBe(2_000_000);
    socket.bufferedAmount = 0;
    while (heard.length === 0) await turn();
    expect(heard).toEqual(['drained']);
  });

  it('ends once, in order or with the reason', async () => {
    const one = await opened();
    one.channel.attach(one.handler);
    one.socket.onclose!({ code: 1000, reason: '', wasClean: true });
    one.socket.onclose!({ code: 1006, reason: '', wasClean: false });
    await turn();
    expect(one.heard).toEqual(['closed in order']);
    one.channel.send(Uint8Array.of(1));
    expect(one.socket.sent).toEqual([]);

    const two = await opened();
    two.socket.onclose!({ code: 1011, reason: 'overload', wasClean: true });
    two.channel.attach(two.handler);
    await turn();
    expect(two.heard).toEqual(['closed the WebSocket with h:1 ended with code 1011: overload']);
  });

  it('does not take texts, and a handler that throws ends it', async () => {
    const one = await opened();
    one.channel.attach(one.handler);
    one.socket.onmessage!({ data: 'text' });
    await turn();
    expect(one.heard[0]).toMatch(/closed a text message/);
    const two = await opened();
    two.channel.attach({
      ...two.handler,
      data: () => {
        throw new Error('in the handler');
      },
    });
    await turn();
    two.receive('x');
    await turn();
    expect(two.heard).toEqual(['closed in the handler']);
  });

  it('drops what is queued when it is destroyed', async () => {
    const { channel, heard, handler, receive, socket } = await opened();
    channel.attach(handler);
    await turn();
    channel.pause();
    receive('1');
    channel.destroy(new Error('enough'));
    channel.resume();
    await turn();
    expect([heard, socket.closedWith]).toEqual([['closed enough'], 1000]);
  });
});

describe('time and chance', () => {
  it('calls at the end of the turn, in order', async () => {
    const heard: number[] = [];
    await new Promise<void>((resolve) => {
      browserClock.afterTurn(() => heard.push(1));
      void Promise.resolve().then(() => heard.push(0));
      browserClock.afterTurn(() => {
        heard.push(2);
        browserClock.afterTurn(resolve);
      });
    });
    expect(heard).toEqual([0, 1, 2]);
  });

  it('calls once, not too early, and not when it was taken back', async () => {
    const startedAt = browserClock.monotonic();
    let called = 0;
    browserClock.schedule(1, () => called++).cancel();
    await new Promise<void>((resolve) => browserClock.schedule(20, resolve));
    expect(browserClock.monotonic() - startedAt).toBeGreaterThanOrEqual(20);
    expect(called).toBe(0);
    browserClock.schedule(2 ** 40, () => called++).cancel();
    expect(browserClock.now()).toBeGreaterThan(1_600_000_000_000);
  });

  it('gives as many bytes as are wanted', () => {
    expect(browserRandom.bytes(70_000)).toHaveLength(70_000);
    expect(new Set(browserRandom.bytes(64)).size).toBeGreaterThan(20);
    expect(browserRandom.next()).toBeLessThan(1);
  });
});
