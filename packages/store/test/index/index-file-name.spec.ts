import { describe, expect, it } from 'vitest';
import { indexFileName } from '../../src/index/index-file-name.js';

describe('the name of an index file', () => {
  it('is the local time, in 17 digits', () => {
    expect(indexFileName(new Date(2026, 0, 2, 3, 4, 5, 6).getTime(), undefined)).toBe('20260102030405006');
  });

  it('is above the last one, whatever the clock says', () => {
    const time = new Date(2026, 10, 21, 7, 0, 0, 999).getTime();
    expect(indexFileName(time, '20261121070000998')).toBe('20261121070000999');
    expect(indexFileName(time, '20261121070000999')).toBe('20261121070001000');
    expect(indexFileName(time, '20271121070000000')).toBe('20271121070000001');
  });
});
