import { readUtf8 } from '@cometmq/runtime';
import { ProtocolError } from '../protocol-error.js';
import { jsonText } from '../schema/json-text.js';
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

/**
 * The header as JSON with its keys in Apache's order. `members` are those of extFields without braces, undefined when
 * there is no extFields at all.
 */
export function jsonHeader(
  code: number,
  members: string | undefined,
  flag: number,
  language: string,
  opaque: number,
  remark: string | undefined,
  version: number,
): string {
  const fields = members === undefined ? '' : `"extFields":{${members}},`;
  const note = remark === undefined ? '' : `"remark":"${jsonText(remark)}",`;
  return `{"code":${code},${fields}"flag":${flag},"language":"${language}","opaque":${opaque},${note}"serializeTypeCurrentRPC":"JSON","version":${version}}`;
}

/** Loose extFields as members of a JSON object, without braces. */
export function jsonMembers(fields: Readonly<Record<string, string>>): string {
  let json = '';
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) json += `${json === '' ? '' : ','}"${jsonText(key)}":"${jsonText(value)}"`;
  }
  return json;
}
