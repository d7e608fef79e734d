import { FrameDecoder, FrameWriter } from '@cometmq/protocol';
import { type Channel, createPipe } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import { type Processor, processor } from '../../src/server/processor.js';
import { DeadChannel, echo, failure, noEvents, ports, serverAndConnection } from '../harness.js';

const bytes = (content: string) => new TextEncoder().encode(content);

describe('what a peer may send', () => {
  it('drops answers nobody waits for', async () => {
    const { clock, logger } = ports();
    const [near, far] = createPipe(clock);
    const client = new Connection(near, noEvents, { clock, logger });
    const writer = new FrameWriter();
    writer.writeResponse(undefined, { opaque: 12_345, code: 0 });
    far.attach({ data() {}, drained() {}, closed() {} });
    for (const chunk of writer.take()) far.send(chunk);
    await clock.settle();
    expect(client.open).toBe(true);
    expect(logger.lines).toMatchObject([{ level: 'debug', fields: { opaque: 12_345, peer: 'memory:2' } }]);
  });

  it.each([
    ['an HTTP request', bytes('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a frame longer than allowed', Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 20, 1, 2)],
    ['a negative length', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 1)],
    ['a header beyond its frame', Uint8Array.of(0, 0, 0, 8, 0, 0, 0xff, 0xff, 1, 2, 3, 4)],
    ['a header that is no JSON', Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 4, 1, 2, 3, 4)],
  ])('ends a connection on %s, names the peer in the log and harms nobody else', async (_, garbage) => {
    const { server, clock, logger, client } = serverAndConnection();
    const [near, far] = createPipe(clock, {
      addresses: [
        { host: '10.0.0.9', port: 1234 },
        { host: 'server', port: 1 },
      ],
    });
    server.accept(far);
    let closed = false;
    near.attach({ data() {}, drained() {}, closed: () => (closed = true) });
    near.send(garbage);
    const answer = client.request(echo, { number: 1 });
    await clock.settle();
    expect(closed).toBe(true);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { peer: '10.0.0.9:1234' } }]);
    expect((await answer).code).toBe(0);
    expect(server.connections.size).toBe(1);
  });

  it('serves the good frames in front of garbage', async () => {
    const seen: number[] = [];
    const spy = processor(echo, ({ header }) => void seen.push(header.number));
    const { server, clock } = serverAndConnection({ processors: [spy] });
    const [near, far] = createPipe(clock);
    server.accept(far);
    near.attach({ data() {}, drained() {}, closed() {} });
    const writer = new FrameWriter();
    writer.writeRequest(echo, { opaque: 1, header: { number: 42 } });
    const frames = writer.take()[0]!;
    const both = new Uint8Array(frames.length + 8).fill(0xff);
    both.set(frames);
    near.send(both);
    await clock.settle();
    expect(seen).toEqual([42]);
  });

  it('takes frames cut anywhere', async () => {
    const { server, clock } = serverAndConnection();
    const [near, far] = createPipe(clock);
    server.accept(far);
    let received = 0;
    near.attach({ data: (chunk) => (received += chunk.length), drained() {}, closed() {} });
    const writer = new FrameWriter();
    for (let opaque = 0; opaque < 3; opaque++) writer.writeRequest(echo, { opaque, header: { number: opaque } });
    for (const byte of writer.take()[0]!) near.send(Uint8Array.of(byte));
    await clock.settle();
    const one = received;
    for (let opaque = 0; opaque < 3; opaque++) writer.writeRequest(echo, { opaque, header: { number: opaque } });
    for (const chunk of writer.take()) near.send(chunk);
    await clock.settle();
    expect(received).toBe(2 * one);
    expect(one).toBeGreaterThan(0);
  });
});

describe('a peer that does not read', () => {
  /** A channel whose other end can be made to stop reading, over which the far end floods the server with requests. */
  async function flood(
    server: ReturnType<typeof serverAndConnection>,
    requests: number,
  ): Promise<{ near: Channel; far: Channel }> {
    const [near, far] = createPipe(server.clock);
    server.server.accept(far);
    near.attach({ data() {}, drained() {}, closed() {} });
    near.pause();
    const writer = new FrameWriter();
    for (let opaque = 0; opaque < requests; opaque++) {
      writer.writeRequest(echo, { opaque, header: { number: 1 } });
      for (const chunk of writer.take()) near.send(chunk);
      if (opaque % 10 === 0) await server.clock.settle();
    }
    await server.clock.settle();
    return { near, far };
  }
  const large: Processor = processor(echo, () => ({ code: 0, header: { number: 1 }, body: new Uint8Array(100_000) }));

  it('is not read either until it has drained, and others are served meanwhile', async () => {
    const setup = serverAndConnection({ processors: [large] });
    const { near, far } = await flood(setup, 200);
    // 1 MiB is the mark; what the turn that crossed it still answers is above it.
    expect(far.bufferedBytes).toBeGreaterThan(1024 * 1024);
    expect(far.bufferedBytes).toBeLessThan(3 * 1024 * 1024);
    const answer = setup.client.request(echo, { number: 1 });
    await setup.clock.settle();
    expect((await answer).code).toBe(0);
    near.resume();
    await setup.clock.settle();
    expect(far.bufferedBytes).toBe(0);
    expect(near.bufferedBytes).toBe(0);
  });

  it('and asks for gigabytes in one piece is answered as it takes them, in order', async () => {
    const setup = serverAndConnection({ processors: [large] });
    const [near, far] = createPipe(setup.clock);
    setup.server.accept(far);
    const opaques: number[] = [];
    const decoder = new FrameDecoder();
    near.attach({
      data: (chunk) => decoder.push(chunk, ({ opaque }) => opaques.push(opaque)),
      drained() {},
      closed() {},
    });
    near.pause();
    const writer = new FrameWriter();
    const count = 20_000;
    for (let opaque = 0; opaque < count; opaque++) writer.writeRequest(echo, { opaque, header: { number: 1 } });
    near.send(Buffer.concat(writer.take()));
    await setup.clock.settle();
    expect(far.bufferedBytes).toBeGreaterThan(1024 * 1024);
    expect(far.bufferedBytes).toBeLessThan(3 * 1024 * 1024);
    expect(setup.server.connections.size).toBe(2);
    near.resume();
    while (opaques.length < count) await setup.clock.settle();
    expect(opaques).toEqual(Array.from({ length: count }, (_, opaque) => opaque));
  });

  it('is dropped above the hard bound', async () => {
    const setup = serverAndConnection({ processors: [large], maxBufferedBytes: 500_000 });
    await flood(setup, 20);
    expect(setup.server.connections.size).toBe(1);
    expect(setup.logger.lines.some(({ message }) => message.includes('does not read its answers'))).toBe(true);
  });
});

describe('a peer that has gone without a word', () => {
  it('makes requests time out, and the message says that nothing came', async () => {
    const { clock, logger } = ports();
    const client = new Connection(new DeadChannel(), noEvents, { clock, logger });
    const call = failure(client.request(echo, { number: 1 }));
    await clock.advance(3000);
    expect((await call).message).toContain('nothing at all came from it');
  });
});
