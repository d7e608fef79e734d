import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boolean,
  decodeHeader,
  float64,
  headerCodec,
  int32,
  int64,
  optional,
  ProtocolError,
  text,
  withDefault,
} from '../../src/index.js';
import { ScannedCommand } from '../../src/frame/scanned-command.js';
import { readJsonHeader } from '../../src/serialization/json-header.js';

const codec = headerCodec(
  {
    topic: text('b'),
    group: optional(text('group')),
    queueId: int32('e'),
    offset: withDefault(int64('offset'), 7),
    unit: optional(boolean('k')),
    score: optional(float64('score')),
  },
  'TEST request',
);
/** No field of it is missed when it is not there. */
const looseCodec = headerCodec({
  topic: optional(text('b')),
  queueId: optional(text('e')),
  group: optional(text('group')),
  unit: optional(text('k')),
  offset: optional(text('offset')),
});
const limits = { maxFields: 8 };
const NO_BODY = new Uint8Array(0);
const BODY = new TextEncoder().encode('}}"",{"code":5');

/** What a header says: as JSON.parse has it, or what is thrown. */
function parsed(bytes: Uint8Array, from: number, to: number): unknown {
  return outcome(() => {
    const { fields, ...rest } = readJsonHeader(bytes, from, to, limits);
    const loose = outcome(() => looseCodec.decode(fields));
    return { ...rest, fields, header: outcome(() => codec.decode(fields)), loose };
  });
}

function scanned(bytes: Uint8Array, from: number, to: number, body: Uint8Array): unknown {
  return outcome(() => {
    const command = ScannedCommand.read(bytes, from, to, body, limits);
    if (command === undefined) return undefined;
    // In this order: what fails is read again from the fields, and so is all that follows.
    const loose = outcome(() => decodeHeader(looseCodec, command));
    const header = outcome(() => decodeHeader(codec, command));
    const { code, language, version, opaque, flag, remark, fields } = command;
    // with the fields made, the header comes from them
    expect(outcome(() => decodeHeader(codec, command))).toStrictEqual(header);
    return { code, language, version, opaque, flag, remark, fields, header, loose };
  });
}

function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (error instanceof ProtocolError) return { thrown: error.message, reason: error.reason };
    throw error;
  }
}

/** The scan must say what JSON.parse says, or leave it to it. Answers whether it has said something. */
function same(header: string | Uint8Array, body = NO_BODY): boolean {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const frame = new Uint8Array(3 + bytes.length + BODY.length);
  frame.set(bytes, 3);
  frame.set(BODY, 3 + bytes.length);
  const scan = scanned(frame, 3, 3 + bytes.length, body);
  if (scan === undefined) return false;
  expect(scan).toStrictEqual(parsed(frame, 3, 3 + bytes.length));
  return true;
}

const USUAL =
  '{"code":310,"extFields":{"b":"Top\\u0001ic","e":"3","group":"G","k":"TRUE","offset":"12345678901"},"flag":0,"language":"JAVA","opaque":7,"serializeTypeCurrentRPC":"JSON","version":479}';

