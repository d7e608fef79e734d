import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { hostBytes } from '../../src/message/host-bytes.js';
import { checkRecord } from '../../src/message/record-check.js';
import {
  bodyChecksum,
  patchRecordOffsets,
  readRecord,
  recordSize,
  records,
  writeRecord,
} from '../../src/message/record-codec.js';
import { recordParts, recordProperty } from '../../src/message/record-fields.js';
import { decodeProperties, findProperty } from '../../src/message/properties.js';
import { sealPropertyCrc } from '../../src/message/property-crc.js';
import type { StoredRecord } from '../../src/message/stored-record.js';
import { withHostBits } from '../../src/message/sys-flag.js';
import { protocolErrorOf } from '../protocol-error-of.js';

const host = fc
  .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535))
  .map(([address, port]) => hostBytes(address, port));

const record: fc.Arbitrary<StoredRecord> = fc
  .record({
    topic: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ minLength: 100, maxLength: 300 })),
    queueId: fc.integer(),
    flag: fc.integer(),
    queueOffset: fc.maxSafeNat(),
    physicalOffset: fc.maxSafeNat(),
    sysFlag: fc.nat(0x7ff),
    bornTimestamp: fc.maxSafeInteger(),
    bornHost: host,
    storeTimestamp: fc.maxSafeNat(),
    storeHost: host,
    reconsumeTimes: fc.integer(),
    preparedTransactionOffset: fc.maxSafeInteger(),
    body: fc.uint8Array({ maxLength: 300 }),
    properties: fc.string({ unit: 'grapheme', maxLength: 200 }),
  })
  .map((given) => ({ ...given, sysFlag: withHostBits(given.sysFlag, given.bornHost, given.storeHost) }));

function written(of: StoredRecord, propertyCrc = false): Uint8Array {
  const bytes = new Uint8Array(recordSize(of, propertyCrc));
  expect(writeRecord(bytes, 0, of, bodyChecksum(crc32, of.body), propertyCrc ? crc32 : undefined)).toBe(bytes.length);
  return bytes;
}

describe('records', () => {
  it('survive', () => {
    fc.assert(
      fc.property(record, (of) => {
        const bytes = written(of);
        expect(readRecord(bytes)).toEqual({
          ...of,
          size: bytes.length,
          bodyCrc: bodyChecksum(crc32, of.body),
          version: new TextEncoder().encode(of.topic).length > 127 ? 2 : 1,
        });
        expect(checkRecord(bytes, 0, { crc32, checkCrc: true })).toBe('ok');
      }),
      { numRuns: 500 },
    );
  });

  it('side by side are told apart', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (all) => {
        const bytes = Buffer.concat(all.map((of) => written(of)));
        expect([...records(bytes)].map(({ properties }) => properties)).toEqual(
          all.map(({ properties }) => properties),
        );
      }),
    );
  });

  it('with a property CRC notice any changed byte', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (of, where, change) => {
        const bytes = written(of, true);
        const options = { crc32, checkCrc: true, propertyCrc: true };
        expect(checkRecord(bytes, 0, options)).toBe('ok');
        bytes[where % bytes.length]! ^= change;
        expect(checkRecord(bytes, 0, options)).not.toBe('ok');
      }),
      { numRuns: 500 },
    );
  });

  it('changed and cut off anywhere never throw where recovery looks, nor read beyond the end', () => {
    fc.assert(
      fc.property(record, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), (of, changes, cut) => {
        const whole = written(of);
        for (const [where, byte] of changes) whole[where % whole.length] = byte;
        const bytes = whole.subarray(0, whole.length - (cut % 5 === 0 ? cut % whole.length : 0));
        const verdict = checkRecord(bytes, 0, { crc32, checkCrc: cut % 2 === 0 });
        const parts = recordParts(bytes, 0);
        const isFault = typeof parts === 'string';
        let tags: string | undefined;
        expect(protocolErrorOf(() => (tags = findProperty(readRecord(bytes).properties, 'TAGS'))) !== undefined).toBe(
          isFault,
        );
        expect(isFault ? verdict : 'ok').toBe(isFault ? parts : 'ok');
        expect(isFault ? 0 : parts.propertiesEnd).toBeLessThanOrEqual(bytes.length);
        expect(isFault ? undefined : recordProperty(bytes, 'TAGS')).toBe(tags);
      }),
      { numRuns: 3000 },
    );
  });
});

const plain: StoredRecord = {
  topic: 'TopicA',
  queueId: 1,
  flag: 0,
  queueOffset: 5,
  physicalOffset: 0x1234,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  bornHost: hostBytes('10.0.0.1', 40_000),
  storeTimestamp: 1_700_000_000_001,
  storeHost: hostBytes('10.0.0.2', 10_911),
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  body: new TextEncoder().encode('hello'),
  properties: 'KEYS\u0001k1\u0002TAGS\u0001TagA\u0002',
};

