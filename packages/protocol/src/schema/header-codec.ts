import { encodeUtf8, writeUtf8 } from '@cometmq/runtime';
import { writeInt16, writeInt32 } from '../message/big-endian.js';
import { fieldError, type FieldValue, fits, readField } from './field-text.js';
import type { FieldKind, Header, Shape } from './field.js';
import { JSON_BYTES_PER_UNIT, writeDecimal, writeJsonText, writePiece } from './json-bytes.js';
import { type JsonMembers, LastText, MAX_MEMBERS } from './json-members.js';

/** extFields as they stand on the wire: strings by wire name. */
export type ExtFields = Readonly<Record<string, string>>;

/** Reads and writes one kind of header. */
export interface HeaderCodec<S extends Shape> {
  readonly shape: S;
  /**
   * From extFields to the typed header; unknown keys are ignored.
   * Throws ProtocolError naming request and field when a required field is missing or a value does not parse.
   */
  decode(fields: ExtFields | undefined): Header<S>;
  /** As `decode`, from scanned JSON; undefined: only `decode` can tell what is wrong or read it. */
  decodeMembers(members: JsonMembers): Header<S> | undefined;
  /**
   * To extFields; undefined values are left out, numbers and booleans become text. All three writers throw ProtocolError
   * for a value that is not of its field's kind and for a required one that is missing.
   */
  encode(header: Header<S>): Record<string, string>;
  /**
   * Writes the members of the JSON object `extFields` without its braces, `"topic":"T","queueId":"3"`, and returns where
   * they end; NO_ROOM when they do not end before `limit`.
   */
  encodeJson(header: Header<S>, into: Uint8Array, at: number, limit: number): number;
  /** Upper bound of what `encodeJson` writes for this header. */
  jsonBound(header: Header<S>): number;
  /** Writes the fields as the ROCKETMQ serialisation has them (remoting-protocol, 2.2); returns the number of bytes. */
  encodeBinary(header: Header<S>, into: Uint8Array, at: number): number;
  /** Upper bound of what `encodeBinary` writes for this header. */
  binaryBound(header: Header<S>): number;
}

/** Answer of `encodeJson` when the bytes are too few. */
export const NO_ROOM = -1;

interface Row {
  readonly name: string;
  readonly wire: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly fallback: FieldValue | undefined;
  /** `"wire":"`, and the same behind another member: `","wire":"`. */
  readonly json: Uint8Array;
  readonly nextJson: Uint8Array;
  /** Key length and key, as the binary form has them. */
  readonly binary: Uint8Array;
  readonly key: Uint8Array;
  readonly last: LastText;
}

/** Longer headers are not hot. */
const MAX_BITS = 30;
/** An optional value that is not there. */
const LEFT_OUT = undefined;
/** Longest text of a number or boolean: a float64 in scientific form. */
const NUMBER_BYTES = 25;
const QUOTE = 0x22;
const TRUE = encodeUtf8('true');
const FALSE = encodeUtf8('false');

/**
 * `of` names the header in errors: `SEND_MESSAGE_V2 request`. `copy` is what the default is, written once more at a place
 * of its own: V8 copies objects of one shape six times as fast when that place has seen no other shapes.
 */
export function headerCodec<S extends Shape>(
  shape: S,
  of = 'header',
  copy: (header: Header<S>) => Header<S> = (header) => ({ ...header }),
): HeaderCodec<S> {
  return new TableCodec(shape, of, copy);
}

function rowOf([name, field]: readonly [string, Shape[string]]): Row {
  const wire = field.wire ?? name;
  const key = encodeUtf8(wire);
  const binary = new Uint8Array(2 + key.length);
  writeInt16(binary, 0, key.length);
  binary.set(key, 2);
  return {
    name,
    wire,
    kind: field.kind,
    required: !field.optional && field.fallback === undefined,
    fallback: field.fallback as FieldValue | undefined,
    json: encodeUtf8(`${JSON.stringify(wire)}:"`),
    nextJson: encodeUtf8(`",${JSON.stringify(wire)}:"`),
    binary,
    key,
    last: new LastText(),
  };
}

