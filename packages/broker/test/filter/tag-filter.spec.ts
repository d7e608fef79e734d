import { javaStringHash, ProtocolError } from '@cometmq/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTagType, MAX_TAGS, tagFilter } from '../../src/filter/tag-filter.js';

describe('a tag filter', () => {
  it('lets the named tags pass, and every tag with their hash', () => {
    const filter = tagFilter('TagA || BB')!;
    expect(filter.matchesEntry(javaStringHash('TagA'))).toBe(true);
    expect(filter.matchesEntry(javaStringHash('Aa'))).toBe(true);
    expect(filter.matchesEntry(javaStringHash('TagB'))).toBe(false);
    expect(filter.matchesEntry(0)).toBe(false);
  });

  it('looks at 32 bits of an entry, whatever its sign', () => {
    const tag = 'a very long tag with a negative hash?';
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => text.trim() === text && !text.includes('||') && text !== '*'),
        (text) => {
          const hash = javaStringHash(text);
          expect(tagFilter(text)?.matchesEntry(hash)).toBe(true);
          expect(tagFilter(text)?.matchesEntry(hash >>> 0)).toBe(true);
        },
      ),
    );
    expect(tagFilter(tag)?.matchesEntry(javaStringHash(tag))).toBe(true);
  });

  it.each([undefined, '', '*'])('of %j is none', (expression) => expect(tagFilter(expression)).toBeUndefined());
  it.each(['||', '||||'])('of %j is refused', (expression) =>
    expect(() => tagFilter(expression)).toThrow(ProtocolError),
  );
  it('of too many tags is refused', () => {
    const tags = Array.from({ length: MAX_TAGS + 1 }, (_, index) => `t${index}`).join('||');
    expect(() => tagFilter(tags)).toThrow(ProtocolError);
  });
  it('is what old clients mean that name no type', () => {
    expect([undefined, '', 'TAG', 'SQL92', 'tag'].map(isTagType)).toEqual([true, true, true, false, false]);
  });
});
