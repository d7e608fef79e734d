import { readUtf8 } from '@cometmq/runtime';
import { readClampedInt64, readInt16, readInt32, readInt64 } from './big-endian.js';
import { MessageProperty, findProperty } from './properties.js';
import {
  MIN_RECORD_SIZE,
  RecordAt,
  RecordMagic,
  bodyAt,
  bodyLengthAt,
  preparedTransactionOffsetAt,
  reconsumeTimesAt,
  storeHostAt,
  storeHostSize,
  storeTimestampAt,
} from './record-layout.js';
import type { HostBytes } from './stored-record.js';

// Readers of single fields, for records that are known to be whole (written here or checked by `checkRecord`): store and
// broker look at a field or two and hand the bytes on.

export const recordTotalSize = (bytes: Uint8Array, at = 0): number => readInt32(bytes, at + RecordAt.TOTAL_SIZE);
export const recordMagic = (bytes: Uint8Array, at = 0): number => readInt32(bytes, at + RecordAt.MAGIC);
export const recordBodyCrc = (bytes: Uint8Array, at = 0): number => readInt32(bytes, at + RecordAt.BODY_CRC);
export const recordQueueId = (bytes: Uint8Array, at = 0): number => readInt32(bytes, at + RecordAt.QUEUE_ID);
export const recordFlag = (bytes: Uint8Array, at = 0): number => readInt32(bytes, at + RecordAt.FLAG);
export const recordQueueOffset = (bytes: Uint8Array, at = 0): number => readInt64(bytes, at + RecordAt.QUEUE_OFFSET);
export const recordPhysicalOffset = (bytes: Uint8Array, at = 0): number =>
  readInt64(bytes, at + RecordAt.PHYSICAL_OFFSET);
export const recordSysFlag = (bytes: Uint8Array, at = 0): number => readInt32(bytes, at + RecordAt.SYS_FLAG);
export const recordBornTimestamp = (bytes: Uint8Array, at = 0): number =>
  readClampedInt64(bytes, at + RecordAt.BORN_TIMESTAMP);

export function recordBornHost(bytes: Uint8Array, at = 0): HostBytes {
  return bytes.subarray(at + RecordAt.BORN_HOST, at + storeTimestampAt(recordSysFlag(bytes, at)));
}

export function recordStoreTimestamp(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + storeTimestampAt(recordSysFlag(bytes, at)));
}

export function recordStoreHost(bytes: Uint8Array, at = 0): HostBytes {
  const sysFlag = recordSysFlag(bytes, at);
  const start = at + storeHostAt(sysFlag);
  return bytes.subarray(start, start + storeHostSize(sysFlag));
}

export function recordReconsumeTimes(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + reconsumeTimesAt(recordSysFlag(bytes, at)));
}

export function recordPreparedTransactionOffset(bytes: Uint8Array, at = 0): number {
  return readClampedInt64(bytes, at + preparedTransactionOffsetAt(recordSysFlag(bytes, at)));
}

export function recordBody(bytes: Uint8Array, at = 0): Uint8Array {
  const sysFlag = recordSysFlag(bytes, at);
  const start = at + bodyAt(sysFlag);
  return bytes.subarray(start, start + readInt32(bytes, at + bodyLengthAt(sysFlag)));
}

/** Where TOPICLENGTH stands. */
function topicLengthAt(bytes: Uint8Array, at: number): number {
  const sysFlag = recordSysFlag(bytes, at);
  return at + bodyAt(sysFlag) + readInt32(bytes, at + bodyLengthAt(sysFlag));
}

/** Where PROPERTIESLENGTH stands. */
function propertiesLengthAt(bytes: Uint8Array, at: number): number {
  const length = topicLengthAt(bytes, at);
  return recordMagic(bytes, at) === RecordMagic.V2
    ? length + 2 + readInt16(bytes, length)
    : length + 1 + bytes[length]!;
}

