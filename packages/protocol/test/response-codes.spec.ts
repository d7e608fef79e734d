import { describe, expect, it } from 'vitest';
import { ResponseCode, responseCodeName } from '../src/index.js';
import { goldenFrames } from './golden-wire.js';

describe('response codes', () => {
  it('have names both ways', () => {
    expect(ResponseCode.TOPIC_NOT_EXIST).toBe(17);
    expect(responseCodeName(17)).toBe('TOPIC_NOT_EXIST');
    expect(responseCodeName(0)).toBe('SUCCESS');
    expect(responseCodeName(4711)).toBe('4711');
  });

  it('are no two the same', () => {
    const codes = Object.values(ResponseCode);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('cover everything Apache answered', () => {
    const answered = new Set(goldenFrames.flatMap((frame) => frame.responseCode ?? []));
    expect([...answered].filter((code) => responseCodeName(code) === String(code))).toEqual([]);
  });
});
