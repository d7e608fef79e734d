import { ProtocolError } from '../protocol-error.js';
import type { Boundary, FieldKind } from './field.js';

/*
 * How one header value is read from and written to its text. Java's parse methods are the model (remoting-protocol,
 * section 3): decimal, one sign allowed, no spaces. Readers answer undefined for text that does not parse.
 */

const MAX_INT32 = 0x7fff_ffff;
/** More digits than any 64-bit number has even with leading zeros that somebody might send. */
const MAX_DIGITS = 40;

/** The absolute value may be one larger than `max` when the number is negative and `max` is that of an int32. */
function readInteger(text: string, max: number, min: number, clamp: boolean): number | undefined {
  const length = text.length;
  const first = text.charCodeAt(0);
  const negative = first === 0x2d;
  let at = negative || first === 0x2b ? 1 : 0;
  if (at >= length || length > MAX_DIGITS) return undefined;
  let value = 0;
  for (; at < length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (negative) value = 0 - value;
  if (value <= max && value >= min) return value;
  return clamp ? (negative ? min : max) : undefined;
}

const readInt32 = (text: string) => readInteger(text, MAX_INT32, -MAX_INT32 - 1, false);
const readInt64 = (text: string) => readInteger(text, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, false);
const readClamped = (text: string) => readInteger(text, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, true);

function readFloat64(text: string): number | undefined {
  if (/^[+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,4})?$/.test(text)) return Number(text);
  return text === 'NaN' ? Number.NaN : undefined;
}

function readBoolean(text: string): boolean {
  return text === 'true' || (text.length === 4 && text.toLowerCase() === 'true');
}

function readBoundary(text: string): Boundary {
  return text.toLowerCase() === 'upper' ? 'UPPER' : 'LOWER';
}

export type FieldValue = string | number | boolean;

/** Undefined when the text is not of that kind. */
export function readField(kind: FieldKind, text: string): FieldValue | undefined {
  switch (kind) {
    case 'text':
      return text;
    case 'int32':
      return readInt32(text);
    case 'int64':
      return readInt64(text);
    case 'boolean':
      return readBoolean(text);
    case 'clampedInt64':
      return readClamped(text);
    case 'float64':
      return readFloat64(text);
    case 'boundary':
      return readBoundary(text);
  }
}

const EXPECTED: Readonly<Record<FieldKind, string>> = {
  text: 'a text',
  int32: 'a signed 32-bit integer',
  int64: 'an integer that JavaScript can hold exactly',
  clampedInt64: 'a 64-bit integer',
  float64: 'a number',
  boolean: 'true or false',
  boundary: 'LOWER or UPPER',
};

/** Whether a value given by our own code may be written as that kind. */
export function fits(kind: FieldKind, value: unknown): value is FieldValue {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'int32':
      return typeof value === 'number' && (value | 0) === value;
    case 'int64':
    case 'clampedInt64':
      return Number.isSafeInteger(value);
    case 'float64':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'boundary':
      return value === 'LOWER' || value === 'UPPER';
  }
}

const SHOWN_CHARACTERS = 80;

/** The error for a value that is not of its kind, cut so that no peer fills our log. */
export function fieldError(of: string, name: string, wire: string, kind: FieldKind, value: unknown): ProtocolError {
  const key = name === wire ? name : `${name} (${wire})`;
  if (value === undefined || value === null) {
    return new ProtocolError(`${of}: field ${key} is missing, expected ${EXPECTED[kind]}`, 'field');
  }
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return new ProtocolError(`${of}: field ${key} is "${shown}", expected ${EXPECTED[kind]}`, 'field');
}
