/**
 * Bytes ⇄ values of message bodies.
 *
 * The producer writes `contentType` into the property `__ct`, so that the consumer knows what it got. `Buffer` and
 * `Uint8Array` bodies never pass a codec: they are sent as they are, marked `application/octet-stream`, and come out as
 * a `Buffer`, whatever the codec.
 */
export interface Codec {
  readonly contentType: string;
  encode(value: unknown): Uint8Array;
  /** A throw means the body is not readable: the message is rejected (`%DLQ%<group>`) unless a handler decides otherwise. */
  decode(bytes: Buffer, properties: Readonly<Record<string, string>>): unknown;
}

/** The property that names the content type of a body. */
export const CONTENT_TYPE = '__ct';
export const OCTET_STREAM = 'application/octet-stream';
const TEXT_PLAIN = 'text/plain';
const JSON_TYPE = 'application/json';

const hasBuffer = typeof Buffer === 'function';
const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** The same bytes as a `Buffer`; in a browser, which has none, the array itself. */
export function toBuffer(bytes: Uint8Array): Buffer {
  if (!hasBuffer) return bytes as Buffer;
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encodeText(text: string): Uint8Array {
  return hasBuffer ? Buffer.from(text, 'utf8') : textEncoder.encode(text);
}

/** Throws on bytes that are not UTF-8. */
function decodeText(bytes: Buffer): string {
  if (!hasBuffer) return textDecoder.decode(bytes);
  // Buffer is several times faster than TextDecoder but replaces what is broken: ask the strict one only then.
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? textDecoder.decode(bytes) : text;
}

/** The JSON codec's decoding for those who know the content type already and need no map of properties. */
export function decodeJsonBody(bytes: Buffer, contentType: string | undefined): unknown {
  const text = decodeText(bytes);
  return contentType === TEXT_PLAIN ? text : (JSON.parse(text) as unknown);
}

/** Hands bytes through in both directions. */
export const rawCodec: Codec = {
  contentType: OCTET_STREAM,
  encode(value) {
    if (value instanceof Uint8Array) return value;
    throw new TypeError('rawCodec sends only Buffer and Uint8Array; give the producer another codec for other values');
  },
  decode: (bytes) => bytes,
};

/** Texts in UTF-8. */
export const stringCodec: Codec = {
  contentType: TEXT_PLAIN,
  encode(value) {
    if (typeof value === 'string') return encodeText(value);
    throw new TypeError('stringCodec sends only strings; give the producer another codec for other values');
  },
  decode: decodeText,
};

/**
 * The default. Values are JSON. Bodies marked `text/plain` decode as strings; all others, those of other clients without
 * a mark too, must be JSON. To read bodies of other clients that are not JSON use `stringCodec` or `rawCodec`, or take
 * `message.raw`.
 */
export const jsonCodec: Codec = {
  contentType: JSON_TYPE,
  encode(value) {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined)
      throw new TypeError(`a body of type ${typeof value} has no JSON form; send null or an object`);
    return encodeText(text);
  },
  decode: (bytes, properties) => decodeJsonBody(bytes, properties[CONTENT_TYPE]),
};
