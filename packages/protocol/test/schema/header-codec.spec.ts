import fc from 'fast-check';
import { NO_ROOM } from '../../src/schema/header-codec.js';
import { wellFormed } from '../well-formed.js';
import { describe, expect, it } from 'vitest';
import {
  boolean,
  boundary,
  clampedInt64,
  float64,
  type Header,
  headerCodec,
  int32,
  int64,
  optional,
  ProtocolError,
  text,
  withDefault,
} from '../../src/index.js';

const codec = headerCodec(
  {
    topic: text('b'),
    queueId: int32('e'),
    queueOffset: int64(),
    until: optional(clampedInt64()),
    ratio: optional(float64()),
    unitMode: optional(boolean('k')),
    boundaryType: optional(boundary()),
    committed: withDefault(boolean(), true),
  },
  'SOME_REQUEST request',
);

const valid = { b: 'T', e: '3', queueOffset: '12' };

describe('reading a header', () => {
  it('gives long names and types, and defaults for what is absent', () => {
    expect(codec.decode({ ...valid, until: '5', ratio: '0.5', k: 'TRUE', boundaryType: 'upper', more: 'x' })).toEqual({
      topic: 'T',
      queueId: 3,
      queueOffset: 12,
      until: 5,
      ratio: 0.5,
      unitMode: true,
      boundaryType: 'UPPER',
      committed: true,
    });
    expect(codec.decode(valid)).toEqual({ topic: 'T', queueId: 3, queueOffset: 12, committed: true });
  });

  it.each([
    ['+7', 7],
    ['-0', 0],
    ['007', 7],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
  ])('reads the 32-bit integer %s', (e, queueId) => {
    expect(codec.decode({ ...valid, e })).toMatchObject({ queueId });
  });

  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '-',
    '+',
    '1.0',
    '1e3',
    '0x10',
    'abc',
    '2147483648',
    '-2147483649',
    '١',
    '1_000',
    'null',
  ])('refuses "%s" as 32-bit integer, naming request, field and value', (e) => {
    expect(() => codec.decode({ ...valid, e })).toThrow(
      new ProtocolError(`SOME_REQUEST request: field queueId (e) is "${e}", expected a signed 32-bit integer`, 'field'),
    );
  });

  it.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
  ])('reads the 64-bit integer %s', (queueOffset, number) => {
    expect(codec.decode({ ...valid, queueOffset })).toMatchObject({ queueOffset: number });
  });

  it.each(['9007199254740992', '-9007199254740992', '9223372036854775807', '99999999999999999999999'])(
    'refuses %s, which no JavaScript number can hold, but takes it for a bound',
    (large) => {
      expect(() => codec.decode({ ...valid, queueOffset: large })).toThrow(
        /queueOffset is "-?\d+", expected an integer/,
      );
      const nearest = large.startsWith('-') ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
      expect(codec.decode({ ...valid, until: large })).toMatchObject({ until: nearest });
    },
  );

  it.each(['1', 'yes', '', 'truely'])('reads the boolean "%s" as false, as Java does', (k) => {
    expect(codec.decode({ ...valid, k })).toMatchObject({ unitMode: false });
  });

  it.each(['x', '', '1f', '--1', '1e', '.'])('refuses "%s" as a number with a fraction', (ratio) => {
    expect(() => codec.decode({ ...valid, ratio })).toThrow(ProtocolError);
  });

  it('names a missing required field, also when there are no fields at all', () => {
    const missing = 'SOME_REQUEST request: field topic (b) is missing, expected a text';
    expect(() => codec.decode({ e: '1', queueOffset: '1' })).toThrow(missing);
    expect(() => codec.decode(undefined)).toThrow(missing);
    expect(headerCodec({}).decode(undefined)).toEqual({});
  });

  it('cuts long values in its errors', () => {
    const message = errorOf(() => codec.decode({ ...valid, e: 'x'.repeat(100_000) })).message;
    expect(message.length).toBeLessThan(200);
    expect(message).toContain(`"${'x'.repeat(80)}…"`);
  });
});

function json(header: Header<typeof codec.shape>): string {
  const bytes = new Uint8Array(1000);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    bytes.subarray(3, codec.encodeJson(header, bytes, 3, 1000)),
  );
}

function wellFormedFields(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, wellFormed(value)]));
}

