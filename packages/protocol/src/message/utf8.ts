import { readUtf8, utf8Length, writeUtf8 as write } from '@cometmq/runtime';

export { readUtf8, utf8Length };

/** Runtime's `writeUtf8` with the position before the text, as the other writers have it. */
export function writeUtf8(into: Uint8Array, at: number, text: string): number {
  return write(into, text, at);
}
