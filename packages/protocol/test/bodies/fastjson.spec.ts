import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/bodies/fastjson.js';
import { KeyedEntries } from '../../src/bodies/json-value.js';
import { ProtocolError } from '../../src/protocol-error.js';
import { protocolErrorOf } from '../protocol-error-of.js';

/** With what makes the standard parser give up, so that ours is the one that is tried. */
const odd = (text: string) => parseJson(`/**/${text}`);
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('what fastjson takes beyond the standard', () => {
  it.each([
    ['{a:1,$b:2,_c:3,名:4,a.b:5,a-b:6}', { a: 1, $b: 2, _c: 3, 名: 4, 'a.b': 5, 'a-b': 6 }],
    ["{'a':'b\"c'}", { a: 'b"c' }],
    ['{0:1,-5:2,007:3}', { 0: 1, '-5': 2, 7: 3 }],
    ['{"a":1,}', { a: 1 }],
    ['{,,"a":1,,,"b":2,,}', { a: 1, b: 2 }],
    ['[1,,2,]', [1, 2]],
    ['[,]', []],
    [' { "a" /* b */ : // c\n 1 } ', { a: 1 }],
    ['"\\x41\\u00e9\\\'\\v\\0\\7"', "Aé'\u000b\u0000\u0007"],
    ['"line\nbreak\ttab"', 'line\nbreak\ttab'],
    ['[5L,1.5F,3D,7S,1B]', [5, 1.5, 3, 7, 1]],
    ['[NaN,undefined,NULL,null,true,false]', [null, null, null, null, true, false]],
    ['[007,-0.5e3,1.,2E-2]', [7, -500, 1, 0.02]],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s', (text, value) => {
    expect(plain(parseJson(text))).toEqual(value);
    expect(plain(odd(text))).toEqual(value);
  });

  it('keeps the digits of whole numbers beyond the safe ones', () => {
    expect(
      parseJson('[9223372036854775807,-9223372036854775808,9007199254740991,9007199254740993,00099999999999999999]'),
    ).toEqual([
      '9223372036854775807',
      '-9223372036854775808',
      9_007_199_254_740_991,
      '9007199254740993',
      '99999999999999999',
    ]);
  });

  it('keeps objects that are keys', () => {
    const value = parseJson('{"x":0,{"a":1}:5,[2]:6}');
    expect(value).toBeInstanceOf(KeyedEntries);
    expect(plain((value as KeyedEntries).entries)).toEqual([
      ['x', 0],
      [{ a: 1 }, 5],
      [[2], 6],
    ]);
  });

  it('keeps __proto__ a name like others', () => {
    for (const value of [parseJson('{"__proto__":{"a":1}}'), odd('{"__proto__":{"a":1}}')]) {
      expect(Object.keys(value as object)).toEqual(['__proto__']);
      expect((value as { a?: number }).a).toBeUndefined();
    }
  });
});

