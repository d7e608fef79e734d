const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text as it comes out of UTF-8: halves of surrogate pairs become U+FFFD. */
export function wellFormed(text: string): string {
  return decoder.decode(new TextEncoder().encode(text));
}
