import fc from 'fast-check';
import { wellFormed } from '../well-formed.js';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/index.js';
import {
  JSON_START_BYTES,
  jsonEndBound,
  jsonMembersBound,
  readJsonHeader,
  writeJsonEnd,
  writeJsonMembers,
  writeJsonStart,
} from '../../src/serialization/json-header.js';

const limits = { maxFields: 4096 };

function read(text: string | Uint8Array, maxFields = limits.maxFields) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return readJsonHeader(bytes, 0, bytes.length, { maxFields });
}

describe('reading a JSON header', () => {
  it('takes any order of keys and ignores those it does not know', () => {
    expect(
      read('{ "version":479,"x":{"y":[1]},"opaque":-7,"flag":1,"code":0,"language":"GO","extFields":{"a":"1"} }'),
    ).toEqual({
      code: 0,
      language: 'GO',
      version: 479,
      opaque: -7,
      flag: 1,
      remark: undefined,
      fields: { a: '1' },
    });
  });

  it('makes text of values that are none, as ali-ons sends them', () => {
    const text = '{"code":310,"extFields":{"e":0,"g":1700000000000,"k":false,"m":1.5,"n":null,"x":"y"}}';
    expect(read(text).fields).toEqual({ e: '0', g: '1700000000000', k: 'false', m: '1.5', x: 'y' });
  });

  it('takes null for absent and absent numbers for 0', () => {
    expect(read('{"remark":null,"extFields":null,"code":null}')).toEqual({
      code: 0,
      language: 'OTHER',
      version: 0,
      opaque: 0,
      flag: 0,
      remark: undefined,
      fields: undefined,
    });
    expect(read('{"extFields":{}}').fields).toEqual({});
  });

  it('takes numbers in quotes, as fastjson does', () => {
    expect(read('{"code":"105","opaque":"-3"}')).toMatchObject({ code: 105, opaque: -3 });
  });

  it('calls an unknown language OTHER', () => {
    expect(read('{"language":"KLINGON"}').language).toBe('OTHER');
    expect(read('{"language":17}').language).toBe('OTHER');
    expect(read('{"language":"constructor"}').language).toBe('OTHER');
  });

  it('keeps a field with the name of a prototype a field', () => {
    const { fields } = read('{"extFields":{"__proto__":"x","constructor":5}}');
    expect(Object.entries(fields ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', '5'],
    ]);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });

  it.each([
    ['nothing', '', 'not JSON'],
    ['text', 'hello', 'not JSON'],
    ['cut off', '{"code":105,"extFields":{"topic":"Top', 'not JSON'],
    ['two objects', '{}{}', 'not JSON'],
    ['a list', '[]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['a number', '5', 'not a JSON object'],
    ['a code with a fraction', '{"code":1.5}', 'code is not a 32-bit integer: 1.5'],
    ['a code of 64 bits', '{"code":4294967296}', 'code is not a 32-bit integer'],
    ['an opaque that is an object', '{"opaque":{}}', 'opaque is not a 32-bit integer: object'],
    ['extFields as list', '{"extFields":["a"]}', 'extFields is not an object'],
    ['a remark that is an object', '{"remark":{}}', 'remark is not a text'],
    ['an object as value', '{"extFields":{"a":{"b":1}}}', 'extFields value of a is not a text'],
    ['extFields as text', '{"extFields":"a"}', 'extFields is not an object'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => read(text)).toThrow(ProtocolError);
    expect(() => read(text)).toThrow(message);
  });

  it('refuses more fields than the limit and takes that many', () => {
    const of = (count: number) =>
      JSON.stringify({ extFields: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v'])) });
    expect(Object.keys(read(of(4096)).fields ?? {})).toHaveLength(4096);
    expect(() => read(of(4097))).toThrow('more than 4096 extFields');
    expect(() => read(of(100_000))).toThrow('more than 4096 extFields');
  });

  it('survives any nesting', () => {
    const deep = `{"x":${'['.repeat(500_000)}`;
    expect(() => read(deep)).toThrow(ProtocolError);
    const closed = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const key of ['code', 'remark', 'language', 'unknown']) {
      expect(outcome(() => read(`{"${key}":${closed}}`))).toBe('fine');
    }
    expect(() => read(`{"extFields":{"a":${closed}}}`)).toThrow(ProtocolError);
  });

  it('cuts what it shows of the damage', () => {
    expect(() => read('x'.repeat(1_000_000))).toThrow(
      new ProtocolError(`header is not JSON: ${'x'.repeat(80)}…`, 'header'),
    );
  });

  it('answers any bytes with a header or a ProtocolError', () => {
    const valid =
      '{"code":310,"extFields":{"a":"PG","i":"KEYS\\u0001k\\u0002"},"flag":0,"language":"JAVA","opaque":7,"version":479}';
    const bytes = new TextEncoder().encode(valid);
    const mutation = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(mutation, fc.nat(bytes.length), (changes, cut) => {
        const damaged = bytes.slice(0, cut);
        for (const [at, value] of changes) if (at < cut) damaged[at] = value;
        expect(outcome(() => read(damaged))).toBe('fine');
      }),
      { numRuns: 2000 },
    );
  });
});

function outcome(action: () => unknown): string {
  try {
    action();
    return 'fine';
  } catch (error) {
    return error instanceof ProtocolError ? 'fine' : String(error);
  }
}

interface Written {
  readonly code: number;
  readonly flag: number;
  readonly opaque: number;
  readonly version: number;
}

/** In exactly as many bytes as the bounds promise. */
function write(one: Written, language: string, remark?: string, fields?: Readonly<Record<string, string>>): Uint8Array {
  const bound = JSON_START_BYTES + jsonMembersBound(fields ?? {}) + jsonEndBound(language, remark);
  const bytes = new Uint8Array(bound);
  let end = writeJsonStart(bytes, 0, one.code, fields !== undefined);
  if (fields !== undefined) end = writeJsonMembers(bytes, end, fields, true);
  end = writeJsonEnd(bytes, end, fields !== undefined, one.flag, language, one.opaque, remark, one.version);
  expect(end).toBeLessThanOrEqual(bound);
  return bytes.subarray(0, end);
}

describe('writing a JSON header', () => {
  it('writes what Apache writes', () => {
    // remoting-protocol, section 1
    const header = { code: 105, flag: 0, opaque: 7, version: 399 };
    expect(new TextDecoder().decode(write(header, 'JAVA', undefined, { topic: 'TopicA' }))).toBe(
      '{"code":105,"extFields":{"topic":"TopicA"},"flag":0,"language":"JAVA","opaque":7,"serializeTypeCurrentRPC":"JSON","version":399}',
    );
  });

  it('is read back as it was, within its bounds', () => {
    const text = fc.string({ unit: 'binary' });
    const fields = fc.option(fc.dictionary(text, text), { nil: undefined });
    const header = fc.record({ code: fc.integer(), flag: fc.integer(), opaque: fc.integer(), version: fc.integer() });
    const remarks = fc.option(text, { nil: undefined });
    fc.assert(
      fc.property(header, fields, remarks, (one, extFields, remark) => {
        const expected =
          extFields && Object.fromEntries(Object.entries(extFields).map(([k, v]) => [wellFormed(k), wellFormed(v)]));
        expect(read(write(one, 'GO', remark, extFields))).toEqual({
          ...one,
          language: 'GO',
          remark: remark === undefined ? undefined : wellFormed(remark),
          fields: expected,
        });
      }),
    );
  });
});
