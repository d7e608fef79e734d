import { FrameDecoder, FrameWriter, type RemotingCommand } from '@cometmq/protocol';
import { type Channel, formatAddress, type Listener, silentLogger } from '@cometmq/runtime';
import { nodePorts, tcpDialer, wsDialer } from '@cometmq/runtime/node';
import { afterEach, describe, expect, it } from 'vitest';
import { RemotingClient } from '../src/client/remoting-client.js';
import { RemotingError } from '../src/remoting-error.js';
import { processor } from '../src/server/processor.js';
import { RemotingServer, type RemotingServerOptions } from '../src/server/remoting-server.js';
import { echo, echoProcessor, silence, silenceProcessor } from './harness.js';

const ports = nodePorts({ logger: silentLogger });
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function listen(
  options: Partial<RemotingServerOptions> = {},
): Promise<{ server: RemotingServer; listener: Listener }> {
  const server = new RemotingServer(
    { processors: [echoProcessor, silenceProcessor], drainTimeoutMs: 100, ...options },
    ports,
  );
  const accept = (channel: Channel) => server.accept(channel);
  const listener = await ports.acceptor.listen({ host: '127.0.0.1', port: 0 }, { accept });
  open.push(
    () => listener.close(),
    () => server.close(),
  );
  return { server, listener };
}

function connectClient(options: ConstructorParameters<typeof RemotingClient>[0] = {}): RemotingClient {
  const client = new RemotingClient({ drainTimeoutMs: 100, ...options }, ports);
  open.push(() => client.close());
  return client;
}

const dialers = { tcp: tcpDialer(), ws: wsDialer() };

