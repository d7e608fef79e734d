import { utf8Length, writeUtf8 } from '@cometmq/runtime';
import { writeInt16, writeInt32 } from '../message/big-endian.js';
import { fieldError, type FieldValue, fits, readField } from './field-text.js';
import type { FieldKind, Header, Shape } from './field.js';
import { jsonText } from './json-text.js';

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
  /** To extFields; undefined values are left out, numbers and booleans become text. */
  encode(header: Header<S>): Record<string, string>;
  /** The members of the JSON object `extFields`, without its braces: `"topic":"T","queueId":"3"`. */
  encodeJson(header: Header<S>): string;
  /** Upper bound of what `encodeBinary` writes for this header. */
  binaryBound(header: Header<S>): number;
  /** Writes the fields as the ROCKETMQ serialisation has them (remoting-protocol, 2.2); returns the number of bytes. */
  encodeBinary(header: Header<S>, into: Uint8Array, at: number): number;
}

interface Row {
  readonly name: string;
  readonly wire: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly fallback: FieldValue | undefined;
  /** `"wire":"` and the same behind a comma. */
  readonly json: string;
  readonly nextJson: string;
  /** Key length and key, as the binary form has them. */
  readonly binary: Uint8Array;
}

/** An undefined or null value of an optional field. */
const LEFT_OUT = undefined;

/** `of` names the header in errors: `SEND_MESSAGE_V2 request`. */
export function headerCodec<S extends Shape>(shape: S, of = 'header'): HeaderCodec<S> {
  return new TableCodec(shape, of);
}

class TableCodec<S extends Shape> implements HeaderCodec<S> {
  readonly shape: S;
  readonly #of: string;
  readonly #rows: readonly Row[];

  constructor(shape: S, of: string) {
    this.shape = shape;
    this.#of = of;
    this.#rows = Object.entries(shape).map(([name, field]) => {
      const wire = field.wire ?? name;
      return {
        name,
        wire,
        kind: field.kind,
        required: !field.optional && field.fallback === undefined,
        fallback: field.fallback as FieldValue | undefined,
        json: `"${jsonText(wire)}":"`,
        nextJson: `,"${jsonText(wire)}":"`,
        binary: binaryKey(wire),
      };
    });
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

  encodeJson(header: Header<S>): string {
    const rows = this.#rows;
    let json = '';
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const value = this.#value(header, row);
      if (value === LEFT_OUT) continue;
      const key = json === '' ? row.json : row.nextJson;
      json += `${key}${typeof value === 'string' ? jsonText(value) : value}"`;
    }
    return json;
  }

  binaryBound(header: Header<S>): number {
    const rows = this.#rows;
    let bound = 0;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const value = (header as Readonly<Record<string, unknown>>)[row.name] ?? row.fallback;
      if (value === undefined) continue;
      bound += row.binary.length + 4 + (typeof value === 'string' ? value.length * 3 : NUMBER_CHARACTERS);
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
      into.set(row.binary, end);
      end += row.binary.length;
      const written = writeUtf8(into, typeof value === 'string' ? value : String(value), end + 4);
      writeInt32(into, end, written);
      end += 4 + written;
    }
    return end - at;
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

/** Longest text of a number or boolean: a float64 in scientific form. */
const NUMBER_CHARACTERS = 25;

function binaryKey(wire: string): Uint8Array {
  const length = utf8Length(wire);
  const bytes = new Uint8Array(2 + length);
  writeInt16(bytes, 0, length);
  writeUtf8(bytes, wire, 2);
  return bytes;
}