describe('one record', () => {
  it('is what Java’s encoder writes', () => {
    const { singles } = goldenRecords<{ singles: readonly { method: string; encodedHex: string }[] }>(
      'message-encodings.json',
    );
    const { encodedHex } = singles.find(({ method }) => method.includes('encode(message, false)'))!;
    expect(Buffer.from(written(plain)).toString('hex')).toBe(encodedHex);
  });

  it('carries its flag of the hosts', () => {
    expect(() => written({ ...plain, bornHost: hostBytes('::1', 1) })).toThrow('do not fit sysFlag 0x0');
  });

  it('is not written where it does not fit', () => {
    const size = recordSize(plain);
    for (const [room, at] of [
      [size - 1, 0],
      [size, 1],
      [0, 0],
    ] as const) {
      expect(() => writeRecord(new Uint8Array(room), at, plain, 0)).toThrow(/does not fit into -?\d+ bytes/);
    }
  });

  it('has properties of at most 32767 bytes, those of the CRC counted', () => {
    const fits = { ...plain, properties: `p\u0001${'y'.repeat(32_764)}\u0002` };
    expect(readRecord(written(fits)).properties).toHaveLength(32_767);
    expect(() => written({ ...fits, properties: `${fits.properties}z` })).toThrow('properties of 32768 bytes');
    expect(() => written(fits, true)).toThrow('properties of 32787 bytes');
  });

  it('has a topic of 127 bytes in V1 and more in V2', () => {
    expect(readRecord(written({ ...plain, topic: 't'.repeat(127) })).version).toBe(1);
    expect(readRecord(written({ ...plain, topic: 't'.repeat(128) })).version).toBe(2);
    expect(readRecord(written({ ...plain, topic: 'ä'.repeat(64) })).version).toBe(2);
    expect(() => written({ ...plain, topic: 't'.repeat(32_768) })).toThrow('topic of 32768 bytes');
  });

  it('keeps its property CRC right when offsets are patched and it is sealed again', () => {
    const bytes = written(plain, true);
    patchRecordOffsets(bytes, 0, 77, 88, 99);
    const options = { crc32, checkCrc: true, propertyCrc: true };
    expect(checkRecord(bytes, 0, options)).toBe('bad property crc');
    sealPropertyCrc(bytes, 0, crc32);
    expect(checkRecord(bytes, 0, options)).toBe('ok');
    expect(readRecord(bytes)).toMatchObject({ queueOffset: 77, physicalOffset: 88, storeTimestamp: 99 });
  });

  it('replaces a property CRC that came with the message', () => {
    const bytes = written({ ...plain, properties: '__CRC32#\u00011234567890\u0002TAGS\u0001T' }, true);
    expect([...decodeProperties(readRecord(bytes).properties).keys()]).toEqual(['TAGS', '__CRC32#']);
    expect(recordProperty(bytes, '__CRC32#')).not.toBe('1234567890');
  });
});

describe('what stands at a place of the log', () => {
  const options = { crc32, checkCrc: true };
  const changed = (at: number, ...bytes: number[]) => {
    const copy = written(plain);
    copy.set(bytes, at);
    return copy;
  };

  it.each([
    ['nothing', new Uint8Array(7), 'incomplete'],
    ['zeros', new Uint8Array(200), 'bad magic'],
    ['a blank', Uint8Array.of(0, 0, 1, 0, 0xcb, 0xd4, 0x31, 0x94), 'blank'],
    ['half a record', written(plain).subarray(0, 60), 'incomplete'],
    ['a changed body', changed(88, 0x58), 'bad crc'],
    ['a negative size', changed(0, 0xff), 'bad size'],
    ['a small size', changed(3, 90), 'bad size'],
    ['a body that is too long', changed(87, 50), 'bad size'],
    ['a negative body length', changed(84, 0x80), 'bad size'],
    ['a topic that is too long', changed(93, 200), 'bad size'],
    ['properties that do not end where the record does', changed(101, 17), 'bad size'],
    ['an offset beyond the safe integers', changed(20, 0x7f), 'bad number'],
    ['a negative store time', changed(56, 0xff), 'bad number'],
  ] as const)('%s', (_, bytes, verdict) => {
    expect(checkRecord(bytes, 0, options)).toBe(verdict);
  });

  it('is judged without the CRC when that is wished', () => {
    expect(checkRecord(changed(88, 0x58), 0, { crc32, checkCrc: false })).toBe('ok');
  });

  it('must have a property CRC when that is asked for', () => {
    expect(checkRecord(written(plain), 0, { ...options, propertyCrc: true })).toBe('no property crc');
  });
});
