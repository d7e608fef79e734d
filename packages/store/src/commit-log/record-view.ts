import type { Codecs } from '@cometmq/runtime';
import {
  BLANK_BYTES,
  BORN_HOST_V6,
  MAGIC_BLANK,
  MAGIC_V1,
  MAGIC_V2,
  readInt64,
  RecordAt,
  STORE_HOST_V6,
} from './record-layout.js';

/** What queues and index need of a record. */
export interface RecordFacts {
  readonly physicalOffset: number;
  readonly size: number;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly sysFlag: number;
  readonly storeTimestamp: number;
  readonly properties: string;
  /** False when the body is not the one that was written; everything else of the record is sound. */
  readonly bodyIntact: boolean;
}

export type RecordCheck =
  | { readonly kind: 'record'; readonly facts: RecordFacts }
  /** The rest of the file is unused. */
  | { readonly kind: 'blank' }
  /** More bytes than given are needed to tell. */
  | { readonly kind: 'more'; readonly bytes: number }
  | { readonly kind: 'invalid'; readonly why: string };

/** Bytes up to the first variable field, with the widest hosts. */
const HEAD_BYTES = 48 + 20 + 8 + 20 + 4 + 8 + 4;

const invalid = (why: string): RecordCheck => ({ kind: 'invalid', why });

/** Where the store timestamp of a record with this sysFlag stands. */
export function storeTimestampAt(sysFlag: number): number {
  return RecordAt.bornHost + ((sysFlag & BORN_HOST_V6) === 0 ? 8 : 20);
}

/**
 * Reads the record at `at`, which stands in the log at `offset`, in a file with `roomInFile` bytes from there on
 * (store-format, section 10, "Record check"). Stricter than Apache in one thing: the record must name its own position,
 * so bytes that were left over from before are never taken for messages.
 */
export function checkRecord(
  bytes: Buffer,
  view: DataView,
  at: number,
  offset: number,
  roomInFile: number,
  codecs: Pick<Codecs, 'crc32'> | undefined,
): RecordCheck {
  const have = bytes.length - at;
  if (roomInFile < BLANK_BYTES) return invalid('no room for a record');
  if (have < BLANK_BYTES) return { kind: 'more', bytes: BLANK_BYTES };
  const size = view.getInt32(at);
  const magic = view.getInt32(at + RecordAt.magic);
  if (magic === MAGIC_BLANK) return { kind: 'blank' };
  if (magic !== MAGIC_V1 && magic !== MAGIC_V2) return invalid(size === 0 ? 'end of what was written' : 'unknown magic code');
  if (size < 91 || size > roomInFile) return invalid(`impossible size ${size}`);
  if (have < size) return { kind: 'more', bytes: size };
  return parseRecord(bytes, view, at, offset, size, magic, codecs);
}

function parseRecord(
  bytes: Buffer,
  view: DataView,
  at: number,
  offset: number,
  size: number,
  magic: number,
  codecs: Pick<Codecs, 'crc32'> | undefined,
): RecordCheck {
  if (readInt64(view, at + RecordAt.physicalOffset) !== offset) return invalid('belongs to another position');
  const sysFlag = view.getInt32(at + RecordAt.sysFlag);
  const timeAt = at + storeTimestampAt(sysFlag);
  const bodyLengthAt = timeAt + 8 + ((sysFlag & STORE_HOST_V6) === 0 ? 8 : 20) + 12;
  const end = at + size;
  if (bodyLengthAt + 4 > end) return invalid('shorter than its head');
  const bodyLength = view.getInt32(bodyLengthAt);
  const bodyAt = bodyLengthAt + 4;
  const topicLengthBytes = magic === MAGIC_V2 ? 2 : 1;
  let next = bodyAt + bodyLength;
  if (bodyLength < 0 || next + topicLengthBytes + 2 > end) return invalid(`impossible body length ${bodyLength}`);
  const topicLength = magic === MAGIC_V2 ? view.getInt16(next) : view.getInt8(next);
  next += topicLengthBytes;
  if (topicLength < 0 || next + topicLength + 2 > end) return invalid(`impossible topic length ${topicLength}`);
  const topicAt = next;
  next += topicLength;
  const propertiesLength = view.getInt16(next);
  next += 2;
  if (propertiesLength < 0 || next + propertiesLength !== end) return invalid('lengths do not add up to its size');
  const crc = view.getInt32(at + RecordAt.bodyCrc);
  const bodyIntact =
    codecs === undefined ||
    bodyLength === 0 ||
    (codecs.crc32(bytes.subarray(bodyAt, bodyAt + bodyLength)) & 0x7fffffff) === crc;
  return {
    kind: 'record',
    facts: {
      physicalOffset: offset,
      size,
      topic: bytes.toString('utf8', topicAt, topicAt + topicLength),
      queueId: view.getInt32(at + RecordAt.queueId),
      queueOffset: readInt64(view, at + RecordAt.queueOffset),
      sysFlag,
      storeTimestamp: readInt64(view, timeAt),
      properties: bytes.toString('utf8', next, end),
      bodyIntact,
    },
  };
}

export { HEAD_BYTES };
