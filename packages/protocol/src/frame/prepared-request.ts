import { encodeUtf8, readUtf8 } from '@cometmq/runtime';
import type { RequestDefinition, RequestHeader } from '../schema/define-request.js';
import type { Header, Shape } from '../schema/field.js';
import { DECIMAL_BYTES, JSON_BYTES_PER_UNIT, writeDecimal, writeJsonText, writePiece } from '../schema/json-bytes.js';
import { CURRENT_LANGUAGE, CURRENT_VERSION } from '../versions.js';

/** Names of the header's properties that are another thing in every request. */
export interface VaryingFields<D extends RequestDefinition> {
  /** A text field; it may always begin alike. */
  readonly text: keyof RequestHeader<D> & string;
  readonly textStart: string;
  /** An int64 field. */
  readonly number: keyof RequestHeader<D> & string;
}

/** The header of one request: what `VaryingFields` stand for. */
export interface VaryingValues {
  /** Goes behind `textStart`. */
  readonly text: string;
  readonly number: number;
}

const BEFORE_OPAQUE = encodeUtf8('"},"opaque":');
const CLOSE = 0x7d;

/**
 * A JSON header that is written again and again with little changed. All that stays is one piece of bytes and stands in
 * front, so that it is copied at once and a server can know it again:
 *
 *   {"code":310,"flag":0,…,"extFields":{ the same fields … ,"i":" start of the text | rest ","g":" number "},"opaque": n }
 *
 * The order of JSON members is free for Apache's servers as for ours (remoting-protocol, 2.1).
 */
export class PreparedRequest {
  readonly definition: RequestDefinition;
  readonly #start: Uint8Array;
  readonly #beforeNumber: Uint8Array;

  /** Made by `prepareRequest`. */
  constructor(definition: RequestDefinition, start: Uint8Array, beforeNumber: Uint8Array) {
    this.definition = definition;
    this.#start = start;
    this.#beforeNumber = beforeNumber;
  }

  /** Upper bound of what `write` writes. */
  bound({ text }: VaryingValues): number {
    const fixed = this.#start.length + this.#beforeNumber.length + BEFORE_OPAQUE.length + 2 * DECIMAL_BYTES + 1;
    return fixed + text.length * JSON_BYTES_PER_UNIT;
  }

  /** Writes the header where there is room for it; returns its end. */
  write(into: Uint8Array, at: number, opaque: number, values: VaryingValues): number {
    into.set(this.#start, at);
    let end = writeJsonText(into, at + this.#start.length, values.text);
    end = writeDecimal(into, writePiece(into, end, this.#beforeNumber), values.number);
    end = writeDecimal(into, writePiece(into, end, BEFORE_OPAQUE), opaque);
    into[end] = CLOSE;
    return end + 1;
  }
}

/** Prepares requests whose headers are `header` but for the varying fields. Throws ProtocolError as the writers of headers do. */
export function prepareRequest<D extends RequestDefinition>(
  definition: D,
  header: RequestHeader<D>,
  varying: VaryingFields<D>,
): PreparedRequest {
  const { code, request } = definition;
  const textKey = wireOf(definition, varying.text);
  const numberKey = wireOf(definition, varying.number);
  const { [textKey]: _text, [numberKey]: _number, ...fields } = request.encode(header as Header<Shape>);
  const members = Object.entries(fields).map(([key, value]) => `${quoted(key)}:${quoted(value)},`);
  const start =
    `{"code":${code},"flag":0,"language":${quoted(CURRENT_LANGUAGE)},"serializeTypeCurrentRPC":"JSON",` +
    `"version":${CURRENT_VERSION},"extFields":{${members.join('')}${quoted(textKey)}:${quoted(varying.textStart)}`;
  // Without the quote that ends the text.
  return new PreparedRequest(definition, encodeUtf8(start.slice(0, -1)), encodeUtf8(`",${quoted(numberKey)}:"`));
}

function wireOf(definition: RequestDefinition, name: string): string {
  return definition.request.shape[name]?.wire ?? name;
}

/** A JSON string as our other writers have it. */
function quoted(text: string): string {
  const bytes = new Uint8Array(text.length * JSON_BYTES_PER_UNIT);
  return `"${readUtf8(bytes, 0, writeJsonText(bytes, 0, text))}"`;
}