describe('a scanned header', () => {
  it.each([
    ['that of a request', USUAL],
    [
      'that of an answer',
      '{"code":0,"extFields":{},"flag":1,"language":"GO","opaque":7,"remark":"all well","version":1}',
    ],
    ['without fields', '{"code":-3,"opaque":0}'],
    ['nothing said', '{"language":"KLINGON"}'],
    ['the same field twice', '{"extFields":{"b":"x","e":"a","e":"2","b":"y"}}'],
    ['fields missing', '{"code":1,"extFields":{"b":"x"}}'],
    ['a value that does not parse', '{"code":1,"extFields":{"b":"x","e":"12x"}}'],
    ['a number beyond 32 bits', '{"code":1,"extFields":{"b":"x","e":"2147483648"}}'],
    ['a number beyond the safe ones', '{"code":1,"extFields":{"b":"x","e":"1","offset":"9223372036854775807"}}'],
    ['signs and leading zeros', '{"code":1,"extFields":{"b":"x","e":"+01","offset":"-0000000000000012"}}'],
    ['a number in escapes', '{"code":1,"extFields":{"b":"","e":"\\u0031\\u0032","score":"1e3"}}'],
    ['all escapes', '{"extFields":{"b":"\\b\\t\\n\\f\\r\\"\\\\\\/\\u007f\\u004A","e":"1"}}'],
    ['names of the prototype', '{"extFields":{"__proto__":"x","constructor":"y","b":"z","e":"1"}}'],
  ])('says what the parsed one says: %s', (_what, header) => {
    expect(same(header)).toBe(true);
    expect(same(header, BODY)).toBe(true);
  });

  it.each([
    ['numbers as values', '{"extFields":{"e":0}}'],
    ['null', '{"extFields":null}'],
    ['white space', '{ "code":1}'],
    ['a character beyond ASCII', '{"extFields":{"b":"ü"}}'],
    ['an escape beyond ASCII', '{"extFields":{"b":"\\u00e4"}}'],
    ['an escape that is none', '{"extFields":{"b":"\\x"}}'],
    ['half an escape', '{"extFields":{"b":"\\u00'],
    ['an escape in a key', '{"extFields":{"\\u0062":"x"}}'],
    ['a key that nobody knows', '{"x":"y"}'],
    ['a number in quotes', '{"code":"1"}'],
    ['a fraction', '{"code":1.5}'],
    ['a leading zero', '{"code":01}'],
    ['minus zero', '{"code":-0}'],
    ['the same key twice', '{"code":1,"code":2}'],
    ['extFields twice', '{"extFields":{"b":"x"},"extFields":{"e":"1"}}'],
    ['a comma too many', '{"code":1,}'],
    ['a comma too many in the fields', '{"extFields":{"b":"x",}}'],
    ['no end', '{"code":1'],
    ['an end in the fields', '{"extFields":{"b":"x"}'],
    ['something behind the end', '{"code":1}}'],
    ['a control character', '{"remark":"\n"}'],
    ['more fields than the limit', `{"extFields":{${'abcdefghi'.replace(/./g, '"$&":"1",').slice(0, -1)}}}`],
    ['nothing', ''],
  ])('leaves to the parser: %s', (_what, header) => {
    expect(same(header)).toBe(false);
  });

  it('says what the parsed one says, or leaves it, whatever is changed in it', () => {
    const bytes = new TextEncoder().encode(USUAL);
    const letter = fc.oneof(fc.nat(255), fc.constantFrom(...'{}",:\\u01-+ e'.split('').map((c) => c.charCodeAt(0))));
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), letter), { maxLength: 3 });
    let told = 0;
    fc.assert(
      fc.property(changes, fc.option(fc.nat(bytes.length)), (list, cut) => {
        const changed = bytes.slice(0, cut ?? bytes.length);
        for (const [at, value] of list) if (at < changed.length) changed[at] = value;
        if (same(changed, BODY)) told++;
      }),
      { numRuns: 3000 },
    );
    expect(told).toBeGreaterThan(100);
  });

  it('says what the parsed one says of any fields', () => {
    const key = fc.oneof(fc.constantFrom('b', 'e', 'group', 'k', 'offset', 'score'), fc.string({ maxLength: 8 }));
    const value = fc.oneof(
      fc.string({ maxLength: 90 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.integer().map(String),
      fc.maxSafeInteger().map(String),
      fc.constantFrom('true', 'False', '1.5', '-', '', 'NaN', 'name', 'name2'),
    );
    let told = 0;
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 10 }),
        fc.integer(),
        fc.boolean(),
        (extFields, opaque, flagged) => {
          const flag = flagged ? 1 : 0;
          if (same(JSON.stringify({ code: 0, extFields, flag, language: 'JAVA', opaque, version: 479 }), BODY)) told++;
        },
      ),
      { numRuns: 3000 },
    );
    expect(told).toBeGreaterThan(100);
  });

  it('says what the parsed one says, whatever has come before it', () => {
    const field = fc.oneof(
      fc.tuple(fc.constant('b'), fc.constantFrom('T', 'T\u0001', 'Topic', 'Topic2')),
      fc.tuple(fc.constant('e'), fc.constantFrom('1', '12', '-3', 'x')),
      fc.tuple(fc.constant('group'), fc.constantFrom('G', 'G2')),
      fc.tuple(fc.constant('k'), fc.constantFrom('true', 'false')),
      fc.tuple(fc.constantFrom('offset', 'other'), fc.constantFrom('1', '10', '12345678901')),
    );
    const end = fc.record({
      flag: fc.constantFrom(0, 1),
      language: fc.constantFrom('JAVA', 'GO'),
      opaque: fc.oneof(fc.constantFrom(0, 9, 10, -5, 99_999_999, 1_000_000_000), fc.nat(20)),
      remark: fc.constantFrom(undefined, 'r'),
      version: fc.constantFrom(1, 479),
    });
    const members = (fields: readonly (readonly [string, string])[]) =>
      fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',');
    // Runs of headers that differ in few things, as they come from one client.
    const step = fc.record({ start: fc.nat(5), fields: fc.array(field, { maxLength: 3 }), end: fc.option(end) });
    const usual = [
      ['b', 'Topic'],
      ['group', 'G'],
      ['e', '1'],
      ['k', 'true'],
      ['offset', '7'],
    ] as const;
    let told = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), end, fc.boolean(), (steps, common, first) => {
        for (const { start, fields, end: own } of steps) {
          const extFields = `"extFields":{${members([...usual.slice(0, start), ...fields])}}`;
          const { opaque, ...others } = own ?? { ...common, opaque: told };
          const rest = JSON.stringify({ ...others }).slice(1, -1);
          const all = first ? [rest, extFields, `"opaque":${opaque}`] : [extFields, rest, `"opaque":${opaque}`];
          if (same(`{"code":310,${all.join(',')}}`, BODY)) told++;
        }
      }),
      { numRuns: 2000 },
    );
    expect(told).toBeGreaterThan(1000);
  });

  it.each([
    ['a leading zero in the id', USUAL, USUAL.replace('"opaque":7', '"opaque":07')],
    ['no id', USUAL, USUAL.replace('"opaque":7', '"opaque":')],
    ['an id that is too long', USUAL, USUAL.replace('"opaque":7', '"opaque":12345678901')],
    ['a negative id', USUAL.replace('"opaque":7', '"opaque":-7'), USUAL.replace('"opaque":7', '"opaque":-8')],
    ['more behind the id', USUAL, USUAL.replace('}', ',"x":"1"}')],
    [
      'something in front of the fields',
      '{"code":1,"flag":1,"extFields":{"b":"T","e":"1","k":"true"},"opaque":7}',
      '{"code":1,"flag":1,"extFields":{"b":"T","e":"1","k":"true"},"opaque":7,"version":3}',
    ],
    [
      'the id in front of the fields',
      '{"code":1,"opaque":1,"extFields":{"b":"T","e":"1","k":"true"},"flag":7}',
      '{"code":1,"opaque":1,"extFields":{"b":"T","e":"1","k":"true"},"flag":8}',
    ],
    ['a field less', USUAL, USUAL.replace(',"offset":"12345678901"', '')],
    ['a field more', USUAL.replace(',"offset":"12345678901"', ''), USUAL],
    ['another field', USUAL, USUAL.replace('"offset":"12345678901"', '"score":"1.5"')],
    [
      'one without fields',
      '{"code":1,"flag":1,"language":"GO","version":1,"extFields":{"b":"T","e":"1"},"opaque":7}',
      '{"code":1,"flag":1,"language":"GO","version":1,"opaque":7}',
    ],
  ])('says what the parsed one says of the next one, or leaves it: %s', (_what, first, second) => {
    // A header is not remembered at once when many different ones have come.
    for (let times = 0; times < 70; times++) same(first, BODY);
    for (const header of [second, first, second, second]) same(header, BODY);
  });

  it('says it of every beginning and every change of a header that came before', () => {
    const bytes = new TextEncoder().encode(USUAL);
    for (let at = 0; at < bytes.length; at++) {
      same(USUAL);
      same(USUAL);
      same(bytes.slice(0, at));
      const changed = bytes.slice();
      changed[at]! ^= 1;
      same(changed);
    }
  });

  it('keeps its fields when the next header has been scanned', () => {
    const of = (queueId: number) =>
      new TextEncoder().encode(`{"code":1,"extFields":{"b":"T${queueId}","e":"${queueId}"}}`);
    const read = (queueId: number, body: Uint8Array) =>
      ScannedCommand.read(of(queueId), 0, of(queueId).length, body, limits)!;
    const commands = [read(1, NO_BODY), read(2, BODY), read(3, NO_BODY)];
    expect(commands.map((command) => decodeHeader(codec, command).queueId)).toEqual([1, 2, 3]);
    expect(commands.map((command) => command.fields)).toEqual([1, 2, 3].map((id) => ({ b: `T${id}`, e: `${id}` })));
  });

  it('of a request without a body does not hold the bytes it came in', () => {
    const bytes = new TextEncoder().encode('{"code":11,"extFields":{"b":"T","e":"1"}}');
    const command = ScannedCommand.read(bytes, 0, bytes.length, NO_BODY, limits)!;
    bytes.fill(0);
    expect(command.fields).toEqual({ b: 'T', e: '1' });
  });
});
