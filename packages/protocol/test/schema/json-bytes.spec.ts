import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECIMAL_BYTES, JSON_BYTES_PER_UNIT, writeDecimal, writeJsonText } from '../../src/schema/json-bytes.js';
import { wellFormed } from '../well-formed.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** In exactly as many bytes as are promised to be enough. */
function json(text: string): string {
  const bytes = new Uint8Array(text.length * JSON_BYTES_PER_UNIT);
  const end = writeJsonText(bytes, 0, text);
  expect(end).toBeLessThanOrEqual(bytes.length);
  return decoder.decode(bytes.subarray(0, end));
}

function decimal(value: number): string {
  const bytes = new Uint8Array(DECIMAL_BYTES);
  const end = writeDecimal(bytes, 0, value);
  expect(end).toBeLessThanOrEqual(DECIMAL_BYTES);
  return decoder.decode(bytes.subarray(0, end));
}

describe('text in JSON', () => {
  it('stays as it is when there is nothing to escape', () => {
    const plain = "TopicA %RETRY%CG_1 标签 ü 😀 '/\u00a0";
    expect(json(plain)).toBe(plain);
  });

  it('is escaped as fastjson does it', () => {
    expect(json('KEYS\u0001k1\u0002')).toBe('KEYS\\u0001k1\\u0002');
    expect(json('"\\\b\t\n\u000b\f\r\u001f')).toBe('\\"\\\\\\b\\t\\n\\u000B\\f\\r\\u001F');
    expect(json('\u007f\u0080\u009f\u2028\u2029')).toBe('\\u007F\\u0080\\u009F\\u2028\\u2029');
  });

  it('is read back as it was, whatever it was; halves of pairs become U+FFFD', () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(unit).map((units) => units.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(JSON.parse(`"${json(one)}"`)).toBe(wellFormed(one));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('numbers', () => {
  it.each([0, 1, 9, 10, 99, 999_999_999, 1e9, 1e9 + 1, 123_456_789_012, 2 ** 31, -1, -(2 ** 31), -1e15])(
    '%d',
    (value) => {
      expect(decimal(value)).toBe(String(value));
    },
  );

  it('of every size are written as JavaScript writes them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), (value) => {
        expect(decimal(value)).toBe(String(value));
      }),
      { numRuns: 1000 },
    );
    expect(decimal(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
    expect(decimal(Number.MIN_SAFE_INTEGER)).toBe('-9007199254740991');
    expect(decimal(-0)).toBe('0');
  });
});
