import { allRequests, defineRequest, type RequestDefinition, ResponseCode, text } from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokerPerTest, client, harness } from '../broker-per-test.js';

brokerPerTest();

const served = () => harness.broker.processors.map(({ definition }) => definition);

/** The same request, whose fields take any text. */
function raw(definition: RequestDefinition, fields: readonly string[]) {
  return defineRequest({
    code: definition.code,
    name: definition.name,
    request: Object.fromEntries(fields.map((field) => [field, text()])),
  });
}

const wireNames = (definition: RequestDefinition): string[] =>
  Object.entries(definition.request.shape).map(([name, field]) => field.wire ?? name);

describe('the requests of a broker', () => {
  it('each have a number of their own, out of the list of all', () => {
    const codes = served().map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    const known = new Set(allRequests.map(({ code }) => code));
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });

  it('are answered clearly without any field and without a body', async () => {
    const unclear: string[] = [];
    for (const definition of served()) {
      const answer = await client.ask(raw(definition, []), {});
      if (answer.code !== ResponseCode.SUCCESS && !answer.remark) unclear.push(definition.name);
    }
    expect(unclear).toEqual([]);
    expect((await client.send('T', 'x')).code).toBe(0);
  });

  it('are refused when a number is none, naming it', async () => {
    const taken: string[] = [];
    for (const definition of served()) {
      const numbers = Object.values(definition.request.shape).filter(
        ({ kind, optional }) => (kind === 'int32' || kind === 'int64') && !optional,
      );
      const fields = wireNames(definition);
      const answer = await client.ask(
        raw(definition, fields),
        Object.fromEntries(fields.map((field) => [field, 'many'])),
      );
      const refused = answer.code === ResponseCode.SYSTEM_ERROR && answer.remark?.includes(definition.name);
      if (numbers.length > 0 && !refused) taken.push(definition.name);
    }
    expect(taken).toEqual([]);
  });

  it('are answered whatever stands in them', { timeout: 60_000 }, async () => {
    const value = fc.oneof(
      fc.constantFrom(
        'T',
        'CG',
        '%RETRY%CG',
        '0',
        '1',
        '-1',
        '2147483647',
        '9007199254740991',
        'true',
        '',
        '__proto__',
        'constructor',
      ),
      fc.string({ maxLength: 20 }),
    );
    const bodies = fc.oneof(
      fc.constant(new Uint8Array(0)),
      fc.json().map((json) => encodeUtf8(json)),
      fc.uint8Array({ maxLength: 64 }),
    );
    const definitions = served();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...definitions),
        fc.array(value, { minLength: 20, maxLength: 20 }),
        bodies,
        async (definition, values, body) => {
          const fields = wireNames(definition).slice(0, 20);
          const header = Object.fromEntries(fields.map((field, index) => [field, values[index] ?? '']));
          // A pull may be held as long as it asks for.
          if ('sysFlag' in header) header['sysFlag'] = '4';
          const answer = await client.ask(raw(definition, fields), header, { body });
          expect(answer.code).toEqual(expect.any(Number));
        },
      ),
      { numRuns: 400 },
    );
    expect((await client.send('Alive', 'x')).code).toBe(ResponseCode.SUCCESS);
    expect((await client.pull('Alive')).code).toBe(ResponseCode.SUCCESS);
  });
});
