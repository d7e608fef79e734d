import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { BatchBody, decodeBatch, encodeBatch } from '../../src/message/batch-codec.js';
import { decodeProperties } from '../../src/message/properties.js';
import { protocolErrorOf } from '../protocol-error-of.js';

interface Golden {
  readonly batches: readonly {
    readonly messages: readonly {
      readonly flag: number;
      readonly bodyHex: string;
      readonly properties: Record<string, string>;
    }[];
    readonly encodedHex: string;
  }[];
}

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const entry = fc.record({
  flag: fc.integer(),
  body: fc.uint8Array({ maxLength: 40 }),
  properties: fc.string({ unit: 'grapheme', maxLength: 30 }),
});

describe('client batches', () => {
  it.each(goldenRecords<Golden>('message-encodings.json').batches)(
    'of $messages.length, as Java encodes them',
    ({ messages, encodedHex }) => {
      const entries = decodeBatch(bytesOf(encodedHex));
      expect(
        entries.map(({ flag, body, properties }) => ({
          flag,
          bodyHex: Buffer.from(body).toString('hex'),
          properties: Object.fromEntries(decodeProperties(properties)),
        })),
      ).toEqual(messages);
      expect(Buffer.from(encodeBatch(entries)).toString('hex')).toBe(encodedHex);
    },
  );

  it('survive', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(decodeBatch(encodeBatch(entries))).toEqual(entries);
      }),
    );
  });

  it('are the same bytes where they are written into a frame, whatever stood there', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, fc.nat(30))), fc.nat(9), (entries, from) => {
        const parts = entries.map(([{ flag, body, properties }, cut]) => {
          const [start, rest] = [properties.slice(0, cut), properties.slice(cut)];
          return {
            flag,
            body,
            propertiesStart: Buffer.from(start),
            propertiesRest: rest,
            propertiesBytes: Buffer.byteLength(start) + Buffer.byteLength(rest),
          };
        });
        const body = new BatchBody(parts);
        const into = new Uint8Array(body.length + from + 5).fill(0xee);
        body.writeTo(into, from);
        const whole = entries.map(([{ flag, body: bytes }], index) => ({
          flag,
          body: bytes,
          properties: Buffer.from(parts[index]!.propertiesStart).toString() + parts[index]!.propertiesRest,
        }));
        // A pair of surrogates that was cut in two is two replacement characters.
        const cutPair = parts.some(({ propertiesRest }) => /^[\udc00-\udfff]/.test(propertiesRest));
        if (!cutPair) expect(into.slice(from, from + body.length)).toEqual(encodeBatch(whole));
        expect(new Set([...into.slice(0, from), ...into.slice(from + body.length)])).toEqual(new Set([0xee]));
      }),
    );
  });

  it('with too long properties are refused in both ways', () => {
    const part = { flag: 0, body: new Uint8Array(1), propertiesStart: new Uint8Array(0) };
    const propertiesRest = 'x'.repeat(32_768);
    expect(() => new BatchBody([{ ...part, propertiesRest, propertiesBytes: 32_768 }])).toThrow('at most 32767');
    expect(() => encodeBatch([{ flag: 0, body: part.body, properties: propertiesRest }])).toThrow('at most 32767');
  });

  it('cut off or changed anywhere are batches or a clear error', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        (entries, where, byte, cut) => {
          const bytes = encodeBatch(entries);
          bytes[where % bytes.length] = byte;
          let size = 0;
          protocolErrorOf(() => {
            for (const { body } of decodeBatch(bytes.subarray(0, cut % (bytes.length + 1)))) size += body.length;
          });
          expect(size).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('have a bound on their number', () => {
    const many = encodeBatch(Array.from({ length: 6 }, () => ({ flag: 0, body: new Uint8Array(), properties: '' })));
    expect(decodeBatch(many, { maxMessages: 6 })).toHaveLength(6);
    expect(() => decodeBatch(many, { maxMessages: 5 })).toThrow('more than 5 messages');
  });

  it('with too long properties are refused when they are made', () => {
    const properties = `p\u0001${'y'.repeat(32_765)}\u0002`;
    expect(() => encodeBatch([{ flag: 0, body: new Uint8Array(), properties }])).toThrow('32768 bytes: at most 32767');
  });
});