export function recordTopic(bytes: Uint8Array, at = 0): string {
  const length = topicLengthAt(bytes, at);
  const start = length + (recordMagic(bytes, at) === RecordMagic.V2 ? 2 : 1);
  return readUtf8(bytes, start, propertiesLengthAt(bytes, at));
}

export function recordProperties(bytes: Uint8Array, at = 0): string {
  const length = propertiesLengthAt(bytes, at);
  return readUtf8(bytes, length + 2, length + 2 + readInt16(bytes, length));
}

export function recordProperty(bytes: Uint8Array, name: string, at = 0): string | undefined {
  return findProperty(recordProperties(bytes, at), name);
}

export const recordTags = (bytes: Uint8Array, at = 0): string | undefined =>
  recordProperty(bytes, MessageProperty.TAGS, at);

/** Where the parts of a record are, checked against each other. */
export interface RecordParts {
  readonly size: number;
  readonly version: 1 | 2;
  readonly sysFlag: number;
  readonly storeTimestampStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly topicStart: number;
  readonly topicEnd: number;
  readonly propertiesStart: number;
  readonly propertiesEnd: number;
}

export type RecordFault = 'blank' | 'incomplete' | 'bad magic' | 'bad size' | 'bad number';

/** Offsets and store time must be usable: everything is found by them. */
function hasSafeNumbers(bytes: Uint8Array, at: number, storeTimestampStart: number): boolean {
  return (
    isSafe(bytes, at + RecordAt.QUEUE_OFFSET) &&
    isSafe(bytes, at + RecordAt.PHYSICAL_OFFSET) &&
    isSafe(bytes, storeTimestampStart)
  );
}

/** Of not negative numbers; the high half decides. */
const isSafe = (bytes: Uint8Array, at: number): boolean => readInt32(bytes, at) >>> 0 <= 0x1f_ffff;

/**
 * Walks the lengths of the record at `at` without reading anything beyond `bytes`. V1's topic length is taken as unsigned:
 * Apache's encoder writes up to 255 there (and its decoder then fails).
 */
export function recordParts(bytes: Uint8Array, at: number): RecordParts | RecordFault {
  const room = bytes.length - at;
  if (room < 8) return 'incomplete';
  const magic = recordMagic(bytes, at);
  if (magic === RecordMagic.BLANK) return 'blank';
  if (magic !== RecordMagic.V1 && magic !== RecordMagic.V2) return 'bad magic';
  const size = recordTotalSize(bytes, at);
  if (size < MIN_RECORD_SIZE) return 'bad size';
  if (size > room) return 'incomplete';
  const version = magic === RecordMagic.V2 ? 2 : 1;
  const end = at + size;
  const sysFlag = recordSysFlag(bytes, at);
  const bodyStart = at + bodyAt(sysFlag);
  if (bodyStart + version + 2 > end) return 'bad size';
  const bodyLength = readInt32(bytes, bodyStart - 4);
  if (bodyLength < 0 || bodyLength > end - bodyStart - version - 2) return 'bad size';
  const bodyEnd = bodyStart + bodyLength;
  const topicStart = bodyEnd + version;
  const topicLength = version === 2 ? readInt16(bytes, bodyEnd) : bytes[bodyEnd]!;
  if (topicLength < 0 || topicLength > end - topicStart - 2) return 'bad size';
  const topicEnd = topicStart + topicLength;
  const propertiesStart = topicEnd + 2;
  const propertiesLength = readInt16(bytes, topicEnd);
  if (propertiesLength < 0 || propertiesStart + propertiesLength !== end) return 'bad size';
  const storeTimestampStart = at + storeTimestampAt(sysFlag);
  if (!hasSafeNumbers(bytes, at, storeTimestampStart)) return 'bad number';
  return {
    size,
    version,
    sysFlag,
    storeTimestampStart,
    bodyStart,
    bodyEnd,
    topicStart,
    topicEnd,
    propertiesStart,
    propertiesEnd: end,
  };
}
