import { encodeUtf8, readUtf8 } from '@cometmq/runtime';
import { ProtocolError } from '../protocol-error.js';
import { DECIMAL_BYTES, JSON_BYTES_PER_UNIT, writeDecimal, writeJsonText, writePiece } from '../schema/json-bytes.js';
import { knownLanguage } from '../versions.js';
import type { CommandHeader, HeaderLimits } from './command-header.js';

/*
 * Header as JSON (remoting-protocol, 2.1). Read as fastjson does where clients rely on it: any order of keys, unknown
 * keys ignored, null is absent, numbers and booleans in extFields become text (ali-ons sends them so).
 */

interface RawHeader {
  readonly code?: unknown;
  readonly language?: unknown;
  readonly version?: unknown;
  readonly opaque?: unknown;
  readonly flag?: unknown;
  readonly remark?: unknown;
  readonly extFields?: unknown;
}

/** Reads bytes [from, to). Throws ProtocolError. */
export function readJsonHeader(bytes: Uint8Array, from: number, to: number, limits: HeaderLimits): CommandHeader {
  const raw = parse(readUtf8(bytes, from, to));
  return {
    code: int32('code', raw.code),
    language: knownLanguage(raw.language),
    version: int32('version', raw.version),
    opaque: int32('opaque', raw.opaque),
    flag: int32('flag', raw.flag),
    remark: remark(raw.remark),
    fields: fields(raw.extFields, limits.maxFields),
  };
}

function parse(text: string): RawHeader {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError(`header is not JSON: ${shown(text)}`, 'header', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(`header is not a JSON object: ${shown(text)}`, 'header');
  }
  return value;
}

/** fastjson takes numbers in quotes; an absent one is 0, Java's default. */
function int32(name: string, value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  if (value === undefined || value === null) return 0;
  if (typeof value === 'string' && /^[+-]?\d{1,10}$/.test(value)) {
    const number = Number(value);
    if ((number | 0) === number) return number | 0;
  }
  throw new ProtocolError(`header: ${name} is not a 32-bit integer: ${shown(scalar(value) ?? typeof value)}`, 'header');
}

function remark(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = scalar(value);
  if (text === undefined) throw new ProtocolError('header: remark is not a text', 'header');
  return text;
}

/** The text of a value that is no object or list: those nobody sends, and turning a deep one into text has no bound. */
function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function fields(value: unknown, maxFields: number): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ProtocolError('header: extFields is not an object', 'header');
  }
  const table = value as Record<string, unknown>;
  let count = 0;
  for (const key in table) {
    if (++count > maxFields) throw new ProtocolError(`header has more than ${maxFields} extFields`, 'limit');
    const field = table[key];
    if (typeof field === 'string') continue;
    if (field === null) {
      delete table[key];
      continue;
    }
    const text = scalar(field);
    if (text === undefined) throw new ProtocolError(`header: extFields value of ${shown(key)} is not a text`, 'header');
    table[key] = text;
  }
  return table as Record<string, string>;
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const CODE = encodeUtf8('{"code":');
const FIELDS = encodeUtf8(',"extFields":{');
const AFTER_FIELDS = encodeUtf8('},"flag":');
const FLAG = encodeUtf8(',"flag":');
const LANGUAGE = encodeUtf8(',"language":"');
const OPAQUE = encodeUtf8('","opaque":');
const REMARK = encodeUtf8(',"remark":"');
const AFTER_REMARK = encodeUtf8('","serializeTypeCurrentRPC":"JSON","version":');
const VERSION = encodeUtf8(',"serializeTypeCurrentRPC":"JSON","version":');
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const END = 0x7d;

/** Bytes of `writeJsonStart`, at most. */
export const JSON_START_BYTES = CODE.length + DECIMAL_BYTES + FIELDS.length;

/** Writes all in front of the members of extFields; returns the end. Keys go in Apache's order. */
export function writeJsonStart(into: Uint8Array, at: number, code: number, hasFields: boolean): number {
  const end = writeDecimal(into, writePiece(into, at, CODE), code);
  return hasFields ? writePiece(into, end, FIELDS) : end;
}

/** Upper bound of what `writeJsonEnd` writes. */
export function jsonEndBound(language: string, remark: string | undefined): number {
  const texts = language.length + (remark?.length ?? 0);
  return 3 * DECIMAL_BYTES + 100 + JSON_BYTES_PER_UNIT * texts;
}

/** Writes all behind the members of extFields; returns the end. */
export function writeJsonEnd(
  into: Uint8Array,
  at: number,
  hasFields: boolean,
  flag: number,
  language: string,
  opaque: number,
  remark: string | undefined,
  version: number,
): number {
  let end = writeDecimal(into, writePiece(into, at, hasFields ? AFTER_FIELDS : FLAG), flag);
  end = writeJsonText(into, writePiece(into, end, LANGUAGE), language);
  end = writeDecimal(into, writePiece(into, end, OPAQUE), opaque);
  if (remark === undefined) {
    end = writePiece(into, end, VERSION);
  } else {
    end = writePiece(into, writeJsonText(into, writePiece(into, end, REMARK), remark), AFTER_REMARK);
  }
  end = writeDecimal(into, end, version);
  into[end] = END;
  return end + 1;
}

/** How many bytes `writeJsonMembers` writes at most. */
export function jsonMembersBound(fields: Readonly<Record<string, string>>): number {
  let bound = 0;
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) bound += 6 + JSON_BYTES_PER_UNIT * (key.length + value.length);
  }
  return bound;
}

/** Loose extFields as members of a JSON object, each behind a comma unless `first`; returns the end. */
export function writeJsonMembers(
  into: Uint8Array,
  at: number,
  fields: Readonly<Record<string, string>>,
  first: boolean,
): number {
  let end = at;
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined) continue;
    if (!first || end > at) into[end++] = COMMA;
    into[end++] = QUOTE;
    end = writeJsonText(into, end, key);
    into[end] = QUOTE;
    into[end + 1] = COLON;
    into[end + 2] = QUOTE;
    end = writeJsonText(into, end + 3, value);
    into[end++] = QUOTE;
  }
  return end;
}
