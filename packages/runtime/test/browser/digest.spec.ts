import { createHash, createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha1, md5, sha1 } from '../../src/browser/digest.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const lengths = [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000];

describe('digests', () => {
  it.each(lengths)('are those of Node for %i bytes', (length) => {
    const bytes = Buffer.alloc(length, 0xa7);
    expect(hex(md5(bytes))).toBe(createHash('md5').update(bytes).digest('hex'));
    expect(hex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'));
    expect(hex(hmacSha1(bytes, bytes))).toBe(createHmac('sha1', bytes).update(bytes).digest('hex'));
  });

  it('are those of Node for any bytes, also within a larger array', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (bytes, key) => {
        const within = Buffer.concat([key, bytes]).subarray(key.length);
        expect(hex(md5(within))).toBe(createHash('md5').update(bytes).digest('hex'));
        expect(hex(sha1(within))).toBe(createHash('sha1').update(bytes).digest('hex'));
        expect(hex(hmacSha1(key, within))).toBe(createHmac('sha1', key).update(bytes).digest('hex'));
      }),
    );
  });
});
