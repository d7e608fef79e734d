import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { javaStringHash, matchesTags, matchesTagsCode, parseTagExpression, tagsCode } from '../../src/message/tags.js';

interface Golden {
  readonly tags: readonly { readonly tag: string; readonly hash: number; readonly tagsCode: number }[];
  readonly subscriptions: readonly {
    readonly expression: string | null;
    readonly subscription?: {
      readonly subString: string;
      readonly tagsSet: readonly string[];
      readonly codeSet: readonly number[];
    };
    readonly error?: string;
  }[];
}

const golden = goldenRecords<Golden>('tags.json');

describe('tags', () => {
  it('hash as in Java', () => {
    expect(golden.tags.length).toBeGreaterThan(100);
    for (const { tag, hash, tagsCode: code } of golden.tags) {
      expect(javaStringHash(tag)).toBe(hash);
      expect(tagsCode(tag)).toBe(code);
    }
    expect(tagsCode(undefined)).toBe(0);
  });

  const parses = ({ subscription }: Golden['subscriptions'][number]) => subscription !== undefined;

  it.each(golden.subscriptions.filter(parses))('expression $expression', ({ expression, subscription }) => {
    const parsed = parseTagExpression(expression ?? undefined);
    expect(parsed.subString).toBe(subscription!.subString);
    expect(new Set(parsed.tagsSet)).toEqual(new Set(subscription!.tagsSet));
    expect(new Set(parsed.codeSet)).toEqual(new Set(subscription!.codeSet));
    expect(parsed.codeSet).toHaveLength(subscription!.codeSet.length);
  });

  it.each(golden.subscriptions.filter((one) => !parses(one)))(
    'expression $expression names no tag',
    ({ expression }) => {
      expect(() => parseTagExpression(expression ?? undefined)).toThrow('names no tag');
    },
  );

  it('match by code first and by text then', () => {
    const parsed = parseTagExpression('Aa || C');
    const subscription = { subString: parsed.subString, codeSet: new Set(parsed.codeSet) };
    expect(matchesTagsCode(subscription, tagsCode('Aa'))).toBe(true);
    expect(matchesTagsCode(subscription, tagsCode('BB'))).toBe(true); // the same hash
    expect(matchesTagsCode(subscription, tagsCode('D'))).toBe(false);
    expect(matchesTags(parsed, 'Aa')).toBe(true);
    expect(matchesTags(parsed, 'BB')).toBe(false);
    expect(matchesTags(parsed, undefined)).toBe(false);
  });

  it('all means all, also messages without tags', () => {
    const all = parseTagExpression('*');
    expect(matchesTagsCode({ subString: all.subString, codeSet: new Set(all.codeSet) }, 0)).toBe(true);
    expect(matchesTags(all, undefined)).toBe(true);
  });

  it('the code of an entry counts with its low 32 bits', () => {
    const codeSet = new Set([tagsCode('polygenelubricants')]);
    expect(matchesTagsCode({ subString: 'x', codeSet }, 2 ** 31)).toBe(true);
  });
});
