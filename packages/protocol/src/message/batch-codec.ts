import { readUtf8, utf8Length, writeUtf8 } from '@cometmq/runtime';
import type { BodyWriter } from '../frame/frame-body.js';
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

/** One message of a batch that is about to be written; many have the beginning of their properties in common. */
export interface BatchPart {
  readonly flag: number;
  readonly body: Uint8Array;
  /** In UTF-8. */
  readonly propertiesStart: Uint8Array;
  readonly propertiesRest: string;
  /** Of both in UTF-8. */
  readonly propertiesBytes: number;
}

/** The body of SEND_BATCH_MESSAGE, written straight into its frame. */
export class BatchBody implements BodyWriter {
  readonly length: number;

  /** Throws ProtocolError when properties are too long. The parts must not change. */
  constructor(private readonly parts: readonly BatchPart[]) {
    let length = 0;
    for (const { body, propertiesBytes } of parts) {
      checkProperties(propertiesBytes);
      length += MIN_ENTRY_SIZE + body.length + propertiesBytes;
    }
    this.length = length;
  }

  writeTo(into: Uint8Array, from: number): void {
    let at = from;
    for (const { flag, body, propertiesStart, propertiesRest, propertiesBytes } of this.parts) {
      const propertiesAt = writeEntry(into, at, flag, body, propertiesBytes);
      into.set(propertiesStart, propertiesAt);
      writeUtf8(into, propertiesRest, propertiesAt + propertiesStart.length);
      at = propertiesAt + propertiesBytes;
    }
  }
}

/** The body of SEND_BATCH_MESSAGE, and of an inner batch. Throws ProtocolError when properties are too long. */
export function encodeBatch(entries: readonly BatchEntry[]): Uint8Array {
  let size = 0;
  for (const { body, properties } of entries) size += MIN_ENTRY_SIZE + body.length + utf8Length(properties);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { flag, body, properties } of entries) {
    const propertiesAt = at + MIN_ENTRY_SIZE + body.length;
    const propertiesBytes = writeUtf8(bytes, properties, propertiesAt);
    checkProperties(propertiesBytes);
    writeEntry(bytes, at, flag, body, propertiesBytes);
    at = propertiesAt + propertiesBytes;
  }
  return bytes;
}

function checkProperties(bytes: number): void {
  if (bytes <= MAX_PROPERTIES_BYTES) return;
  throw new ProtocolError(`properties of ${bytes} bytes: at most ${MAX_PROPERTIES_BYTES}`, 'limit');
}

/** Writes all in front of the properties; returns where they begin. */
function writeEntry(into: Uint8Array, at: number, flag: number, body: Uint8Array, propertiesBytes: number): number {
  const bodyEnd = at + BODY_AT + body.length;
  writeInt32(into, at, MIN_ENTRY_SIZE + body.length + propertiesBytes);
  writeInt32(into, at + 4, 0);
  writeInt32(into, at + 8, 0);
  writeInt32(into, at + 12, flag);
  writeInt32(into, at + 16, body.length);
  into.set(body, at + BODY_AT);
  writeInt16(into, bodyEnd, propertiesBytes);
  return bodyEnd + 2;
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
