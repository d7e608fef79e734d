import { readUtf8, utf8Length, writeUtf8 } from '@cometmq/runtime';
import { ProtocolError } from '../protocol-error.js';
import { readInt16, readInt32, writeInt16, writeInt32 } from './big-endian.js';
import { MAX_PROPERTIES_BYTES } from './record-layout.js';
import type { DecodedRecord } from './stored-record.js';

/**
 * One message of a client batch (remoting-protocol, section 7.4):
 *
 * ```
 *   0  4  total size      16  4  body length, then the body
 *   4  4  magic, 0         +  2  properties length, then the properties
 *   8  4  body CRC, 0
 *  12  4  flag
 * ```
 */
export interface BatchEntry {
  readonly flag: number;
  readonly body: Uint8Array;
  readonly properties: string;
}

const BODY_AT = 20;
/** Body and properties empty. */
const MIN_ENTRY_SIZE = 22;

export interface BatchLimits {
  /** Messages in one batch. Default 65536: with the smallest entries that is a body of 1.4 MB. */
  readonly maxMessages?: number;
}

const DEFAULT_MAX_MESSAGES = 65_536;

/** The body of SEND_BATCH_MESSAGE, and of an inner batch. Throws ProtocolError when properties are too long. */
export function encodeBatch(entries: readonly BatchEntry[]): Uint8Array {
  let size = 0;
  for (const { body, properties } of entries) size += MIN_ENTRY_SIZE + body.length + utf8Length(properties);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { flag, body, properties } of entries) {
    const bodyEnd = at + BODY_AT + body.length;
    const propertiesSize = writeUtf8(bytes, properties, bodyEnd + 2);
    if (propertiesSize > MAX_PROPERTIES_BYTES) {
      throw new ProtocolError(`properties of ${propertiesSize} bytes: at most ${MAX_PROPERTIES_BYTES}`, 'limit');
    }
    writeInt32(bytes, at, MIN_ENTRY_SIZE + body.length + propertiesSize);
    writeInt32(bytes, at + 12, flag);
    writeInt32(bytes, at + 16, body.length);
    bytes.set(body, at + BODY_AT);
    writeInt16(bytes, bodyEnd, propertiesSize);
    at = bodyEnd + 2 + propertiesSize;
  }
  return bytes;
}

/**
 * Takes a batch apart; bodies are views. Size, magic and CRC of the entries are not looked at, as in Apache's decoder.
 * Throws ProtocolError when an entry reaches beyond the end or there are too many.
 */
export function decodeBatch(bytes: Uint8Array, limits: BatchLimits = {}): BatchEntry[] {
  const { maxMessages = DEFAULT_MAX_MESSAGES } = limits;
  const entries: BatchEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (entries.length === maxMessages)
      throw new ProtocolError(`a batch of more than ${maxMessages} messages`, 'limit');
    const room = bytes.length - at;
    const bodyLength = room < MIN_ENTRY_SIZE ? -1 : readInt32(bytes, at + 16);
    if (bodyLength < 0 || bodyLength > room - MIN_ENTRY_SIZE) fail(entries.length, 'body', bodyLength);
    const bodyEnd = at + BODY_AT + bodyLength;
    const propertiesLength = readInt16(bytes, bodyEnd);
    const end = bodyEnd + 2 + propertiesLength;
    if (propertiesLength < 0 || end > bytes.length) fail(entries.length, 'properties', propertiesLength);
    entries.push({
      flag: readInt32(bytes, at + 12),
      body: bytes.subarray(at + BODY_AT, bodyEnd),
      properties: readUtf8(bytes, bodyEnd + 2, end),
    });
    at = end;
  }
  return entries;
}

function fail(index: number, part: string, length: number): never {
  throw new ProtocolError(`message ${index} of a batch: ${part} of ${length} bytes does not fit`, 'length');
}

/**
 * The messages inside a record with the bits INNER_BATCH and NEED_UNWRAP, with consecutive queue offsets: what a consumer
 * gets instead of it. `body` is the record's, decompressed. Throws ProtocolError as `decodeBatch` does.
 */
export function unwrapInnerBatch(record: DecodedRecord, body: Uint8Array = record.body): DecodedRecord[] {
  return decodeBatch(body).map((entry, index) => ({
    ...record,
    queueOffset: record.queueOffset + index,
    flag: entry.flag,
    body: entry.body,
    properties: entry.properties,
  }));
}
