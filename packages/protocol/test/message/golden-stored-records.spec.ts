import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { type BatchEntry, decodeBatch, unwrapInnerBatch } from '../../src/message/batch-codec.js';
import { formatHost, hostAddress, hostBytes } from '../../src/message/host-bytes.js';
import { encodeOffsetMessageId } from '../../src/message/message-id.js';
import { decodeProperties, encodeProperties, findProperty } from '../../src/message/properties.js';
import { checkRecord } from '../../src/message/record-check.js';
import {
  bodyChecksum,
  patchRecordOffsets,
  readRecord,
  recordSize,
  records,
  writeRecord,
} from '../../src/message/record-codec.js';
import {
  recordBody,
  recordBodyCrc,
  recordBornHost,
  recordBornTimestamp,
  recordFlag,
  recordPhysicalOffset,
  recordPreparedTransactionOffset,
  recordProperties,
  recordProperty,
  recordQueueId,
  recordQueueOffset,
  recordReconsumeTimes,
  recordStoreHost,
  recordStoreTimestamp,
  recordSysFlag,
  recordTags,
  recordTopic,
  recordTotalSize,
} from '../../src/message/record-fields.js';
import type { DecodedRecord } from '../../src/message/stored-record.js';

interface GoldenRecord {
  readonly name: string;
  readonly status: string;
  readonly msgId: string;
  readonly input: { readonly topic: string; readonly bornHost: string; readonly storeHost: string };
  readonly records?: readonly { readonly recordBase64: string; readonly decoded: Decoded | null }[];
  readonly unwrapped?: readonly { readonly queueOffset: number; readonly properties: Record<string, string> }[];
}

interface Decoded {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeSize: number;
  readonly bodyCRC: number;
  readonly sysFlag: number;
  readonly storeTimestamp: number;
  readonly msgId: string;
  readonly bornHost: string;
  readonly properties: Record<string, string> | null;
  readonly bodyBase64: string;
}

type Section = 'plain' | 'propCrc' | 'lmq';
const golden = goldenRecords<Record<Section, readonly GoldenRecord[]>>('stored-records.json');
const stored = (['plain', 'propCrc', 'lmq'] as const).flatMap((section) =>
  golden[section].flatMap((record) =>
    (record.records ?? []).map(({ recordBase64, decoded }, index) => ({
      title: `${section}: ${record.name}${index === 0 ? '' : ` (${index})`}`,
      section,
      record,
      bytes: new Uint8Array(Buffer.from(recordBase64, 'base64')),
      decoded,
    })),
  ),
);

const COMPRESSED = 1;
/** Its topic is longer in bytes than V1's length field can say in Java's eyes: only we can read and rewrite it (as V2). */
const TORN = 'topic of 64 two-byte characters';

describe('records that Apache stored', () => {
  it('are there', () => {
    expect(stored.length).toBeGreaterThan(60);
  });

  for (const { title, section, record, bytes } of stored) {
    it(`${title}: reads what Apache reads`, () => {
      const read = readRecord(bytes);
      expect(read.topic).toBe(record.input.topic);
      expect(record.msgId.split(',')).toContain(encodeOffsetMessageId(read.storeHost, read.physicalOffset));
      expect(formatHost(read.bornHost)).toBe(formatHost(hostOf(record.input.bornHost)));
      expect(formatHost(read.storeHost)).toBe(formatHost(hostOf(record.input.storeHost)));
    });

    it(`${title}: is whole`, () => {
      expect(checkRecord(bytes, 0, { crc32, checkCrc: true })).toBe('ok');
      expect(checkRecord(bytes, 0, { crc32, checkCrc: true, propertyCrc: true })).toBe(
        section === 'propCrc' ? 'ok' : 'no property crc',
      );
    });

    it(`${title}: the readers of single fields agree`, () => {
      const shifted = new Uint8Array(bytes.length + 7);
      shifted.set(bytes, 7);
      expect(fieldsOf(shifted, 7)).toEqual(fieldsOfRead(readRecord(bytes)));
    });
  }

  for (const { title, bytes, decoded } of stored.filter((one) => one.decoded !== null)) {
    it(`${title}: every field is what Apache's decoder says`, () => {
      const read = readRecord(bytes);
      const isCompressed = (read.sysFlag & COMPRESSED) !== 0;
      expect({
        queueOffset: read.queueOffset,
        physicalOffset: read.physicalOffset,
        storeSize: read.size,
        bodyCRC: read.bodyCrc,
        storeTimestamp: read.storeTimestamp,
        properties: Object.fromEntries(decodeProperties(read.properties)),
        bodyBase64: isCompressed ? decoded!.bodyBase64 : Buffer.from(read.body).toString('base64'),
      }).toEqual({
        queueOffset: decoded!.queueOffset,
        physicalOffset: decoded!.physicalOffset,
        storeSize: decoded!.storeSize,
        bodyCRC: decoded!.bodyCRC,
        storeTimestamp: decoded!.storeTimestamp,
        properties: decoded!.properties ?? {},
        bodyBase64: decoded!.bodyBase64 ?? '',
      });
    });
  }

  for (const { title, section, bytes } of stored.filter(({ record }) => record.name !== TORN)) {
    it(`${title}: is written again byte for byte`, () => {
      const read = readRecord(bytes);
      const withCrc = section === 'propCrc' ? crc32 : undefined;
      const into = new Uint8Array(bytes.length + 40).fill(0xee);
      expect(recordSize(read, withCrc !== undefined)).toBe(bytes.length);
      expect(writeRecord(into, 20, read, bodyChecksum(crc32, read.body), withCrc)).toBe(bytes.length);
      expect(Buffer.from(into.subarray(20, 20 + bytes.length)).equals(bytes)).toBe(true);
      expect(into.subarray(0, 20).every((byte) => byte === 0xee)).toBe(true);
      expect(into.subarray(20 + bytes.length).every((byte) => byte === 0xee)).toBe(true);
    });
  }
});

