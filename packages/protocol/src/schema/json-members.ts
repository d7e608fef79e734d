import { readLatin1 } from '@cometmq/runtime';

/*
 * Members of a JSON object whose values are all texts, found in the bytes without parsing: what nearly every header looks
 * like. Anything else (white space, numbers, nesting, bytes beyond ASCII, escapes beyond it or in keys) is UNUSUAL and left
 * to JSON.parse; so is everything that is no JSON.
 */

/** No position: a text has a quote in front of it. */
export const UNUSUAL = 0;

export const QUOTE = 0x22;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const ZERO = 0x30;

const PLAIN = 0;
const ENDS = 1;
const ESCAPES = 2;
const REFUSED = 3;

const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE) return ENDS;
  if (byte === BACKSLASH) return ESCAPES;
  return byte < 0x20 || byte >= 0x80 ? REFUSED : PLAIN;
});

/** By the letter behind a backslash: what it stands for; 0: nothing. */
const MEANINGS = new Uint8Array(256);
for (const [letter, meaning] of ['b\b', 't\t', 'n\n', 'f\f', 'r\r', '""', '\\\\', '//']) {
  MEANINGS[letter!.charCodeAt(0)] = meaning!.charCodeAt(0);
}

/** By hex digit: its value, else 16. */
const HEX = new Uint8Array(256).fill(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Where the quote stands that ends the text from `at` on: negative when there are escapes before it. */
export function textEnd(bytes: Uint8Array, at: number, to: number): number {
  let escaped = false;
  for (let end = at; end < to; end++) {
    const kind = KINDS[bytes[end]!];
    if (kind === PLAIN) continue;
    if (kind === ENDS) return escaped ? -end : end;
    if (kind === REFUSED) return UNUSUAL;
    const size = escapeSize(bytes, end);
    if (size === 0) return UNUSUAL;
    end += size - 1;
    escaped = true;
  }
  return UNUSUAL;
}

/** Bytes of the escape at `at`; 0 when it is none or stands for something beyond ASCII. */
function escapeSize(bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1]!;
  if (letter !== LETTER_U) return MEANINGS[letter] === 0 ? 0 : 2;
  if (bytes[at + 2] !== ZERO || bytes[at + 3] !== ZERO) return 0;
  return HEX[bytes[at + 4]!]! < 8 && HEX[bytes[at + 5]!]! < 16 ? 6 : 0;
}

export function isPiece(bytes: Uint8Array, from: number, to: number, piece: Uint8Array): boolean {
  if (to - from !== piece.length) return false;
  // The end first: names often begin alike.
  for (let index = piece.length - 1; index >= 0; index--) if (bytes[from + index] !== piece[index]) return false;
  return true;
}

/** Headers have fewer than 30. */
export const MAX_MEMBERS = 48;
/** Longer texts with escapes are left to JSON.parse. */
const MAX_ESCAPED_BYTES = 8192;

const unescaped = new Uint8Array(MAX_ESCAPED_BYTES);

function readEscaped(bytes: Uint8Array, from: number, to: number): string {
  let end = 0;
  for (let at = from; at < to; at++) {
    let byte = bytes[at]!;
    if (byte === BACKSLASH) {
      const letter = bytes[at + 1]!;
      if (letter === LETTER_U) {
        byte = HEX[bytes[at + 4]!]! * 16 + HEX[bytes[at + 5]!]!;
        at += 5;
      } else {
        byte = MEANINGS[letter]!;
        at++;
      }
    }
    unescaped[end++] = byte;
  }
  return readLatin1(unescaped, 0, end);
}

const NO_BYTES = new Uint8Array(0);

