const native = globalThis.Buffer;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function utf8Length(text: string): number {
  return native === undefined ? encoder.encode(text).length : native.byteLength(text);
}
export function writeUtf8(into: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f || index > 64) return encoder.encodeInto(text, into.subarray(at)).written;
    into[at + index] = code;
  }
  return text.length;
}
export function readUtf8(bytes: Uint8Array, from: number, to: number): string {
  return native === undefined
    ? decoder.decode(bytes.subarray(from, to))
    : native.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}
