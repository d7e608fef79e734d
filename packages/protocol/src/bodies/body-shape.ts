import { decodeUtf8, encodeUtf8 } from '@cometmq/runtime';
import type { BodyCodec } from '../schema/define-request.js';
import { ProtocolError } from '../protocol-error.js';
import { type JsonLimits, parseJson } from './fastjson.js';
import { type JsonForm, JsonWriter } from './json-writer.js';
import type { JsonValue } from './json-value.js';

/** One reading of a parsed text: where it is, and how much it may still do. */
export class JsonReading {
  readonly path: string[] = [];

  /** `budget`: values that may be read. References make a small text mean a large value; the text's length bounds it. */
  constructor(private budget: number) {}

  spend(): void {
    if (--this.budget < 0)
      throw new ProtocolError(`${this.path.join('.')}: references make too much of this text`, 'limit');
  }

  fail(expected: string): never {
    throw new ProtocolError(`${this.path.join('.')}: expected ${expected}`, 'body');
  }
}

/**
 * How one kind of value stands in JSON. Reading coerces as fastjson does and takes what is absent or null as Java's
 * default; it throws ProtocolError only for a value that cannot be meant.
 */
export interface JsonShape<Value, Optional extends boolean = boolean> {
  readonly optional: Optional;
  /** The key on the wire when it is not the property's name. */
  readonly wire: string | undefined;
  read(raw: JsonValue | undefined, reading: JsonReading): Value;
  write(value: Value, into: JsonWriter): void;
}

/** A shape that stands alone as a body or file. */
export interface JsonBody<Value, Optional extends boolean = boolean>
  extends JsonShape<Value, Optional>, BodyCodec<Value> {
  /** Default form: `compact`. */
  encode(value: Value, form?: JsonForm): Uint8Array;
  /** Throws ProtocolError when it is no JSON, null, or not of this shape. */
  decode(bytes: Uint8Array, limits?: JsonLimits): Value;
  format(value: Value, form: JsonForm): string;
  parse(text: string, limits?: JsonLimits): Value;
}

export type Infer<S> = S extends JsonShape<infer Value, boolean> ? Value : never;

export function jsonBody<Value>(name: string, shape: Pick<JsonShape<Value>, 'read' | 'write'>): JsonBody<Value, false> {
  const format = (value: Value, form: JsonForm): string => {
    const into = new JsonWriter(form);
    shape.write(value, into);
    return into.text;
  };
  const parse = (text: string, limits?: JsonLimits): Value => {
    const raw = parseJson(text, limits);
    if (raw === null) throw new ProtocolError(`${name}: null`, 'body');
    const reading = new JsonReading(text.length * 2 + 10_000);
    reading.path.push(name);
    return shape.read(raw, reading);
  };
  return {
    optional: false,
    wire: undefined,
    read: shape.read,
    write: shape.write,
    format,
    parse,
    encode: (value, form = 'compact') => encodeUtf8(format(value, form)),
    decode: (bytes, limits) => parse(decodeUtf8(bytes), limits),
  };
}

/** The text of a configuration file as Apache's ConfigManager writes it. */
export function formatConfigJson<Value>(body: JsonBody<Value>, value: Value): string {
  return body.format(value, 'pretty');
}
