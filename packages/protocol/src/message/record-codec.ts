import { readUtf8, utf8Length } from '@cometmq/runtime';
import { ProtocolError } from '../protocol-error.js';
import { readClampedInt64, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from './big-endian.js';
import { MessageProperty, closedProperties, withoutProperty } from './properties.js';
import { type Crc32, sealPropertyCrc } from './property-crc.js';
import {
  MAX_PROPERTIES_BYTES,
  MAX_V1_TOPIC_BYTES,
  MAX_V2_TOPIC_BYTES,
  MIN_RECORD_SIZE,
  PROPERTY_CRC_SIZE,
  RecordAt,
  RecordMagic,
  bodyAt,
  bornHostSize,
  storeHostSize,
  storeTimestampAt,
} from './record-layout.js';
import { recordParts } from './record-fields.js';
import type { DecodedRecord, StoredRecord } from './stored-record.js';
import { writeUtf8 } from './utf8.js';

/** The part of a record that decides its size. */
export type SizedRecord = Pick<StoredRecord, 'topic' | 'sysFlag' | 'body' | 'properties'>;

/** Bytes of the record before `writeRecord`; with `propertyCrc` including its 20 bytes. */
export function recordSize(record: SizedRecord, propertyCrc = false): number {
  const properties = propertyCrc ? propertiesBeforeCrc(record.properties) : record.properties;
  const topicBytes = utf8Length(record.topic);
  return (
    bodyAt(record.sysFlag) +
    record.body.length +
    (topicBytes > MAX_V1_TOPIC_BYTES ? 2 : 1) +
    topicBytes +
    2 +
    utf8Length(properties) +
    (propertyCrc ? PROPERTY_CRC_SIZE : 0)
  );
}

/** An incoming `__CRC32#` goes, and the text is closedProperties, so that the CRC can be put behind it (store-format, section 2.4). */
function propertiesBeforeCrc(properties: string): string {
  return closedProperties(withoutProperty(properties, MessageProperty.CRC32));
}

/**
 * Writes one record at `at` and returns its size. `bodyCrc` is `bodyChecksum(crc32, record.body)`.
 *
 * Topics of more than 127 bytes are written as V2. (Apache counts characters and writes a record that it cannot read
 * when such a topic is not ASCII.) With `propertyCrc` the 20 bytes of the property CRC are computed last.
 *
 * Throws ProtocolError when a host does not fit sysFlag, the topic or the properties are too long for their length
 * fields, or `into` has no room; bytes behind `at` may be changed then.
 */
export function writeRecord(
  into: Uint8Array,
  at: number,
  record: StoredRecord,
  bodyCrc: number,
  propertyCrc?: Crc32,
): number {
  const { sysFlag, body, topic } = record;
  const properties = propertyCrc === undefined ? record.properties : propertiesBeforeCrc(record.properties);
  const reserved = propertyCrc === undefined ? 0 : PROPERTY_CRC_SIZE;
  checkRoom(into, at, record, properties, reserved);
  const topicBytes = topic.length > 42 ? utf8Length(topic) : 0; // below it cannot exceed V1
  const isV2 = topicBytes > MAX_V1_TOPIC_BYTES;
  writeHead(into, at, record, isV2 ? RecordMagic.V2 : RecordMagic.V1, bodyCrc);
  let end = at + bodyAt(sysFlag);
  into.set(body, end);
  end += body.length;
  const topicSize = writeUtf8(into, end + (isV2 ? 2 : 1), topic);
  if (topicSize > MAX_V2_TOPIC_BYTES)
    throw new ProtocolError(`topic of ${topicSize} bytes: at most ${MAX_V2_TOPIC_BYTES}`);
  if (isV2) writeInt16(into, end, topicSize);
  else into[end] = topicSize;
  end += topicSize + (isV2 ? 4 : 3);
  const propertiesSize = writeUtf8(into, end, properties) + reserved;
  if (propertiesSize > MAX_PROPERTIES_BYTES) {
    throw new ProtocolError(`properties of ${propertiesSize} bytes: at most ${MAX_PROPERTIES_BYTES}`);
  }
  writeInt16(into, end - 2, propertiesSize);
  const size = end + propertiesSize - at;
  writeInt32(into, at + RecordAt.TOTAL_SIZE, size);
  if (propertyCrc !== undefined) sealPropertyCrc(into, at, propertyCrc);
  return size;
}

function writeHead(into: Uint8Array, at: number, record: StoredRecord, magic: number, bodyCrc: number): void {
  writeInt32(into, at + RecordAt.MAGIC, magic);
  writeInt32(into, at + RecordAt.BODY_CRC, bodyCrc);
  writeInt32(into, at + RecordAt.QUEUE_ID, record.queueId);
  writeInt32(into, at + RecordAt.FLAG, record.flag);
  writeInt64(into, at + RecordAt.QUEUE_OFFSET, record.queueOffset);
  writeInt64(into, at + RecordAt.PHYSICAL_OFFSET, record.physicalOffset);
  writeInt32(into, at + RecordAt.SYS_FLAG, record.sysFlag);
  writeInt64(into, at + RecordAt.BORN_TIMESTAMP, record.bornTimestamp);
  let next = writeHost(into, at + RecordAt.BORN_HOST, record.bornHost);
  writeInt64(into, next, record.storeTimestamp);
  next = writeHost(into, next + 8, record.storeHost);
  writeInt32(into, next, record.reconsumeTimes);
  writeInt64(into, next + 4, record.preparedTransactionOffset);
  writeInt32(into, next + 12, record.body.length);
}

function writeHost(into: Uint8Array, at: number, host: Uint8Array): number {
  for (let index = 0; index < host.length; index++) into[at + index] = host[index]!;
  return at + host.length;
}

function checkRoom(into: Uint8Array, at: number, record: StoredRecord, properties: string, reserved: number): void {
  const { sysFlag, bornHost, storeHost } = record;
  if (bornHost.length !== bornHostSize(sysFlag) || storeHost.length !== storeHostSize(sysFlag)) {
    throw new ProtocolError(
      `hosts of ${bornHost.length} and ${storeHost.length} bytes do not fit sysFlag 0x${sysFlag.toString(16)}`,
    );
  }
  const fixed = bodyAt(sysFlag) + record.body.length + 4 + reserved;
  const room = into.length - at;
  // Cheap bound first: UTF-8 takes at most three bytes for a UTF-16 unit.
  if (fixed + 3 * (record.topic.length + properties.length) <= room) return;
  const size = fixed - 1 + utf8Length(record.topic) + utf8Length(properties);
  if (at < 0 || size > room) throw new ProtocolError(`a record of ${size} bytes does not fit into ${room} bytes`);
}

/** BODYCRC as it stands in a record: 31 bits. */
export function bodyChecksum(crc32: Crc32, body: Uint8Array): number {
  return body.length === 0 ? 0 : crc32(body) & 0x7fff_ffff;
}

/**
 * Overwrites what the store assigns. Where the record carries a property CRC, `sealPropertyCrc` must follow.
 */
export function patchRecordOffsets(
  bytes: Uint8Array,
  at: number,
  queueOffset: number,
  physicalOffset: number,
  storeTimestamp: number,
): void {
  writeInt64(bytes, at + RecordAt.QUEUE_OFFSET, queueOffset);
  writeInt64(bytes, at + RecordAt.PHYSICAL_OFFSET, physicalOffset);
  writeInt64(bytes, at + storeTimestampAt(readInt32(bytes, at + RecordAt.SYS_FLAG)), storeTimestamp);
}

/**
 * Reads the record at `at`; body and hosts are views of `bytes`.
 * Throws ProtocolError when it is incomplete, not a record, or its lengths contradict each other. CRCs are not looked at.
 */
export function readRecord(bytes: Uint8Array, at = 0): DecodedRecord {
  const parts = recordParts(bytes, at);
  if (typeof parts === 'string') throw new ProtocolError(`record at byte ${at}: ${parts}`);
  const { sysFlag, storeTimestampStart } = parts;
  const storeHostEnd = parts.bodyStart - 16;
  return {
    topic: readUtf8(bytes, parts.topicStart, parts.topicEnd),
    queueId: readInt32(bytes, at + RecordAt.QUEUE_ID),
    flag: readInt32(bytes, at + RecordAt.FLAG),
    queueOffset: readInt64(bytes, at + RecordAt.QUEUE_OFFSET),
    physicalOffset: readInt64(bytes, at + RecordAt.PHYSICAL_OFFSET),
    sysFlag,
    bornTimestamp: readClampedInt64(bytes, at + RecordAt.BORN_TIMESTAMP),
    bornHost: bytes.subarray(at + RecordAt.BORN_HOST, storeTimestampStart),
    storeTimestamp: readInt64(bytes, storeTimestampStart),
    storeHost: bytes.subarray(storeTimestampStart + 8, storeHostEnd),
    reconsumeTimes: readInt32(bytes, storeHostEnd),
    preparedTransactionOffset: readClampedInt64(bytes, storeHostEnd + 4),
    body: bytes.subarray(parts.bodyStart, parts.bodyEnd),
    properties: readUtf8(bytes, parts.propertiesStart, parts.propertiesEnd),
    size: parts.size,
    bodyCrc: readInt32(bytes, at + RecordAt.BODY_CRC),
    version: parts.version,
  };
}

/**
 * The records of a pull, query or pop body, as views of it. Stops where whole records end: the rest of a body cut off in
 * the middle is not returned, as in Apache's clients. Throws ProtocolError at bytes that are no record.
 */
export function* records(body: Uint8Array): Generator<DecodedRecord, void, undefined> {
  let at = 0;
  while (body.length - at >= MIN_RECORD_SIZE) {
    const size = readInt32(body, at);
    if (size > body.length - at) return;
    const record = readRecord(body, at);
    yield record;
    at += record.size;
  }
}
