import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProperties, parseProperties } from '../../src/configuration/properties-text.js';

describe('Java properties text', () => {
  it.each([
    [
      'a=1\nb=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      '  a  =  1  \r\n\r\n# c=3\n! d=4\nb:2\rc 3',
      [
        ['a', '1  '],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    [
      'a=one\\\n   two\\\n three\nb=2',
      [
        ['a', 'onetwothree'],
        ['b', '2'],
      ],
    ],
    ['path=C:\\\\x\\ty', [['path', 'C:\\x\ty']]],
    ['a\\=b\\:c\\ d=1', [['a=b:c d', '1']]],
    ['u=\\u00fc\\q', [['u', 'üq']]],
    ['a=1\na=2', [['a', '2']]],
    [
      'alone\nempty=',
      [
        ['alone', ''],
        ['empty', ''],
      ],
    ],
    ['a=b=c', [['a', 'b=c']]],
    ['end=x\\', [['end', 'x']]],
    ['#\\\na=1', [['a', '1']]],
    ['', []],
  ] as const)('%j is read as Java reads it', (text, entries) => {
    expect([...parseProperties(text)]).toEqual(entries);
  });

  it('is read back as it was written', () => {
    const entry = fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    const clean = (text: string) =>
      !/[\f\v\u0085\u2028\u2029\u00a0\ufeff\u1680\u2000-\u200a\u202f\u205f\u3000]/.test(text);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const properties = new Map(entries.filter(([key, value]) => clean(key) && clean(value)));
        expect(parseProperties(formatProperties(properties))).toEqual(properties);
      }),
    );
  });

  it('is never too strange to be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseProperties(text)).toBeInstanceOf(Map);
      }),
    );
  });
});
