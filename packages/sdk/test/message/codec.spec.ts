import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonCodec, rawCodec, stringCodec, toBuffer } from '../../src/message/codec.js';

describe('codecs', () => {
  it('JSON comes back as it went', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const back = jsonCodec.decode(toBuffer(jsonCodec.encode(value)), {});
        expect(back).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('texts come back as they went', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(stringCodec.decode(toBuffer(stringCodec.encode(text)), {})).toBe(text);
      }),
    );
  });

  it('says which values it cannot send', () => {
    expect(() => jsonCodec.encode(undefined)).toThrow(/no JSON form/);
    expect(() => jsonCodec.encode(() => 1)).toThrow(/no JSON form/);
    expect(() => jsonCodec.encode(1n)).toThrow(TypeError);
    expect(() => rawCodec.encode('x')).toThrow(/Buffer and Uint8Array/);
    expect(() => stringCodec.encode(1)).toThrow(/only strings/);
  });

  it('never takes bytes that are no UTF-8 for a text', () => {
    expect(() => stringCodec.decode(Buffer.of(0xc3, 0x28), {})).toThrow(TypeError);
  });

  it('makes a Buffer of an array without copying', () => {
    const bytes = new Uint8Array([1, 2, 3]).subarray(1);
    const buffer = toBuffer(bytes);
    expect([...buffer]).toEqual([2, 3]);
    expect(buffer.buffer).toBe(bytes.buffer);
  });
});
