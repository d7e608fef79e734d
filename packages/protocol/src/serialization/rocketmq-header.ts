import { readUtf8, writeUtf8 } from '@cometmq/runtime';
import { readInt16, readInt32, writeInt16, writeInt32 } from '../message/big-endian.js';
import { ProtocolError } from '../protocol-error.js';
import { languageCode, languageName } from '../versions.js';
import type { CommandHeader, HeaderLimits } from './command-header.js';

/*
 * Header in RocketMQ's binary form (remoting-protocol, 2.2):
 *
 *   i16 code | u8 language | i16 version | i32 opaque | i32 flag | i32 n, remark | i32 n, extFields
 *   extFields: repeated i16 n, key | i32 n, value
 *
 * A text of length 0 is an absent one. Codes above 32767 do not fit.
 */

const REMARK_AT = 13;
/** Everything but the texts. */
export const ROCKETMQ_FIXED_BYTES = 21;
export const MAX_BINARY_CODE = 0x7fff;

/** Reads bytes [from, to). Throws ProtocolError. */
export function readRocketmqHeader(bytes: Uint8Array, from: number, to: number, limits: HeaderLimits): CommandHeader {
  if (to - from < ROCKETMQ_FIXED_BYTES) {
    throw new ProtocolError(
      `binary header has ${to - from} bytes, at least ${ROCKETMQ_FIXED_BYTES} expected`,
      'header',
    );
  }
  const remarkBytes = length32(bytes, from + REMARK_AT, to - 4, 'remark');
  const remarkFrom = from + REMARK_AT + 4;
  const fieldsAt = remarkFrom + remarkBytes;
  const fieldsBytes = length32(bytes, fieldsAt, to, 'extFields');
  if (fieldsAt + 4 + fieldsBytes !== to) {
    throw new ProtocolError(
      `binary header has ${to - fieldsAt - 4 - fieldsBytes} bytes behind its extFields`,
      'header',
    );
  }
  return {
    code: readInt16(bytes, from),
    language: languageName(bytes[from + 2]!),
    version: readInt16(bytes, from + 3),
    opaque: readInt32(bytes, from + 5),
    flag: readInt32(bytes, from + 9),
    remark: remarkBytes === 0 ? undefined : readUtf8(bytes, remarkFrom, fieldsAt),
    fields: fieldsBytes === 0 ? undefined : readFields(bytes, fieldsAt + 4, to, limits.maxFields),
  };
}

/** The length at `at`, which with its text must end at or before `to`. */
function length32(bytes: Uint8Array, at: number, to: number, what: string): number {
  const length = readInt32(bytes, at);
  if (length >= 0 && length <= to - at - 4) return length;
  throw new ProtocolError(`binary header: length ${length} of ${what} reaches beyond its end`, 'header');
}

function readFields(bytes: Uint8Array, from: number, to: number, maxFields: number): Record<string, string> {
  const fields: Record<string, string> = {};
  let at = from;
  for (let count = 1; at < to; count++) {
    if (count > maxFields) throw new ProtocolError(`header has more than ${maxFields} extFields`, 'limit');
    // two bytes of key length, the key, four of value length
    const keyBytes = to - at < 6 ? -1 : readInt16(bytes, at);
    if (keyBytes < 0 || keyBytes > to - at - 6) {
      throw new ProtocolError(`binary header: length ${keyBytes} of a key reaches beyond its end`, 'header');
    }
    const valueAt = at + 2 + keyBytes;
    const valueBytes = length32(bytes, valueAt, to, 'a value');
    if (keyBytes > 0 && valueBytes > 0) {
      fields[readUtf8(bytes, at + 2, valueAt)] = readUtf8(bytes, valueAt + 4, valueAt + 4 + valueBytes);
    }
    at = valueAt + 4 + valueBytes;
  }
  return fields;
}

/** Writes all in front of the extFields' bytes: ROCKETMQ_FIXED_BYTES and the remark. Returns the number of bytes. */
export function writeRocketmqHead(
  into: Uint8Array,
  at: number,
  code: number,
  language: string,
  version: number,
  opaque: number,
  flag: number,
  remark: string | undefined,
): number {
  writeInt16(into, at, code);
  into[at + 2] = languageCode(language);
  writeInt16(into, at + 3, version);
  writeInt32(into, at + 5, opaque);
  writeInt32(into, at + 9, flag);
  const remarkBytes = remark === undefined ? 0 : writeUtf8(into, remark, at + REMARK_AT + 4);
  writeInt32(into, at + REMARK_AT, remarkBytes);
  return ROCKETMQ_FIXED_BYTES + remarkBytes;
}

/** Writes loose extFields; returns the number of bytes. */
export function writeRocketmqFields(into: Uint8Array, at: number, fields: Readonly<Record<string, string>>): number {
  let end = at;
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined) continue;
    const keyBytes = writeUtf8(into, key, end + 2);
    if (keyBytes > MAX_KEY_BYTES) throw new ProtocolError(`extFields key of ${keyBytes} bytes`, 'limit');
    writeInt16(into, end, keyBytes);
    end += 2 + keyBytes;
    const valueBytes = writeUtf8(into, value, end + 4);
    writeInt32(into, end, valueBytes);
    end += 4 + valueBytes;
  }
  return end - at;
}

const MAX_KEY_BYTES = 0x7fff;

/** How many bytes `writeRocketmqFields` writes at most. */
export function rocketmqFieldsBound(fields: Readonly<Record<string, string>>): number {
  let bound = 0;
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) bound += 6 + 3 * (key.length + value.length);
  }
  return bound;
}
