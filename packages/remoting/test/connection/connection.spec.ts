import { FrameWriter, type RemotingCommand, RESPONSE_FLAG } from '@cometmq/protocol';
import { createPipe } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import { RemotingError } from '../../src/remoting-error.js';
import { processor } from '../../src/server/processor.js';
import { echo, failure, noEvents, ports, serverAndConnection, silence } from '../harness.js';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (content: string) => new TextEncoder().encode(content);

describe('a request', () => {
  it('is answered with the header and body its processor gave', async () => {
    const { client, clock } = serverAndConnection();
    const answer = client.request(echo, { number: 7 }, { body: bytes('hello') });
    await clock.settle();
    const { code, header, body, version } = await answer;
    expect({ code, header, version }).toEqual({ code: 0, header: { number: 7 }, version: 479 });
    expect(text(body)).toBe('hello');
  });

  it('may have a body of several slices and extFields beside its header', async () => {
    const seen: RemotingCommand[] = [];
    const spy = processor(echo, (request) => {
      seen.push(request.command);
      return { code: 0, header: { number: 1 }, body: [request.body.subarray(0, 2), request.body.subarray(2)] };
    });
    const { client, clock } = serverAndConnection({ processors: [spy] });
    const answer = client.request(
      echo,
      { number: 1 },
      { body: [bytes('ab'), bytes('cde')], extFields: { zone: 'z1' } },
    );
    await clock.settle();
    expect(text((await answer).body)).toBe('abcde');
    expect(seen[0]?.fields).toEqual({ number: '1', zone: 'z1' });
  });

  it('leaves with all others of its turn in one send, and so do their answers', async () => {
    const { client, clock, clientChannel, serverChannel } = serverAndConnection();
    const answers = Array.from({ length: 100 }, (_, number) => client.request(echo, { number }));
    await Promise.resolve();
    answers.push(client.request(echo, { number: 100 }));
    await clock.settle();
    const numbers = (await Promise.all(answers)).map(({ header }) => header?.number);
    expect(numbers).toEqual(Array.from({ length: 101 }, (_, number) => number));
    expect(clientChannel.sends).toHaveLength(1);
    expect(serverChannel.sends).toHaveLength(1);
  });

  it('is answered by its number when answers come in another order', async () => {
    const waiting: (() => void)[] = [];
    const reversed = processor(
      echo,
      ({ header }) =>
        new Promise((resolve) => waiting.push(() => resolve({ code: 0, header: { number: header.number } }))),
    );
    const { client, clock } = serverAndConnection({ processors: [reversed] });
    const answers = [1, 2, 3].map((number) => client.request(echo, { number }));
    await clock.settle();
    for (const answer of waiting.toReversed()) answer();
    await clock.settle();
    expect((await Promise.all(answers)).map(({ header }) => header?.number)).toEqual([1, 2, 3]);
  });

  it('pipelines ten thousand without losing one', async () => {
    const { client, clock, clientChannel } = serverAndConnection();
    const count = 10_000;
    const answers = Array.from({ length: count }, (_, number) => client.request(echo, { number }));
    await clock.settle();
    const sum = (await Promise.all(answers)).reduce((total, { header }) => total + (header?.number ?? 0), 0);
    expect(sum).toBe((count * (count - 1)) / 2);
    // Sends are cut at 64 KiB, never at frames.
    expect(clientChannel.sends.length).toBeLessThan(40);
    expect(client.inFlight.requests).toBe(0);
  });

  it('fails at its own deadline, whatever the deadlines around it', async () => {
    const { client, clock } = serverAndConnection();
    const ended: number[] = [];
    const timeouts = [300, 50, 1000, 100, 50];
    const calls = timeouts.map((timeoutMs) =>
      failure(client.request(silence, {}, { timeoutMs })).then((error) => {
        ended.push(clock.monotonic());
        return error;
      }),
    );
    await clock.advance(2000);
    const errors = await Promise.all(calls);
    expect(ended).toEqual([50, 50, 100, 300, 1000]);
    expect(errors.map(({ code, retryable }) => [code, retryable])).toEqual(timeouts.map(() => ['TIMEOUT', true]));
    expect(errors[0]?.message).toContain('TEST_SILENCE to memory:2 got no answer within 300 ms');
    expect(client.inFlight.requests).toBe(0);
  });

  it('leaves the others alone when it times out', async () => {
    const { client, clock } = serverAndConnection();
    const late = failure(client.request(silence, {}, { timeoutMs: 100 }));
    await clock.advance(150);
    const fine = client.request(echo, { number: 1 });
    await clock.settle();
    expect((await late).code).toBe('TIMEOUT');
    expect((await fine).code).toBe(0);
  });

  it('can be given up, before and after it was sent, and leaves no listener behind', async () => {
    const { client, clock } = serverAndConnection();
    const controller = new AbortController();
    const call = failure(client.request(silence, {}, { signal: controller.signal }));
    await clock.settle();
    controller.abort(new Error('no more'));
    const error = await call;
    expect([error.code, error.retryable, (error.cause as Error).message]).toEqual(['ABORTED', false, 'no more']);
    expect((await failure(client.request(echo, { number: 1 }, { signal: controller.signal }))).code).toBe('ABORTED');
    expect(client.inFlight.requests).toBe(0);
  });

  it('fails when the connection ends, with what ended it', async () => {
    const { client, clock } = serverAndConnection();
    const call = failure(client.request(silence, {}));
    await clock.settle();
    client.destroy(new Error('cable cut'));
    const error = await call;
    expect(error.code).toBe('CLOSED');
    expect(error.message).toContain('cable cut');
    expect((await failure(client.request(echo, { number: 1 }))).code).toBe('CLOSED');
    expect(() => client.oneway(echo, { number: 1 })).toThrow(RemotingError);
  });

  it('rejects a header that cannot be written, and nothing else', async () => {
    const { client, clock } = serverAndConnection();
    const bad = client.request(echo, { number: 'seven' as unknown as number }).catch((error: Error) => error.name);
    const good = client.request(echo, { number: 1 });
    await clock.settle();
    expect(await bad).toBe('ProtocolError');
    expect((await good).code).toBe(0);
    expect(client.inFlight.requests).toBe(0);
  });

  it('rejects a successful answer without its header, and takes a refusal without it', async () => {
    const sloppy = processor(echo, ({ header }) => ({ code: header.number, remark: 'no header here' }));
    const { client, clock } = serverAndConnection({ processors: [sloppy] });
    const success = failure(client.request(echo, { number: 0 }));
    const refusal = client.request(echo, { number: 22 });
    await clock.settle();
    expect((await success).code).toBe('PROTOCOL');
    expect(await refusal).toMatchObject({ code: 22, remark: 'no header here', header: undefined });
  });

  it('is signed with the fields and body that are sent', async () => {
    const seen: RemotingCommand[] = [];
    const spy = processor(echo, ({ command }) => {
      seen.push(command);
      return { code: 0, header: { number: 0 } };
    });
    const signer = (fields: Record<string, string>, body: unknown, code: number) => {
      fields['Signature'] = `${code}:${Object.values(fields).join()}:${(body as Uint8Array).length}`;
    };
    const { client, clock } = serverAndConnection({ processors: [spy] }, { signer });
    const call = client.request(echo, { number: 5 }, { body: bytes('abc'), extFields: { zone: 'z' } });
    await clock.settle();
    await call;
    expect(seen[0]?.fields).toEqual({ number: '5', zone: 'z', Signature: '9001:5,z:3' });
  });
});

