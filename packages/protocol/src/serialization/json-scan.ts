import { encodeUtf8, readLatin1 } from '@cometmq/runtime';
import { CLOSE, COLON, COMMA, isPiece, JsonMembers, QUOTE, textEnd, UNUSUAL } from '../schema/json-members.js';
import { knownLanguage } from '../versions.js';

/*
 * The usual JSON header, read from its bytes in one pass: numbers that are numbers, texts without escapes, extFields that
 * are all texts. Whatever is not usual is `readJsonHeader`'s, which says the same of usual ones.
 */

const OPEN = 0x7b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** More may be beyond 32 bits. */
const MAX_DIGITS = 9;

const EXT_FIELDS = encodeUtf8('extFields');
const LANGUAGE = encodeUtf8('language');
const REMARK = encodeUtf8('remark');
const CODE = encodeUtf8('code');
const FLAG = encodeUtf8('flag');
const OPAQUE = encodeUtf8('opaque');
const VERSION = encodeUtf8('version');
const SERIALIZE_TYPE = encodeUtf8('serializeTypeCurrentRPC');
const JAVA = encodeUtf8('JAVA');

/** What the last header that was scanned says. Used again for every header, so read at once. */
export class JsonScan {
  code = 0;
  flag = 0;
  opaque = 0;
  version = 0;
  language = 'OTHER';
  remark: string | undefined = undefined;
  hasFields = false;
  readonly members = new JsonMembers();
  /** Counts the scans. */
  round = 0;
  #seen = 0;
  #to = 0;

  /** Reads bytes [from, to); false: only `readJsonHeader` can tell. */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.#reset(to);
    if (bytes[from] !== OPEN) return false;
    for (let at = from + 1; at < to; at++) {
      const keyTo = bytes[at] === QUOTE ? textEnd(bytes, at + 1, to) : UNUSUAL;
      if (keyTo <= UNUSUAL || bytes[keyTo + 1] !== COLON) return false;
      at = this.#member(bytes, at + 1, keyTo);
      if (at === UNUSUAL) return false;
      if (bytes[at] === CLOSE) return at + 1 === to;
      if (bytes[at] !== COMMA) return false;
    }
    return false;
  }

  #reset(to: number): void {
    this.round++;
    this.#to = to;
    this.#seen = 0;
    this.code = 0;
    this.flag = 0;
    this.opaque = 0;
    this.version = 0;
    this.language = 'OTHER';
    this.remark = undefined;
    this.hasFields = false;
    this.members.count = 0;
  }

  /** One member of the header; answers the position behind it. */
  #member(bytes: Uint8Array, keyFrom: number, keyTo: number): number {
    const at = keyTo + 2;
    switch (keyTo - keyFrom) {
      case 4:
        if (isPiece(bytes, keyFrom, keyTo, CODE)) return this.#number(bytes, at, 1);
        return isPiece(bytes, keyFrom, keyTo, FLAG) ? this.#number(bytes, at, 2) : UNUSUAL;
      case 6:
        if (isPiece(bytes, keyFrom, keyTo, OPAQUE)) return this.#number(bytes, at, 4);
        return isPiece(bytes, keyFrom, keyTo, REMARK) ? this.#remark(bytes, at) : UNUSUAL;
      case 7:
        return isPiece(bytes, keyFrom, keyTo, VERSION) ? this.#number(bytes, at, 8) : UNUSUAL;
      case 8:
        return isPiece(bytes, keyFrom, keyTo, LANGUAGE) ? this.#language(bytes, at) : UNUSUAL;
      case 9:
        return isPiece(bytes, keyFrom, keyTo, EXT_FIELDS) ? this.#extFields(bytes, at) : UNUSUAL;
      default:
        if (!isPiece(bytes, keyFrom, keyTo, SERIALIZE_TYPE)) return UNUSUAL;
        return behind(this.#plainText(bytes, at, 128));
    }
  }

  /** True when the header has said this before: the last one wins, which JSON.parse sees to. */
  #again(bit: number): boolean {
    const again = (this.#seen & bit) !== 0;
    this.#seen |= bit;
    return again;
  }

  #number(bytes: Uint8Array, from: number, bit: number): number {
    const negative = bytes[from] === MINUS;
    const start = negative ? from + 1 : from;
    let value = 0;
    let at = start;
    for (; at < this.#to; at++) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + byte - ZERO;
    }
    const digits = at - start;
    if (digits === 0 || digits > MAX_DIGITS || this.#again(bit)) return UNUSUAL;
    // JSON has no leading zeros; minus zero is a number of its own in JavaScript.
    if (bytes[start] === ZERO && (digits > 1 || negative)) return UNUSUAL;
    if (negative) value = -value;
    if (bit === 1) this.code = value;
    else if (bit === 2) this.flag = value;
    else if (bit === 4) this.opaque = value;
    else this.version = value;
    return at;
  }

  /** Where the text without escapes ends whose opening quote stands at `at`. */
  #plainText(bytes: Uint8Array, at: number, bit: number): number {
    if (bytes[at] !== QUOTE || this.#again(bit)) return UNUSUAL;
    const end = textEnd(bytes, at + 1, this.#to);
    return end > UNUSUAL ? end : UNUSUAL;
  }

  #remark(bytes: Uint8Array, at: number): number {
    const end = this.#plainText(bytes, at, 16);
    if (end !== UNUSUAL) this.remark = readLatin1(bytes, at + 1, end);
    return behind(end);
  }

  #language(bytes: Uint8Array, at: number): number {
    const end = this.#plainText(bytes, at, 32);
    if (end === UNUSUAL) return UNUSUAL;
    this.language = isPiece(bytes, at + 1, end, JAVA) ? 'JAVA' : knownLanguage(readLatin1(bytes, at + 1, end));
    return end + 1;
  }

  #extFields(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== OPEN || this.#again(64)) return UNUSUAL;
    this.hasFields = true;
    return this.members.scan(bytes, at + 1, this.#to);
  }
}

const behind = (end: number): number => (end === UNUSUAL ? UNUSUAL : end + 1);
