import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPropertiesText, parsePropertiesText } from '../../src/metadata/properties-text.js';

describe('properties text', () => {
  it('is read by the rules of Java', () => {
    const text =
      '# comment\n! another\n\na=1\nb : two words\n  c\\ d = e\\tf\\u00e4\nlong = one, \\\n   two\nempty\nwin=\\\\x\r\na=2';
    expect(parsePropertiesText(text)).toEqual(
      new Map([
        ['a', '2'],
        ['b', 'two words'],
        ['c d', 'e\tfä'],
        ['long', 'one, two'],
        ['empty', ''],
        ['win', '\\x'],
      ]),
    );
  });

  it('comes back as it was written', () => {
    const key = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]*$/);
    const value = fc.string().map((text) => text.trimStart());
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value)), (pairs) => {
        expect(parsePropertiesText(formatPropertiesText(pairs))).toEqual(new Map(pairs));
      }),
    );
  });

  it('never fails', () => {
    const read = () =>
      fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parsePropertiesText(text) instanceof Map));
    expect(read).not.toThrow();
  });
});