describe('a one-way request', () => {
  it('reaches its processor and is not answered, not even with an error', async () => {
    const seen: number[] = [];
    const spy = processor(echo, ({ header }) => {
      seen.push(header.number);
      if (header.number === 2) throw new Error('broken');
      return { code: 0, header: { number: 0 } };
    });
    const { client, clock, serverChannel } = serverAndConnection({ processors: [spy] });
    client.oneway(echo, { number: 1 });
    client.oneway(echo, { number: 2 });
    client.oneway(silence, {});
    await clock.settle();
    expect(seen).toEqual([1, 2]);
    expect(serverChannel.sends).toEqual([]);
  });

  it('is refused while the peer does not take what was sent before', async () => {
    const { clock, logger } = ports();
    const [near] = createPipe(clock);
    const client = new Connection(near, noEvents, { clock, logger }, { inFlight: { maxBytes: 10_000 } });
    const send = () => client.oneway(echo, { number: 1 }, { body: new Uint8Array(4000) });
    for (let sent = 0; sent < 3; sent++) send();
    expect(send).toThrow('does not read');
    await clock.settle();
    expect(send).toThrow('does not read');
  });
});

describe('bounds on what is in flight', () => {
  it('lets requests beyond them wait for room, in order', async () => {
    const { client, clock } = serverAndConnection({}, { inFlight: { maxRequests: 2 } });
    const answers = Array.from({ length: 7 }, (_, number) => client.request(echo, { number }));
    expect(client.inFlight).toMatchObject({ requests: 2, waiting: 5 });
    await clock.settle();
    expect((await Promise.all(answers)).map(({ header }) => header?.number)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(client.inFlight).toMatchObject({ requests: 0, waiting: 0, bytes: 0 });
  });

  it('counts bytes, and lets a single large request through', async () => {
    const { client, clock } = serverAndConnection({}, { inFlight: { maxBytes: 1000 } });
    const body = new Uint8Array(700);
    const answers = [1, 2, 3].map((number) => client.request(echo, { number }, { body }));
    const large = client.request(echo, { number: 4 }, { body: new Uint8Array(5000) });
    expect(client.inFlight).toMatchObject({ requests: 1, waiting: 3, bytes: 700 });
    await clock.settle();
    await Promise.all(answers);
    expect((await large).body.length).toBe(5000);
  });

  it('refuses at once when asked to, and beyond the bound on waiting ones', async () => {
    const strict = serverAndConnection({}, { inFlight: { maxRequests: 1, whenFull: 'refuse' } });
    void strict.client.request(silence, {}).catch(() => {});
    const refused = await failure(strict.client.request(echo, { number: 1 }));
    expect([refused.code, refused.retryable]).toEqual(['TOO_MANY_REQUESTS', true]);
    const { client } = serverAndConnection({}, { inFlight: { maxRequests: 1, maxWaiting: 1 } });
    for (let call = 0; call < 2; call++) void client.request(silence, {}).catch(() => {});
    expect((await failure(client.request(silence, {}))).code).toBe('TOO_MANY_REQUESTS');
  });

  it('lets a waiting request time out or be given up without ever sending it', async () => {
    const seen: number[] = [];
    const spy = processor(echo, ({ header }) => {
      seen.push(header.number);
      return undefined;
    });
    const { client, clock } = serverAndConnection({ processors: [spy] }, { inFlight: { maxRequests: 1 } });
    const controller = new AbortController();
    const calls = [
      failure(client.request(echo, { number: 1 }, { timeoutMs: 500 })),
      failure(client.request(echo, { number: 2 }, { timeoutMs: 100 })),
      failure(client.request(echo, { number: 3 }, { timeoutMs: 5000, signal: controller.signal })),
    ];
    await clock.advance(200);
    controller.abort();
    await clock.advance(1000);
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(['TIMEOUT', 'TIMEOUT', 'ABORTED']);
    expect(seen).toEqual([1]);
  });
});

describe('an answer', () => {
  it('comes in the serialisation of the request', async () => {
    const { server, clock } = serverAndConnection();
    const [near, far] = createPipe(clock);
    server.accept(far);
    const chunks: Uint8Array[] = [];
    near.attach({ data: (chunk) => chunks.push(chunk), drained() {}, closed() {} });
    const writer = new FrameWriter();
    for (const serialization of ['rocketmq', 'json'] as const) {
      writer.writeRequest(echo, { opaque: 1, header: { number: 3 }, serialization });
      for (const chunk of writer.take()) near.send(chunk);
      await clock.settle();
    }
    expect(chunks.map((chunk) => chunk[4])).toEqual([1, 0]);
  });

  it('that is too large for a frame becomes an error instead of nothing', async () => {
    const huge = processor(echo, () => ({ code: 0, header: { number: 1 }, body: new Uint8Array(17 * 1024 * 1024) }));
    const { client, clock } = serverAndConnection({ processors: [huge] });
    const answer = client.request(echo, { number: 1 });
    await clock.settle();
    expect((await answer).code).toBe(1);
    expect((await answer).remark).toContain('ProtocolError');
  });
});

describe('the end', () => {
  it('is told once to each listener, at once when it has been', async () => {
    const { client, server, clock } = serverAndConnection();
    const calls: string[] = [];
    client.onClose(() => calls.push('first'));
    const remove = client.onClose(() => calls.push('removed'));
    client.onClose(() => {
      throw new Error('a bad listener');
    });
    client.onClose(() => calls.push('last'));
    remove();
    await server.close();
    await clock.settle();
    client.close();
    client.onClose(() => calls.push('late'));
    expect(calls).toEqual(['first', 'last', 'late']);
  });

  it('sends what was written before a close', async () => {
    const seen: number[] = [];
    const spy = processor(echo, ({ header }) => void seen.push(header.number));
    const { client, clock } = serverAndConnection({ processors: [spy] });
    client.oneway(echo, { number: 9 });
    client.close();
    await clock.settle();
    expect(seen).toEqual([9]);
  });
});

describe('a server', () => {
  it('asks its clients over their connections', async () => {
    const { server, clock, logger, random } = { ...ports(), ...serverAndConnection() };
    void random;
    const [near, far] = createPipe(clock);
    server.accept(far);
    const asked: number[] = [];
    const events = {
      request(command: RemotingCommand, connection: Connection) {
        asked.push(command.flag & RESPONSE_FLAG);
        connection.answer(command, echo, { code: 0, header: { number: 77 } });
      },
    };
    const client = new Connection(near, events, { clock, logger });
    const connection = [...server.connections].at(-1)!;
    const answer = connection.request(echo, { number: 1 });
    await clock.settle();
    expect((await answer).header).toEqual({ number: 77 });
    expect(asked).toEqual([0]);
    expect(client.open).toBe(true);
  });
});