describe('references', () => {
  it.each([
    ['{"a":{"x":1},"b":{"$ref":"$.a"}}', { a: { x: 1 }, b: { x: 1 } }],
    ['{"a":[{"x":1},{"$ref":"$.a[0]"}]}', { a: [{ x: 1 }, { x: 1 }] }],
    ['{"a.b":{"x":1},"c":{"$ref":"$.a\\\\.b.x"}}', { 'a.b': { x: 1 }, c: 1 }],
    ['{"b":{"$ref":"$.a"},"a":[2]}', { b: [2], a: [2] }],
    ['{"b":{"$ref":"$.c"},"c":{"$ref":"$.d"},"d":3}', { b: 3, c: 3, d: 3 }],
    ['{"b":{"$ref":"$.nowhere.x"},"c":{"$ref":"?"},"d":{"$ref":"$.a[7]"}}', { b: null, c: null, d: null }],
    ['{"$ref":"$.a","a":1}', { $ref: '$.a', a: 1 }],
    ['{"$ref":7}', { $ref: 7 }],
    ['{"a":"$ref"}', { a: '$ref' }],
  ])('%s', (text, value) => expect(plain(parseJson(text))).toEqual(value));

  it('to themselves or in a ring lead nowhere', () => {
    expect(plain(parseJson('{"a":{"$ref":"$.b"},"b":{"$ref":"$.a"}}'))).toEqual({ a: null, b: null });
    expect(plain(parseJson('{"$ref":"$"}'))).toBeNull();
  });

  it('to what is around them make a ring of values', () => {
    const value = parseJson('{"a":{"b":{"$ref":"$"},"c":{"$ref":".."},"d":{"$ref":"@"}}}') as {
      a: Record<string, unknown>;
    };
    expect(value.a['b']).toBe(value);
    expect(value.a['c']).toBe(value);
    expect(value.a['d']).toBe(value.a);
  });

  it('to inherited names lead nowhere', () => {
    expect(plain(parseJson('{"a":{"$ref":"$.constructor"},"b":{"$ref":"$.__proto__"}}'))).toEqual({ a: null, b: null });
  });
});

describe('what it refuses, and where', () => {
  it.each([
    ['', 'character 0: an empty text'],
    ['  ', 'an empty text'],
    ['{', 'character 1: the end of the text in an object'],
    ['{"a"', "character 4: something else than ':' behind a key"],
    ['{"a":', 'character 5: the end of the text where a value was expected'],
    ['{"a":1', "character 6: something else than ',' or '}'"],
    ['{"a":1 "b":2}', "character 7: something else than ',' or '}'"],
    ['[1', "character 2: something else than ',' or ']'"],
    ['"a', 'character 2: the end of the text in a string'],
    ['"a\\', 'an unknown escape'],
    ['"\\q"', 'character 1: an unknown escape'],
    ['"\\u12g4"', 'a \\u without its digits'],
    ['{} x', 'character 3: something behind the value'],
    ['hello', 'character 0: something that is no value'],
    ['-', 'a sign without a number'],
    ['{:1}', 'something that is no key'],
    ['/x', "a '/' that begins no comment"],
    ['/* x', 'a comment without an end'],
  ])('%j: %s', (text, message) => {
    expect(() => parseJson(text)).toThrow(ProtocolError);
    expect(() => parseJson(text)).toThrow(message);
  });

  it('more levels than allowed', () => {
    const deep = (levels: number) => `'x':${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(() => parseJson(`{${deep(63)}}`)).not.toThrow();
    expect(() => parseJson(`{${deep(64)}}`)).toThrow('more than 64 levels');
    expect(() => parseJson(`${'{'.repeat(100_000)}`)).toThrow('more than 64 levels');
    expect(() => parseJson('[[[1]]]/**/', { maxDepth: 2 })).toThrow('more than 2 levels');
  });

  it('a text that is too long', () => {
    expect(() => parseJson('[1,2,3]', { maxLength: 6 })).toThrow('JSON of 7 characters: at most 6');
  });
});

describe('any text', () => {
  it('standard JSON is read by our parser as by the built-in one', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 6 }).filter((text) => !/\d{16}/.test(text)),
        (text) => {
          expect(plain(odd(text))).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is a value or a ProtocolError, in bounded time', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      "'",
      '\\',
      '\\u',
      '/',
      '*',
      '/*',
      '*/',
      '//',
      '\n',
      ' ',
      '-',
      '0',
      '1',
      '.',
      'e',
      'L',
      'a',
      '$ref',
      '"$ref":"$"',
      '"$ref":".."',
      'true',
      'null',
      'NaN',
      'é',
      '😀',
      '9223372036854775807',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect([undefined, 'body', 'limit']).toContain(protocolErrorOf(() => parseJson(parts.join('')))?.reason);
      }),
      { numRuns: 10_000 },
    );
  });
});