class TableCodec<S extends Shape> implements HeaderCodec<S> {
  readonly shape: S;
  readonly #of: string;
  readonly #rows: readonly Row[];
  /** Scratch of `decodeMembers`: which member belongs to a row. */
  readonly #found: Int32Array;
  /** The last header that was decoded as a whole: which row its members belong to, -1 for none, and what came of it. */
  readonly #rowAt = new Int32Array(MAX_MEMBERS);
  #knownId = 0;
  #knownPresent = 0;
  #knownHeader: Record<string, FieldValue | undefined> = {};
  readonly #copy: (header: Header<S>) => Header<S>;
  /** A bit per row. */
  readonly #required: number;
  #lastEmpty: { readonly present: number; readonly header: Record<string, FieldValue | undefined> } = {
    present: -1,
    header: {},
  };

  constructor(shape: S, of: string, copy: (header: Header<S>) => Header<S>) {
    this.#copy = copy;
    this.shape = shape;
    this.#of = of;
    this.#rows = Object.entries(shape).map(rowOf);
    this.#found = new Int32Array(this.#rows.length);
    this.#required = this.#rows.reduce((mask, row, at) => (row.required ? mask | (1 << at) : mask), 0);
  }

  decode(fields: ExtFields | undefined): Header<S> {
    const header: Record<string, FieldValue | undefined> = {};
    const rows = this.#rows;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const text = fields?.[row.wire];
      if (text === undefined) {
        if (row.required) throw this.#error(row, undefined);
        if (row.fallback !== undefined) header[row.name] = row.fallback;
        continue;
      }
      const value = row.kind === 'text' ? text : readField(row.kind, text);
      if (value === undefined) throw this.#error(row, text);
      header[row.name] = value;
    }
    return header as Header<S>;
  }

  decodeMembers(members: JsonMembers): Header<S> | undefined {
    if (this.#rows.length > MAX_BITS) return undefined;
    if (members.known > 0 && members.id === this.#knownId) {
      const header = this.#decodeLast(members);
      if (header !== undefined) return header;
    }
    return this.#decodeAll(members);
  }

  #decodeAll(members: JsonMembers): Header<S> | undefined {
    const rows = this.#rows;
    const found = this.#found;
    const rowAt = this.#rowAt;
    let present = 0;
    let doubled = false;
    let expected = 0;
    for (let index = 0; index < members.count; index++) {
      const row = this.#rowOf(members, index, expected);
      rowAt[index] = row;
      if (row < 0) continue;
      found[row] = index;
      doubled ||= (present & (1 << row)) !== 0;
      present |= 1 << row;
      expected = row + 1;
    }
    this.#knownId = 0;
    if ((present & this.#required) !== this.#required) return undefined;
    const header = { ...this.#emptyHeader(present) };
    for (let at = 0; at < rows.length; at++) {
      if ((present & (1 << at)) === 0) continue;
      const row = rows[at]!;
      const value = readMember(row, members, found[at]!);
      if (value === undefined) return undefined;
      header[row.name] = value;
    }
    // Of a name that stands there twice the last value counts, wherever the members in common end.
    if (members.known > 0 && !doubled) {
      this.#knownId = members.id;
      this.#knownHeader = { ...header };
      this.#knownPresent = present;
    }
    return header as Header<S>;
  }

  /** A header that begins with the same members as the last one, and has the same ones; undefined when it has others. */
  #decodeLast(members: JsonMembers): Header<S> | undefined {
    const rowAt = this.#rowAt;
    const header = this.#copy(this.#knownHeader as Header<S>) as Record<string, FieldValue | undefined>;
    let present = 0;
    for (let index = 0; index < members.known; index++) if (rowAt[index]! >= 0) present |= 1 << rowAt[index]!;
    for (let index = members.known; index < members.count; index++) {
      const at = rowAt[index]!;
      if (at < 0 || !members.is(index, this.#rows[at]!.key)) return undefined;
      const row = this.#rows[at]!;
      const value = readMember(row, members, index);
      if (value === undefined) return undefined;
      header[row.name] = value;
      present |= 1 << at;
    }
    return present === this.#knownPresent ? (header as Header<S>) : undefined;
  }

  /** What headers with those rows have in common: the properties and the fallbacks of the other rows. */
  #emptyHeader(present: number): Record<string, FieldValue | undefined> {
    const last = this.#lastEmpty;
    if (last.present === present) return last.header;
    const header: Record<string, FieldValue | undefined> = {};
    for (const [at, { name, fallback }] of this.#rows.entries()) {
      if ((present & (1 << at)) !== 0 || fallback !== undefined) header[name] = fallback;
    }
    this.#lastEmpty = { present, header };
    return header;
  }

  /** The row of a member, -1 when it has none; they mostly come in the order of the rows. */
  #rowOf(members: JsonMembers, index: number, expected: number): number {
    const rows = this.#rows;
    for (let at = expected; at < rows.length; at++) if (members.is(index, rows[at]!.key)) return at;
    for (let at = 0; at < expected; at++) if (members.is(index, rows[at]!.key)) return at;
    return -1;
  }

  encode(header: Header<S>): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const row of this.#rows) {
      const value = this.#value(header, row);
      if (value !== LEFT_OUT) fields[row.wire] = String(value);
    }
    return fields;
  }

  encodeJson(header: Header<S>, into: Uint8Array, at: number, limit: number): number {
    const rows = this.#rows;
    let end = at;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const value = this.#value(header, row);
      if (value === LEFT_OUT) continue;
      if (end + row.nextJson.length + jsonValueBound(value) >= limit) return NO_ROOM;
      end = writeJsonValue(into, writePiece(into, end, end === at ? row.json : row.nextJson), value);
    }
    if (end > at) into[end++] = QUOTE;
    return end;
  }

  jsonBound(header: Header<S>): number {
    let bound = 2;
    for (const row of this.#rows) {
      const value = this.#value(header, row);
      if (value !== LEFT_OUT) bound += row.nextJson.length + jsonValueBound(value);
    }
    return bound;
  }

  encodeBinary(header: Header<S>, into: Uint8Array, at: number): number {
    const rows = this.#rows;
    let end = at;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const value = this.#value(header, row);
      if (value === LEFT_OUT) continue;
      const valueAt = writePiece(into, end, row.binary) + 4;
      end = writeBinaryValue(into, valueAt, value);
      writeInt32(into, valueAt - 4, end - valueAt);
    }
    return end - at;
  }

  binaryBound(header: Header<S>): number {
    const rows = this.#rows;
    let bound = 0;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const value = (header as Readonly<Record<string, unknown>>)[row.name] ?? row.fallback;
      if (value === undefined) continue;
      bound += row.binary.length + 4 + (typeof value === 'string' ? value.length * 3 : NUMBER_BYTES);
    }
    return bound;
  }

  /** The value to write, checked; LEFT_OUT for an optional one that is not there. */
  #value(header: Header<S>, row: Row): FieldValue | undefined {
    const value = (header as Readonly<Record<string, unknown>>)[row.name] ?? row.fallback;
    if (value === undefined) {
      if (row.required) throw this.#error(row, undefined);
      return LEFT_OUT;
    }
    if (!fits(row.kind, value)) throw this.#error(row, value);
    return value;
  }

  #error(row: Row, value: unknown): Error {
    return fieldError(this.#of, row.name, row.wire, row.kind, value);
  }
}

