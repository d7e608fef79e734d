import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProperties, parseProperties } from '../src/properties.js';

const parsed = (text: string) => Object.fromEntries(parseProperties(text));

describe('properties', () => {
  it('are read as Java reads them', () => {
    const text = [
      '# a comment',
      '  ! another one',
      '',
      'brokerName=broker-a',
      '  listenPort : 10911  ',
      'flushDiskType ASYNC_FLUSH',
      'url=http://host:80/?a=b',
      'empty=',
      'alone',
      'path=C\\:\\\\store\\t\\u00e9\\q',
      'list=a,\\',
      '     b,\\',
      '     #c',
      'even=x\\\\',
      'key\\ with\\=odd\\:letters = 1',
      'twice=1\r\ntwice=2\rlast=end\\',
    ].join('\n');
    expect(parsed(text)).toEqual({
      brokerName: 'broker-a',
      listenPort: '10911  ',
      flushDiskType: 'ASYNC_FLUSH',
      url: 'http://host:80/?a=b',
      empty: '',
      alone: '',
      path: 'C:\\store\t\u00e9q',
      list: 'a,b,#c',
      even: 'x\\',
      'key with=odd:letters': '1',
      twice: '2',
      last: 'end',
    });
  });

  it('come back as they were', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const tricky = fc.string({ unit: fc.constantFrom(...Array.from(' \t\n\r\f\\=:#!ua1')), maxLength: 12 });
    const entry = fc.tuple(fc.oneof(text, tricky), fc.oneof(text, tricky));
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ([key]) => key }), (entries) => {
        expect([...parseProperties(formatProperties(entries))]).toEqual(entries);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of any text can be read', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ab \t\n\r\\=:#!u0')) }),
        (text) => void parseProperties(text),
      ),
    );
    expect(parseProperties('a\\'.repeat(200_000)).size).toBe(1);
  });
});
