import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, durationText } from '../../src/testing/duration.js';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5h', 5_400_000],
    ['1h 30m', 5_400_000],
    ['2d1ms', 172_800_001],
    [0, 0],
    [12.5, 12.5],
  ])('%s is %i ms', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', '10', 'h', '1 hour', '-1s', '1h,', Number.NaN, -1, Number.POSITIVE_INFINITY])(
    '%s is refused by name',
    (value) => expect(() => durationMs(value)).toThrow(/is no duration/),
  );

  it('never takes a text for something it is not', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(durationMs(text)).toBeGreaterThanOrEqual(0);
          expect(text).toMatch(/^[\d.\smhd]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });

  it('is shown in the largest unit that says it', () => {
    expect([0, 12.4, 1000, 1500, 1234, 90_000, 7_200_000].map(durationText)).toEqual([
      '0 ms',
      '12 ms',
      '1 s',
      '1.5 s',
      '1.2 s',
      '1.5 m',
      '2 h',
    ]);
  });
});
