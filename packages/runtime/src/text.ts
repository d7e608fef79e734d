/** The parts of Node's Buffer that are used where it exists; typed here because a browser has none. */
interface NodeBuffer {
  byteLength(text: string): number;
  readonly prototype: {
    readonly utf8Slice?: (this: Uint8Array, from: number, to: number) => string;
    readonly latin1Slice?: (this: Uint8Array, from: number, to: number) => string;
  };
}

const nodeBuffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
// Called on plain Uint8Arrays, too, which saves making a view of each.
const utf8Slice = nodeBuffer?.prototype.utf8Slice;
const latin1Slice = nodeBuffer?.prototype.latin1Slice;

/** Up to this length a loop is faster than a call into the platform (measured: 33 against 80 to 160 ns). */
const SHORT_TEXT = 24;

/** Bytes of `text` in UTF-8. */
export const utf8Length: (text: string) => number = nodeBuffer
  ? (text) => nodeBuffer.byteLength(text)
  : (text) => {
      let length = text.length;
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index);
        if (unit < 0x80) continue;
        // Both halves of a pair count two here, which makes its four bytes.
        const half = unit >= 0xd800 && unit < 0xe000 && pairedAt(text, index, unit);
        length += unit < 0x800 || half ? 1 : 2;
      }
      return length;
    };

function pairedAt(text: string, index: number, unit: number): boolean {
  const other = unit < 0xdc00 ? text.charCodeAt(index + 1) : text.charCodeAt(index - 1);
  return unit < 0xdc00 ? other >= 0xdc00 && other < 0xe000 : other >= 0xd800 && other < 0xdc00;
}

/** Writes `text` in UTF-8 at `at`; returns the number of bytes. RangeError when there is not enough room. */
export function writeUtf8(into: Uint8Array, text: string, at: number): number {
  const { length } = text;
  if (length <= SHORT_TEXT && at + length <= into.length) {
    let index = 0;
    for (; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      into[at + index] = unit;
    }
    if (index === length) return length;
  }
  const { read, written } = encoder.encodeInto(text, into.subarray(at));
  if (read < length) throw new RangeError(`text of ${length} characters does not fit at ${at} of ${into.length} bytes`);
  return written;
}

/** Writes text of which the caller knows that it is ASCII; returns the number of bytes. RangeError when there is not enough room. */
export function writeAscii(into: Uint8Array, text: string, at: number): number {
  const { length } = text;
  if (at + length > into.length) {
    throw new RangeError(`text of ${length} characters does not fit at ${at} of ${into.length} bytes`);
  }
  if (length > SHORT_TEXT) return encoder.encodeInto(text, into.subarray(at)).written;
  for (let index = 0; index < length; index++) into[at + index] = text.charCodeAt(index);
  return length;
}

/** The text in `bytes[from, to)`; what is no UTF-8 becomes U+FFFD. */
export const readUtf8: (bytes: Uint8Array, from: number, to: number) => string = utf8Slice
  ? (bytes, from, to) => utf8Slice.call(bytes, from, to)
  : (bytes, from, to) => decoder.decode(bytes.subarray(from, to));

/** The text in `bytes[from, to)`, each byte one character (ISO-8859-1). */
export const readLatin1: (bytes: Uint8Array, from: number, to: number) => string = latin1Slice
  ? (bytes, from, to) => latin1Slice.call(bytes, from, to)
  : (bytes, from, to) => {
      let text = '';
      for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
      return text;
    };

/** `text` in UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** All of `bytes` as UTF-8 text. */
export function decodeUtf8(bytes: Uint8Array): string {
  return readUtf8(bytes, 0, bytes.length);
}
