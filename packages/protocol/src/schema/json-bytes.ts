/*
 * JSON written straight into bytes: no string is built, joined and encoded. The caller has seen to it that there is room.
 * Strings are escaped as fastjson does it: beside what JSON demands also 0x7f to 0x9f and the line separators U+2028 and
 * U+2029, four upper-case digits.
 */

/** Most bytes that one UTF-16 unit of a text takes: `\u0001`. */
export const JSON_BYTES_PER_UNIT = 6;
/** Most bytes of a safe integer. */
export const DECIMAL_BYTES = 17;

const BACKSLASH = 0x5c;
const PLAIN = 0;
const UNICODE = 1;

/** Per ASCII character: PLAIN, UNICODE, or the letter behind the backslash. */
const ESCAPES = Uint8Array.from({ length: 0x80 }, (_, code) => (code < 0x20 || code === 0x7f ? UNICODE : PLAIN));
for (const [character, letter] of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\']) {
  ESCAPES[character!.charCodeAt(0)] = letter!.charCodeAt(0);
}

/** Copies a short piece of known ASCII text; returns the end. A loop beats `set` at this size. */
export function writePiece(into: Uint8Array, at: number, piece: Uint8Array): number {
  for (let index = 0; index < piece.length; index++) into[at + index] = piece[index]!;
  return at + piece.length;
}

/** Writes a text as it stands between the quotes of a JSON string; returns the end. */
export function writeJsonText(into: Uint8Array, at: number, text: string): number {
  let end = at;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) {
      const low = unit >= 0xd800 && unit < 0xdc00 ? text.charCodeAt(index + 1) : Number.NaN;
      if (low >= 0xdc00 && low < 0xe000) {
        end = writePair(into, end, unit, low);
        index++;
      } else {
        end = writeWide(into, end, unit);
      }
    } else if (ESCAPES[unit] === PLAIN) {
      into[end++] = unit;
    } else {
      end = writeEscape(into, end, unit);
    }
  }
  return end;
}

function writeEscape(into: Uint8Array, at: number, unit: number): number {
  const letter = unit < 0x80 ? ESCAPES[unit]! : UNICODE;
  into[at] = BACKSLASH;
  if (letter !== UNICODE) {
    into[at + 1] = letter;
    return at + 2;
  }
  into[at + 1] = 0x75;
  for (let digit = 0; digit < 4; digit++) into[at + 2 + digit] = hexDigit((unit >> (12 - 4 * digit)) & 15);
  return at + 6;
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x37 + value;
}

/** A unit from 0x80 on that is no pair; half a pair becomes U+FFFD. */
function writeWide(into: Uint8Array, at: number, unit: number): number {
  if (unit < 0xa0 || unit === 0x2028 || unit === 0x2029) return writeEscape(into, at, unit);
  if (unit < 0x800) {
    into[at] = 0xc0 | (unit >> 6);
    into[at + 1] = 0x80 | (unit & 0x3f);
    return at + 2;
  }
  const code = unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit;
  into[at] = 0xe0 | (code >> 12);
  into[at + 1] = 0x80 | ((code >> 6) & 0x3f);
  into[at + 2] = 0x80 | (code & 0x3f);
  return at + 3;
}

function writePair(into: Uint8Array, at: number, high: number, low: number): number {
  const code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  into[at] = 0xf0 | (code >> 18);
  into[at + 1] = 0x80 | ((code >> 12) & 0x3f);
  into[at + 2] = 0x80 | ((code >> 6) & 0x3f);
  into[at + 3] = 0x80 | (code & 0x3f);
  return at + 4;
}

const HALF = 1e9;

/** Writes a safe integer in decimal; returns the end. */
export function writeDecimal(into: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    into[at] = 0x2d;
    return writeDecimal(into, at + 1, -value);
  }
  if (value < HALF) return writeDigits(into, at, value, digitsOf(value));
  const high = Math.floor(value / HALF);
  return writeDigits(into, writeDigits(into, at, high, digitsOf(high)), value - high * HALF, 9);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** Below 1e9, with leading zeros up to `digits`. */
function writeDigits(into: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    into[place] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}
