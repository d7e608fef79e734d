import { ProtocolError, type RemotingCommand, type RequestDefinition, defineRequest } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { Dispatcher } from '../../src/server/dispatcher.js';
import type { Interceptor } from '../../src/server/interceptor.js';
import { type IncomingRequest, LATER, processor, type Reply } from '../../src/server/processor.js';
import { echo, echoProcessor, ports, serverAndConnection, silence } from '../harness.js';

/** A request whose answer the test gives. */
function gate() {
  const waiting: { request: IncomingRequest<RequestDefinition>; answer: (reply?: Reply<RequestDefinition>) => void }[] =
    [];
  const held = processor(
    silence,
    (request) =>
      new Promise<Reply<typeof silence> | undefined>((resolve) =>
        waiting.push({ request, answer: (reply) => resolve(reply as Reply<typeof silence> | undefined) }),
      ),
  );
  return { held, waiting };
}

describe('what goes wrong', () => {
  it('answers an unknown code with 3 and its number', async () => {
    const { client, clock } = serverAndConnection();
    const answer = client.request(defineRequest({ code: 4711, name: 'UNKNOWN' }), {});
    await clock.settle();
    expect(await answer).toMatchObject({ code: 3, remark: ' request type 4711 not supported', version: 479 });
  });

  it('answers a header it cannot read with 1, the request and the field', async () => {
    const { client, clock } = serverAndConnection();
    const loose = defineRequest({ code: echo.code, name: 'LOOSE' });
    const missing = client.request(loose, {});
    const wrong = client.request(loose, {}, { extFields: { number: 'many' } });
    await clock.settle();
    for (const answer of [await missing, await wrong]) {
      expect(answer.code).toBe(1);
      expect(answer.remark).toContain('TEST_ECHO');
      expect(answer.remark).toContain('number');
    }
  });

  it('answers a failing processor with 1 and the first line of its error', async () => {
    const broken = processor(echo, ({ header }) => {
      const error = new TypeError('cannot do that\nwith these details');
      if (header.number === 0) throw error;
      return Promise.reject(error);
    });
    const { client, clock, logger } = serverAndConnection({ processors: [broken] });
    const answers = [0, 1].map((number) => client.request(echo, { number }));
    await clock.settle();
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ code: 1, remark: 'TypeError: cannot do that' });
    }
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('keeps what it says about a failure short, and blames clients in a warning only', async () => {
    const picky = processor(echo, () => {
      throw new ProtocolError('x'.repeat(100_000), 'body');
    });
    const { client, clock, logger } = serverAndConnection({ processors: [picky] });
    const answer = client.request(echo, { number: 1 });
    await clock.settle();
    expect((await answer).remark).toHaveLength(1000);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  it('answers a header of its own that cannot be written with 1', async () => {
    const wrong = processor(echo, () => ({ code: 0, header: { number: Number.NaN } }));
    const { client, clock } = serverAndConnection({ processors: [wrong] });
    const answer = client.request(echo, { number: 1 });
    await clock.settle();
    expect((await answer).code).toBe(1);
  });

  it('leaves unanswered what its processor does not answer', async () => {
    const { client, clock, serverChannel } = serverAndConnection();
    void client.request(silence, {}).catch(() => {});
    await clock.settle();
    expect(serverChannel.sends).toEqual([]);
    client.close();
  });

  it('refuses two processors for one request', () => {
    expect(() => new Dispatcher({ processors: [echoProcessor, echoProcessor] }, ports())).toThrow('9001');
  });
});

describe('a request', () => {
  it('shows its processor the frame, the connection and when it came', async () => {
    const seen: IncomingRequest<typeof echo>[] = [];
    const spy = processor(echo, (request) => {
      seen.push(request);
      return { code: 0, header: { number: 0 }, extFields: { extra: 'e' } };
    });
    const { client, clock, server } = serverAndConnection({ processors: [spy] });
    const answer = client.request(echo, { number: 3, note: 'n' }, { extFields: { loose: 'l' } });
    await clock.settle();
    const [request] = seen;
    expect(request?.header).toEqual({ number: 3, note: 'n' });
    expect(request?.command.fields).toMatchObject({ loose: 'l' });
    expect(request?.connection).toBe([...server.connections][0]);
    expect(request?.receivedAt).toBe(clock.now());
    expect((await answer).fields).toEqual({ number: '0', extra: 'e' });
  });
});

describe('a processor that answers later', () => {
  /** Echoes when the test says so, the number 13 badly. */
  function later(atOnce = false) {
    const waiting: (() => void)[] = [];
    const late = processor(echo, (request) => {
      const answer = request.later((number: number) => {
        if (number === 13) throw new RangeError('not 13');
        return number < 0 ? undefined : { code: 0, header: { number } };
      });
      const act = () => answer(request.header.number);
      waiting.push(act);
      if (atOnce) act();
      return LATER;
    });
    return { late, waiting };
  }

  it('is waited for, and counts as work until it has', async () => {
    const { late, waiting } = later();
    const { client, clock, server } = serverAndConnection({ processors: [late] });
    const calls = [1, 2].map((number) => client.request(echo, { number }));
    const work = () => server.families.map(({ requests }) => requests);
    await clock.settle();
    expect(work()).toEqual([2]);
    waiting[1]!();
    await clock.settle();
    expect((await calls[1])?.header).toEqual({ number: 2 });
    expect(work()).toEqual([1]);
    waiting[0]!();
    await clock.settle();
    expect((await calls[0])?.header).toEqual({ number: 1 });
    expect(work()).toEqual([0]);
  });

  it('may have answered before it returns', async () => {
    const { client, clock, server } = serverAndConnection({ processors: [later(true).late] });
    const call = client.request(echo, { number: 4 });
    await clock.settle();
    expect((await call).header).toEqual({ number: 4 });
    expect(server.families.map(({ requests }) => requests)).toEqual([0]);
  });

  it('answers once, and not at all when it has nothing to say', async () => {
    const { late, waiting } = later();
    const { client, clock, serverChannel } = serverAndConnection({ processors: [late] });
    const call = client.request(echo, { number: 1 });
    void client.request(echo, { number: -1 }).catch(() => {});
    await clock.settle();
    waiting[0]!();
    await clock.settle();
    expect((await call).code).toBe(0);
    const sends = serverChannel.sends.length;
    for (const act of waiting) act();
    await clock.settle();
    expect(serverChannel.sends).toHaveLength(sends);
    client.close();
  });

  it('that fails is answered with 1 and the error, its caller does not hear of it', async () => {
    const { late, waiting } = later();
    const { client, clock, logger } = serverAndConnection({ processors: [late] });
    const call = client.request(echo, { number: 13 });
    await clock.settle();
    waiting[0]!();
    await clock.settle();
    expect(await call).toMatchObject({ code: 1, remark: 'RangeError: not 13' });
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it.each([false, true])('is seen by interceptors when its reply stands (at once: %s)', async (atOnce) => {
    const codes: (number | undefined)[] = [];
    const after: Interceptor['after'] = (_definition, _request, reply) => void codes.push(reply?.code);
    const slow: Interceptor = { name: 'slow', before: () => Promise.resolve(undefined), after };
    const quick: Interceptor = { name: 'quick', after };
    for (const interceptors of [[quick], [slow]]) {
      const { late, waiting } = later(atOnce);
      const { client, clock } = serverAndConnection({ processors: [late], interceptors });
      const calls = [1, 13].map((number) => client.request(echo, { number }));
      await clock.settle();
      if (!atOnce) expect(codes).toEqual([]);
      if (!atOnce) for (const act of waiting) act();
      await clock.settle();
      expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([0, 1]);
      expect(codes.splice(0)).toEqual([0, 1]);
    }
  });
});

describe('admission', () => {
  const families = [{ name: 'held', codes: [silence.code], maxRequests: 2, maxBytes: 1000, maxParked: 3 }];
  const ask = ({ client }: ReturnType<typeof serverAndConnection>, bytes = 0) =>
    client.request(silence, {}, { body: new Uint8Array(bytes), timeoutMs: 60_000 });

  it('answers SYSTEM_BUSY above the bound of a family and serves the other families', async () => {
    const { held, waiting } = gate();
    const setup = serverAndConnection({ processors: [held, echoProcessor], admission: { families } });
    const calls = [ask(setup), ask(setup), ask(setup)];
    const other = setup.client.request(echo, { number: 1 });
    await setup.clock.settle();
    const remark = '[OVERLOAD]system busy, start flow control for a while';
    expect(await calls[2]).toMatchObject({ code: 2, remark });
    expect((await other).code).toBe(0);
    waiting[0]!.answer({ code: 0 });
    await setup.clock.settle();
    expect((await calls[0])?.code).toBe(0);
    const next = ask(setup);
    await setup.clock.settle();
    expect(waiting).toHaveLength(3);
    for (const { answer } of waiting) answer({ code: 0 });
    await setup.clock.settle();
    expect((await next).code).toBe(0);
    const [others, family] = setup.server.families;
    expect(family).toMatchObject({ name: 'held', requests: 0, bytes: 0, parked: 0, rejected: 1 });
    expect(others).toMatchObject({ name: 'other', requests: 0, rejected: 0 });
  });

  it('counts the bytes of bodies', async () => {
    const { held, waiting } = gate();
    const setup = serverAndConnection({ processors: [held], admission: { families } });
    void ask(setup, 1000);
    const refused = ask(setup, 1);
    await setup.clock.settle();
    expect((await refused).code).toBe(2);
    waiting[0]!.answer({ code: 0 });
    await setup.clock.settle();
    const next = ask(setup, 1);
    await setup.clock.settle();
    waiting[1]!.answer({ code: 0 });
    await setup.clock.settle();
    expect((await next).code).toBe(0);
  });

  it('does not count what only waits, up to a bound of its own', async () => {
    const { held, waiting } = gate();
    const setup = serverAndConnection({ processors: [held], admission: { families } });
    const calls = [];
    for (let call = 0; call < 3; call++) {
      calls.push(ask(setup));
      await setup.clock.settle();
      waiting[call]!.request.park();
      waiting[call]!.request.park();
    }
    expect(setup.server.families[1]).toMatchObject({ requests: 0, parked: 3 });
    const refused = ask(setup);
    await setup.clock.settle();
    expect((await refused).code).toBe(2);
    for (const { answer } of waiting) answer({ code: 0 });
    await setup.clock.settle();
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(setup.server.families[1]).toMatchObject({ requests: 0, parked: 0 });
  });

  it('takes a request parked by its processor at once for one that waits', async () => {
    const parked = processor(silence, (request) => {
      request.park();
      return new Promise<undefined>(() => {});
    });
    const setup = serverAndConnection({ processors: [parked] });
    void ask(setup).catch(() => {});
    await setup.clock.settle();
    expect(setup.server.families[0]).toMatchObject({ requests: 0, parked: 1 });
    setup.client.close();
  });

  it('stops reading from a connection that gives too much work, until half of it is done', async () => {
    const { held, waiting } = gate();
    const setup = serverAndConnection({ processors: [held], maxWorkPerConnection: 4 });
    const calls = [];
    for (let call = 0; call < 10; call++) {
      calls.push(ask(setup));
      await setup.clock.settle();
    }
    expect(waiting).toHaveLength(4);
    waiting[0]!.answer({ code: 0 });
    await setup.clock.settle();
    expect(waiting).toHaveLength(4);
    for (let done = 1; done < 10; done++) {
      waiting[done]!.answer({ code: 0 });
      await setup.clock.settle();
    }
    expect((await Promise.all(calls)).every(({ code }) => code === 0)).toBe(true);
  });
});

describe('interceptors', () => {
  const named = (name: string, log: string[], more: Partial<Interceptor> = {}): Interceptor => ({
    name,
    before: (definition) => void log.push(`${name} before ${definition.name}`),
    after: (_definition, _request, reply, durationMs) => void log.push(`${name} after ${reply?.code} ${durationMs}`),
    ...more,
  });

  it('see requests in their order and answers with the time they took', async () => {
    const log: string[] = [];
    const { held, waiting } = gate();
    const setup = serverAndConnection({
      processors: [held, echoProcessor],
      interceptors: [named('a', log), named('b', log)],
    });
    const quick = setup.client.request(echo, { number: 1 });
    await setup.clock.settle();
    expect((await quick).header).toEqual({ number: 1 });
    expect(log).toEqual(['a before TEST_ECHO', 'b before TEST_ECHO', 'a after 0 0', 'b after 0 0']);
    log.length = 0;
    const slow = setup.client.request(silence, {});
    await setup.clock.advance(250);
    waiting[0]!.answer({ code: 7 });
    await setup.clock.settle();
    expect((await slow).code).toBe(7);
    expect(log.slice(2)).toEqual(['a after 7 250', 'b after 7 250']);
  });

  it.each([
    ['at once', (reply: Reply<RequestDefinition>) => reply],
    ['later', (reply: Reply<RequestDefinition>) => Promise.resolve(reply)],
  ])('may refuse %s, and then neither the next one nor the processor is asked', async (_, how) => {
    const log: string[] = [];
    const refusal = { code: 16, remark: 'not allowed' };
    const spy = processor(echo, () => {
      log.push('processor');
      return { code: 0, header: { number: 1 } };
    });
    const setup = serverAndConnection({
      processors: [spy],
      interceptors: [named('guard', log, { before: () => how(refusal) }), named('next', log)],
    });
    const answer = setup.client.request(echo, { number: 1 });
    await setup.clock.settle();
    expect(await answer).toMatchObject(refusal);
    expect(log).toEqual(['guard after 16 0', 'next after 16 0']);
  });

  it('that fail are answered with 1, and so are processors behind them', async () => {
    const log: string[] = [];
    const failing = named('failing', log, {
      before: () => {
        throw new Error('no key');
      },
    });
    const setup = serverAndConnection({ interceptors: [failing] });
    const answer = setup.client.request(echo, { number: 1 });
    await setup.clock.settle();
    expect(await answer).toMatchObject({ code: 1, remark: 'Error: no key' });
    const broken = processor(echo, () => Promise.reject(new Error('broken')));
    const second = serverAndConnection({ processors: [broken], interceptors: [named('a', log)] });
    const other = second.client.request(echo, { number: 1 });
    await second.clock.settle();
    expect(await other).toMatchObject({ code: 1, remark: 'Error: broken' });
    expect(log.at(-1)).toBe('a after 1 0');
  });
});

describe('draining', () => {
  it('tells clients that know it to go away and serves the others', () => {
    const { clock, logger } = ports();
    const dispatcher = new Dispatcher({ processors: [echoProcessor] }, { clock, logger });
    dispatcher.drain();
    const answers: number[] = [];
    const connection = {
      answer: (_to: unknown, _definition: unknown, { code }: { code: number }) => answers.push(code),
    };
    for (const version of [0, 399, 441, 475, 476, 479]) {
      const command = { code: echo.code, version, flag: 0, opaque: 1, fields: { number: '1' }, body: new Uint8Array() };
      dispatcher.request(command as unknown as RemotingCommand, connection as never, 0);
    }
    expect(answers).toEqual([0, 0, 0, 0, 1500, 1500]);
  });
});