/** Where the members of the object that was scanned last are. Used again for every header, so read at once. */
export class JsonMembers {
  bytes: Uint8Array = NO_BYTES;
  count = 0;
  /** So many members in front have stood, byte for byte, in an earlier header: `id` tells in which. */
  known = 0;
  id = 0;
  /** Where the header begins; the positions below count from here. */
  #base = 0;
  readonly #keyFrom = new Int32Array(MAX_MEMBERS);
  readonly #keyTo = new Int32Array(MAX_MEMBERS);
  readonly #ends = new Int32Array(MAX_MEMBERS);

  /** A header begins at `base`; its first `known` members are those that are here already. */
  begin(bytes: Uint8Array, base: number, known: number): void {
    this.bytes = bytes;
    this.#base = base;
    this.known = known;
    this.count = known;
  }

  /** Lets the bytes go; what is remembered of them are positions. */
  release(): void {
    this.bytes = NO_BYTES;
  }

  /**
   * Scans from behind the opening brace, or the comma behind the known members; answers the position behind the closing
   * one, or UNUSUAL.
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    const base = this.#base;
    if (bytes[from] === CLOSE) return this.count === 0 ? from + 1 : UNUSUAL;
    for (let at = from; this.count < MAX_MEMBERS; at++) {
      const keyTo = bytes[at] === QUOTE ? textEnd(bytes, at + 1, to) : UNUSUAL;
      if (keyTo <= UNUSUAL || bytes[keyTo + 1] !== COLON || bytes[keyTo + 2] !== QUOTE) return UNUSUAL;
      const end = textEnd(bytes, keyTo + 3, to);
      if (end === UNUSUAL || (end < 0 && -end - keyTo > MAX_ESCAPED_BYTES)) return UNUSUAL;
      const index = this.count++;
      this.#keyFrom[index] = at + 1 - base;
      this.#keyTo[index] = keyTo - base;
      this.#ends[index] = end < 0 ? end + base : end - base;
      at = (end < 0 ? -end : end) + 1;
      if (bytes[at] === CLOSE) return at + 1;
      if (bytes[at] !== COMMA) return UNUSUAL;
    }
    return UNUSUAL;
  }

  /** How far into the header the comma behind member `index` reaches. */
  behind(index: number): number {
    return Math.abs(this.#ends[index]!) + 2;
  }

  is(index: number, key: Uint8Array): boolean {
    return isPiece(this.bytes, this.#base + this.#keyFrom[index]!, this.#base + this.#keyTo[index]!, key);
  }

  /** Where the value begins. */
  from(index: number): number {
    return this.#base + this.#keyTo[index]! + 3;
  }

  /** Where the value ends; negative when it has escapes. */
  end(index: number): number {
    const end = this.#ends[index]!;
    return end < 0 ? end - this.#base : end + this.#base;
  }

  text(index: number): string {
    const end = this.end(index);
    return end < 0 ? readEscaped(this.bytes, this.from(index), -end) : readLatin1(this.bytes, this.from(index), end);
  }
}

/** Longest text that is worth remembering. */
const MAX_REMEMBERED_BYTES = 64;
/** Texts in a row that were all different: these are ids, not names. */
const MAX_MISSES = 64;

/** The last text of a field: names of topics and groups come again and again, and need not be made each time. */
export class LastText {
  readonly #bytes = new Uint8Array(MAX_REMEMBERED_BYTES);
  #size = -1;
  #text = '';
  #misses = 0;

  read(bytes: Uint8Array, from: number, to: number): string {
    const size = to - from;
    if (this.#misses > MAX_MISSES || size > MAX_REMEMBERED_BYTES) return readLatin1(bytes, from, to);
    const own = this.#bytes;
    if (size === this.#size) {
      let at = size - 1;
      while (at >= 0 && own[at] === bytes[from + at]) at--;
      if (at < 0) {
        this.#misses = 0;
        return this.#text;
      }
    }
    this.#misses++;
    for (let at = 0; at < size; at++) own[at] = bytes[from + at]!;
    this.#size = size;
    this.#text = readLatin1(bytes, from, to);
    return this.#text;
  }
}
