import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/schema/json-text.js';

describe('jsonText', () => {
  it('leaves plain text as it is', () => {
    const plain = "TopicA %RETRY%CG_1 标签 ü 😀 '/";
    expect(jsonText(plain)).toBe(plain);
  });

  it('escapes as fastjson does', () => {
    expect(jsonText('KEYS\u0001k1\u0002')).toBe('KEYS\\u0001k1\\u0002');
    expect(jsonText('"\\\b\t\n\u000b\f\r\u001f')).toBe('\\"\\\\\\b\\t\\n\\u000B\\f\\r\\u001F');
    expect(jsonText('\u007f\u009f\u00a0\u2028\u2029')).toBe('\\u007F\\u009F\u00a0\\u2028\\u2029');
  });

  it('is read back as it was, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(`"${jsonText(text)}"`)).toBe(text);
      }),
    );
  });
});