/** Undefined when the text is not of the row's kind. */
function readMember(row: Row, members: JsonMembers, index: number): FieldValue | undefined {
  const end = members.end(index);
  if (end < 0) return readField(row.kind, members.text(index));
  if (row.kind === 'int32' || row.kind === 'int64') {
    const value = readDigits(members.bytes, members.from(index), end, row.kind === 'int32' ? 9 : 15);
    if (value !== undefined) return value;
  }
  const text = row.last.read(members.bytes, members.from(index), end);
  return row.kind === 'text' ? text : readField(row.kind, text);
}

/** An integer without a sign, of so few digits that it cannot be too large; undefined for all else. */
function readDigits(bytes: Uint8Array, from: number, to: number, maxDigits: number): number | undefined {
  if (from === to || to - from > maxDigits) return undefined;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

function jsonValueBound(value: FieldValue): number {
  return typeof value === 'string' ? value.length * JSON_BYTES_PER_UNIT : NUMBER_BYTES;
}

function writeJsonValue(into: Uint8Array, at: number, value: FieldValue): number {
  return typeof value === 'string' ? writeJsonText(into, at, value) : writeScalar(into, at, value);
}

function writeBinaryValue(into: Uint8Array, at: number, value: FieldValue): number {
  return typeof value === 'string' ? at + writeUtf8(into, value, at) : writeScalar(into, at, value);
}

function writeScalar(into: Uint8Array, at: number, value: number | boolean): number {
  if (typeof value === 'boolean') return writePiece(into, at, value ? TRUE : FALSE);
  return Number.isSafeInteger(value) ? writeDecimal(into, at, value) : at + writeUtf8(into, String(value), at);
}
