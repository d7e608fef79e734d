import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import {
  MessageProperty,
  closedProperties,
  decodeProperties,
  encodeProperties,
  findProperty,
  isReservedProperty,
  propertyProblem,
  withProperty,
  withoutProperty,
} from '../../src/message/properties.js';
import { ProtocolError } from '../../src/protocol-error.js';

interface Golden {
  readonly encode: readonly { readonly properties: Record<string, string | null>; readonly text: string }[];
  readonly parse: readonly { readonly text: string | null; readonly properties: Record<string, string> }[];
}

const golden = goldenRecords<Golden>('properties.json');

describe('property text as Java writes and reads it', () => {
  it.each(golden.encode)('writes $properties', ({ properties, text }) => {
    const given = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, value ?? undefined]));
    const pieces = (all: string) => all.split('\u0002').sort();
    expect(pieces(encodeProperties(given))).toEqual(pieces(text));
    const read = Object.entries(properties).filter(([, value]) => value);
    expect(Object.fromEntries(decodeProperties(text))).toEqual(Object.fromEntries(read));
  });

  it.each(golden.parse)('reads $text', ({ text, properties }) => {
    expect(Object.fromEntries(decodeProperties(text ?? ''))).toEqual(properties);
    for (const name of ['a', 'b', 'c', ' ', 'ab', 'x', '', 'abc', 'a=1']) {
      expect(findProperty(text ?? '', name)).toBe(properties[name]);
    }
  });
});

/** Texts made of the pieces that parsers stumble over. */
const oddText = fc
  .array(
    fc.constantFrom('a', 'b', 'ab', '\u0001', '\u0002', ' ', 'ü', '😀', 'TAGS', '\u0001\u0002', 'a\u00011\u0002'),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(''));
const oddName = fc.constantFrom('a', 'b', 'ab', 'TAGS', 'ü', ' ', '', 'a\u0001', 'aa', 'GS');
const pair = fc.record({
  name: fc.constantFrom('a', 'b', 'TAGS', 'ü', 'KEYS'),
  value: fc
    .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
    .filter((text) => propertyProblem('a', text) === undefined),
});

describe('property text, any text', () => {
  it('findProperty says what decodeProperties says', () => {
    fc.assert(
      fc.property(oddText, oddName, (text, name) => {
        expect(findProperty(text, name)).toBe(decodeProperties(text).get(name));
      }),
      { numRuns: 5000 },
    );
  });

  it('withProperty sets one and leaves the others', () => {
    fc.assert(
      fc.property(oddText, pair, (text, { name, value }) => {
        const expected = decodeProperties(text);
        expected.delete(name);
        expected.set(name, value);
        const changed = withProperty(text, name, value);
        expect(decodeProperties(changed)).toEqual(expected);
        expect(findProperty(changed, name)).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('withoutProperty takes one away and leaves the others', () => {
    fc.assert(
      fc.property(oddText, oddName, (text, name) => {
        const expected = decodeProperties(text);
        if (!name.includes('\u0001')) expected.delete(name);
        expect(decodeProperties(withoutProperty(text, name))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('closedProperties changes nothing that is read', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        expect(decodeProperties(closedProperties(text))).toEqual(decodeProperties(text));
      }),
    );
  });

  it('what was encoded is decoded', () => {
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const properties = new Map(pairs.map(({ name, value }) => [name, value]));
        expect(decodeProperties(encodeProperties(properties))).toEqual(properties);
      }),
    );
  });
});

describe('what cannot be a property', () => {
  it.each([
    ['', 'x', 'must not be empty'],
    ['a\u0001', 'x', 'holds a separator'],
    ['a\u0002', 'x', 'holds a separator'],
    ['a', 'x\u0001', 'value of property a holds a separator'],
    ['a', '\u0002', 'value of property a holds a separator'],
  ])('%j: %j is refused', (name, value, message) => {
    expect(() => encodeProperties({ [name]: value })).toThrow(message);
    expect(() => withProperty('b\u00011\u0002', name, value)).toThrow(ProtocolError);
  });
});

describe('reserved names', () => {
  it('are those that Java refuses to users', () => {
    for (const name of ['KEYS', 'TAGS', 'DELAY', 'UNIQ_KEY', 'POP_CK', '__CRC32#', 'TIMER_DELAY_MS'])
      expect(isReservedProperty(name)).toBe(true);
    for (const name of [
      'mine',
      'keys',
      'INNER_NUM',
      '__SHARDINGKEY',
      'CHECK_IMMUNITY_TIME_IN_SECONDS',
      '__transactionId__',
    ])
      expect(isReservedProperty(name)).toBe(false);
  });

  it('are spelt once each', () => {
    expect(new Set(Object.values(MessageProperty)).size).toBe(Object.keys(MessageProperty).length);
  });
});