describe('writing a header', () => {
  const header = { topic: 'T', queueId: -1, queueOffset: 5, committed: false };

  it('leaves undefined out and writes all else as text', () => {
    expect(codec.encode({ ...header, unitMode: true, until: undefined })).toEqual({
      b: 'T',
      e: '-1',
      queueOffset: '5',
      k: 'true',
      committed: 'false',
    });
    expect(json(header)).toBe('"b":"T","e":"-1","queueOffset":"5","committed":"false"');
  });

  it('writes the default of a field that is not given', () => {
    const { committed: _, ...rest } = header;
    expect(codec.encode(rest as typeof header)).toMatchObject({ committed: 'true' });
  });

  it.each([
    ['a missing field', { topic: undefined }, 'topic (b) is missing'],
    ['null', { topic: null }, 'topic (b) is missing'],
    ['NaN', { queueId: Number.NaN }, 'queueId (e) is "null"'],
    ['a fraction', { queueId: 1.5 }, 'queueId (e) is "1.5"'],
    ['more than 32 bit', { queueId: 2 ** 31 }, 'queueId (e) is "2147483648"'],
    ['more than 53 bit', { queueOffset: 2 ** 53 }, 'queueOffset is "9007199254740992"'],
    ['another type', { queueId: '1' }, 'queueId (e) is "1"'],
    ['an object', { topic: {} }, 'topic (b) is "{}"'],
  ])('refuses %s in all three writers', (_what, wrong, message) => {
    const bad = { ...header, ...wrong } as unknown as typeof header;
    expect(() => codec.encode(bad)).toThrow(message);
    expect(() => json(bad)).toThrow(message);
    expect(() => codec.encodeBinary(bad, new Uint8Array(1000), 0)).toThrow(message);
  });
});

describe('any header', () => {
  const anyHeader = fc.record(
    {
      topic: fc.string({ unit: 'binary' }),
      queueId: fc.integer(),
      queueOffset: fc.maxSafeInteger(),
      until: fc.maxSafeInteger(),
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      unitMode: fc.boolean(),
      boundaryType: fc.constantFrom('LOWER' as const, 'UPPER' as const),
      committed: fc.boolean(),
    },
    { requiredKeys: ['topic', 'queueId', 'queueOffset', 'committed'] },
  );

  it('comes back from its fields, and the writers agree', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const fields = codec.encode(header);
        expect(codec.decode(fields)).toEqual(header);
        expect(JSON.parse(`{${json(header)}}`)).toEqual(wellFormedFields(fields));
        const bound = codec.binaryBound(header);
        const bytes = new Uint8Array(bound + 3);
        const written = codec.encodeBinary(header, bytes, 3);
        expect(written).toBeLessThanOrEqual(bound);
        expect(binaryFields(bytes.subarray(3, 3 + written))).toEqual(wellFormedFields(fields));
      }),
    );
  });

  it('is written as JSON within its bound, or not at all', () => {
    fc.assert(
      fc.property(anyHeader, fc.nat(300), (header, room) => {
        const bound = codec.jsonBound(header);
        const whole = new Uint8Array(bound);
        const end = codec.encodeJson(header, whole, 0, bound);
        expect(end).toBeGreaterThan(0);
        const tight = new Uint8Array(room);
        const tightEnd = codec.encodeJson(header, tight, 0, room);
        // what does not fit may have been begun, but is not cut
        const expected = tightEnd === NO_ROOM ? NO_ROOM : end;
        expect(tightEnd).toBe(expected);
        expect(tight.subarray(0, Math.max(tightEnd, 0))).toEqual(whole.subarray(0, Math.max(tightEnd, 0)));
      }),
    );
  });

  it('never makes anything but a header or a ProtocolError from foreign fields', () => {
    const foreign = fc.dictionary(
      fc.constantFrom('b', 'e', 'queueOffset', 'until', 'ratio', 'k', '__proto__'),
      fc.string(),
    );
    fc.assert(
      fc.property(foreign, (fields) => {
        const outcome = outcomeOf(() => codec.decode(fields));
        expect(outcome).toSatisfy((one: unknown) => one instanceof ProtocolError || typeof one === 'object');
        expect(outcome).not.toBeInstanceOf(TypeError);
      }),
    );
  });
});

function errorOf(action: () => unknown): Error {
  const outcome = outcomeOf(action);
  if (outcome instanceof Error) return outcome;
  throw new Error('nothing was thrown');
}

function outcomeOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

/** An independent reader of the binary form. */
function binaryFields(bytes: Uint8Array): Record<string, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Record<string, string> = {};
  const text8 = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const keyEnd = at + 2 + view.getInt16(at);
    const end = keyEnd + 4 + view.getInt32(keyEnd);
    fields[text8.decode(bytes.subarray(at + 2, keyEnd))] = text8.decode(bytes.subarray(keyEnd + 4, end));
    at = end;
  }
  return fields;
}