function hostOf(text: string) {
  const at = text.lastIndexOf(':');
  return hostBytes(text.slice(0, at).replace(/^\/|^\[|\]$/g, ''), Number(text.slice(at + 1)));
}

const ASKED = ['TAGS', 'KEYS', 'UNIQ_KEY', 'nobody', '', '__CRC32#'];

/** By the readers of single fields. */
function fieldsOf(bytes: Uint8Array, at: number) {
  return {
    size: recordTotalSize(bytes, at),
    bodyCrc: recordBodyCrc(bytes, at),
    queueId: recordQueueId(bytes, at),
    flag: recordFlag(bytes, at),
    queueOffset: recordQueueOffset(bytes, at),
    physicalOffset: recordPhysicalOffset(bytes, at),
    sysFlag: recordSysFlag(bytes, at),
    bornTimestamp: recordBornTimestamp(bytes, at),
    bornHost: recordBornHost(bytes, at),
    storeTimestamp: recordStoreTimestamp(bytes, at),
    storeHost: recordStoreHost(bytes, at),
    reconsumeTimes: recordReconsumeTimes(bytes, at),
    preparedTransactionOffset: recordPreparedTransactionOffset(bytes, at),
    body: recordBody(bytes, at),
    topic: recordTopic(bytes, at),
    properties: recordProperties(bytes, at),
    tags: recordTags(bytes, at),
    asked: ASKED.map((name) => recordProperty(bytes, name, at)),
  };
}

/** The same of a record read as a whole. */
function fieldsOfRead(record: DecodedRecord) {
  const { version, ...read } = record;
  expect([1, 2]).toContain(version);
  return {
    ...read,
    tags: findProperty(read.properties, 'TAGS'),
    asked: ASKED.map((name) => findProperty(read.properties, name)),
  };
}

describe('a body of several records', () => {
  const plain = stored.filter(({ section }) => section === 'plain').map(({ bytes }) => bytes);
  const body = Buffer.concat(plain);

  it('is taken apart in order', () => {
    expect([...records(body)].map(({ physicalOffset }) => physicalOffset)).toEqual(
      plain.map((bytes) => recordPhysicalOffset(bytes)),
    );
  });

  it('gives the whole records of a body that is cut off', () => {
    for (const cut of [1, 50, 90, 100])
      expect([...records(body.subarray(0, body.length - cut))]).toHaveLength(plain.length - 1);
  });

  it('says where it is no record', () => {
    const damaged = new Uint8Array(body);
    damaged[plain[0]!.length + 4] = 0;
    expect(() => [...records(damaged)]).toThrow(`record at byte ${plain[0]!.length}: bad magic`);
  });
});

describe('inner batches', () => {
  const { record, bytes } = stored.find(({ record: { unwrapped } }) => unwrapped !== undefined)!;

  it('come apart as in the Java client', () => {
    const messages = unwrapInnerBatch(readRecord(bytes));
    expect(
      messages.map(({ queueOffset, properties }) => ({
        queueOffset,
        properties: Object.fromEntries(decodeProperties(properties)),
      })),
    ).toEqual(record.unwrapped!.map(({ queueOffset, properties }) => ({ queueOffset, properties })));
  });

  it('hold the entries of the batch that was sent', () => {
    const entries: readonly BatchEntry[] = decodeBatch(readRecord(bytes).body);
    expect(entries).toHaveLength(3);
  });
});

describe('patchRecordOffsets', () => {
  it('changes the three numbers and nothing else', () => {
    for (const { bytes } of stored) {
      const copy = new Uint8Array(bytes);
      const read = readRecord(bytes);
      patchRecordOffsets(copy, 0, 2 ** 40 + 5, 2 ** 52 + 7, 1_900_000_000_001);
      expect(readRecord(copy)).toEqual({
        ...read,
        queueOffset: 2 ** 40 + 5,
        physicalOffset: 2 ** 52 + 7,
        storeTimestamp: 1_900_000_000_001,
      });
    }
  });
});

describe('properties of the records', () => {
  it('survive being read and written', () => {
    for (const { bytes } of stored) {
      const properties = decodeProperties(recordProperties(bytes));
      expect(decodeProperties(encodeProperties(properties))).toEqual(properties);
    }
  });

  it('hosts print as Java prints them', () => {
    expect(
      stored.some(({ decoded, bytes }) => decoded !== null && hostAddress(recordBornHost(bytes)).includes(':')),
    ).toBe(true);
  });
});
