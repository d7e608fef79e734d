import { encodeUtf8, writeUtf8 } from '@cometmq/runtime';
import { writeInt16, writeInt32 } from '../message/big-endian.js';
import { fieldError, type FieldValue, fits, readField } from './field-text.js';
import type { FieldKind, Header, Shape } from './field.js';
import { JSON_BYTES_PER_UNIT, writeDecimal, writeJsonText, writePiece } from './json-bytes.js';

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
}

/** An optional value that is not there. */
const LEFT_OUT = undefined;
/** Longest text of a number or boolean: a float64 in scientific form. */
const NUMBER_BYTES = 25;
const QUOTE = 0x22;
const TRUE = encodeUtf8('true');
const FALSE = encodeUtf8('false');

/** `of` names the header in errors: `SEND_MESSAGE_V2 request`. */
export function headerCodec<S extends Shape>(shape: S, of = 'header'): HeaderCodec<S> {
  return new TableCodec(shape, of);
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
  };
}

class TableCodec<S extends Shape> implements HeaderCodec<S> {
  readonly shape: S;
  readonly #of: string;
  readonly #rows: readonly Row[];

  constructor(shape: S, of: string) {
    this.shape = shape;
    this.#of = of;
    this.#rows = Object.entries(shape).map(rowOf);
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