/** A channel that collects the answers that come over it. */
async function rawChannel(kind: 'tcp' | 'ws', listener: Listener) {
  const channel = await dialers[kind].connect(listener.address, { timeoutMs: 5000 });
  const answers: RemotingCommand[] = [];
  const decoder = new FrameDecoder();
  let wake: () => void = () => {};
  let ended = false;
  channel.attach({
    data: (bytes) => {
      decoder.push(bytes, (command) => answers.push(command));
      wake();
    },
    drained() {},
    closed: () => {
      ended = true;
      wake();
    },
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  };
  open.push(async () => channel.destroy());
  return { channel, answers, until, ended: () => ended };
}

describe.each(['tcp', 'ws'] as const)('over %s', (kind) => {
  const address = (listener: Listener) => `${kind}://${formatAddress(listener.address)}`;

  it('ten thousand requests are on the way at once', async () => {
    const { listener, server } = await listen();
    const client = connectClient();
    const body = new Uint8Array(200).fill(7);
    const calls = Array.from({ length: 10_000 }, (_, number) =>
      client.invoke(address(listener), echo, { number }, { body, timeoutMs: 20_000 }),
    );
    const answers = await Promise.all(calls);
    expect(
      answers.every(({ header, body: echoed }, number) => header?.number === number && echoed.length === 200),
    ).toBe(true);
    expect(server.connections.size).toBe(1);
  });

  it('bodies of any size come back whole', async () => {
    const { listener } = await listen();
    const client = connectClient();
    for (const size of [0, 1, 65_535, 65_536, 1_000_000, 15_000_000]) {
      const body = new Uint8Array(size).map((_, index) => index % 251);
      const answer = await client.invoke(address(listener), echo, { number: size }, { body, timeoutMs: 20_000 });
      expect(answer.body.length).toBe(size);
      expect(Buffer.compare(answer.body, body)).toBe(0);
    }
  });

  it('a client finds its server again after it was away', async () => {
    const first = await listen();
    const client = connectClient();
    const where = address(first.listener);
    expect((await client.invoke(where, echo, { number: 1 })).code).toBe(0);
    await first.listener.close();
    await first.server.close();
    await expect(client.invoke(where, echo, { number: 1 }, { timeoutMs: 1000 })).rejects.toBeInstanceOf(RemotingError);
    const second = new RemotingServer({ processors: [echoProcessor], drainTimeoutMs: 100 }, ports);
    const listener = await ports.acceptor.listen(first.listener.address, {
      accept: (channel) => second.accept(channel),
    });
    open.push(
      () => listener.close(),
      () => second.close(),
    );
    expect((await client.invoke(where, echo, { number: 2 }, { timeoutMs: 10_000 })).header).toEqual({ number: 2 });
  });

  it('a server asks its client', async () => {
    const { listener, server } = await listen();
    const twice = processor(echo, ({ header }) => ({ code: 0, header: { number: header.number * 2 } }));
    const client = connectClient({ processors: [twice] });
    await client.invoke(address(listener), echo, { number: 1 });
    const [connection] = server.connections;
    expect((await connection!.request(echo, { number: 4 })).header).toEqual({ number: 8 });
  });

  it('garbage ends one connection and no other', async () => {
    const { listener, server } = await listen();
    const client = connectClient();
    await client.invoke(address(listener), echo, { number: 1 });
    const raw = await rawChannel(kind, listener);
    const writer = new FrameWriter();
    writer.writeRequest(echo, { opaque: 5, header: { number: 5 } });
    raw.channel.send(writer.take()[0]!);
    await raw.until(() => raw.answers.length === 1);
    raw.channel.send(new Uint8Array(64).fill(0xee));
    await raw.until(raw.ended);
    expect((await client.invoke(address(listener), echo, { number: 2 })).code).toBe(0);
    expect(server.connections.size).toBe(1);
  });

  it('a reader that stops costs no more than its bound and harms nobody', async () => {
    const large = processor(echo, ({ header }) => ({ code: 0, header, body: new Uint8Array(100_000) }));
    const { listener, server } = await listen({ processors: [large] });
    const raw = await rawChannel(kind, listener);
    raw.channel.pause();
    const writer = new FrameWriter();
    for (let opaque = 0; opaque < 2000; opaque++) writer.writeRequest(echo, { opaque, header: { number: opaque } });
    for (const chunk of writer.take()) raw.channel.send(chunk);
    const client = connectClient();
    for (let call = 0; call < 50; call++) {
      expect((await client.invoke(address(listener), echo, { number: call })).body.length).toBe(100_000);
    }
    const buffered = Math.max(...[...server.connections].map(({ bufferedBytes }) => bufferedBytes));
    // All 2000 requests may have come in one read: what they are answered with is the most that can wait.
    expect(buffered).toBeLessThan(220_000_000);
    raw.channel.resume();
    await raw.until(() => raw.answers.length === 2000);
    expect(raw.answers.map(({ opaque }) => opaque)).toEqual(Array.from({ length: 2000 }, (_, index) => index));
  });
});

describe('over WebSocket', () => {
  it('a message carries any number of frames, and frames lie across messages', async () => {
    const { listener } = await listen();
    const raw = await rawChannel('ws', listener);
    const writer = new FrameWriter();
    for (let opaque = 0; opaque < 300; opaque++) writer.writeRequest(echo, { opaque, header: { number: opaque } });
    const bytes = writer.take()[0]!;
    const cuts = [0, 1, 7, 1000, 1001, 5000, bytes.length];
    for (let index = 1; index < cuts.length; index++) raw.channel.send(bytes.slice(cuts[index - 1], cuts[index]));
    await raw.until(() => raw.answers.length === 300);
    expect(raw.answers.every(({ opaque, fields }) => fields?.['number'] === String(opaque))).toBe(true);
  });

  it('a client knows the address that was dialled', async () => {
    const { listener, server } = await listen();
    const client = connectClient();
    await client.invoke(`ws://localhost:${listener.address.port}`, echo, { number: 1 });
    expect([...server.connections][0]?.dialed).toEqual({ host: 'localhost', port: listener.address.port });
  });
});

it('two thousand idle connections do not slow down a busy one', async () => {
  const { listener, server } = await listen();
  const count = 2000;
  const writer = new FrameWriter();
  writer.writeRequest(silence, { opaque: 1, header: {}, oneway: true });
  const [hello] = writer.take();
  for (let opened = 0; opened < count; opened += 100) {
    const channels = Array.from({ length: 100 }, () => dialers.tcp.connect(listener.address, { timeoutMs: 10_000 }));
    for (const channel of await Promise.all(channels)) {
      channel.attach({ data() {}, drained() {}, closed() {} });
      // The shared port waits for the first bytes to know what comes.
      channel.send(hello!);
      open.push(async () => channel.destroy());
    }
  }
  const client = connectClient();
  const address = `tcp://${formatAddress(listener.address)}`;
  for (let call = 0; call < 100 || server.connections.size <= count; call++) {
    expect((await client.invoke(address, echo, { number: call })).code).toBe(0);
  }
  expect(server.connections.size).toBe(count + 1);
});
