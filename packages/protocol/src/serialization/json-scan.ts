import { encodeUtf8, readLatin1 } from '@cometmq/runtime';
import { CLOSE, COLON, COMMA, isPiece, QUOTE, textEnd, UNUSUAL } from '../schema/json-members.js';
import { knownLanguage } from '../versions.js';
import { KnownHeader } from './known-header.js';

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

/** Bits of what a header has said. */
const SAID_CODE = 1;
const SAID_OPAQUE = 4;
const SAID_FIELDS = 64;

/** Kinds of headers that are remembered, one each. */
const KINDS = 32;
/** Where the code and the name of the first field stand in the usual header: they tell its kind. */
const CODE_AT = 8;
const NAME_AT = 26;

/** What the last header that was scanned says. Used again for every header, so read at once. */
export class JsonScan {
  code = 0;
  flag = 0;
  opaque = 0;
  version = 0;
  language = 'OTHER';
  remark: string | undefined = undefined;
  hasFields = false;
  /** Counts the scans. */
  round = 0;
  readonly #kinds = Array.from({ length: KINDS }, () => new KnownHeader());
  #known = this.#kinds[0]!;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Of `#bytes`: many headers come in one piece. */
  #view = new DataView(this.#bytes.buffer);
  #seen = 0;
  #to = 0;
  /** The id does not stand before the extFields, and is not negative. */
  #usual = false;
  #fieldsTo = 0;
  #opaqueAt = 0;
  #opaqueTo = 0;

  get members(): KnownHeader['members'] {
    return this.#known.members;
  }

  /** Reads bytes [from, to); false: only `readJsonHeader` can tell. */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.round++;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const known = this.#kinds[kindOf(bytes, from)]!;
    // One buffer at most is held, not one of each kind.
    if (known !== this.#known) this.#known.members.release();
    this.#known = known;
    const skipped = known.skip(bytes, this.#view, from, to);
    if (skipped > from && this.#isKnown(bytes, skipped, to)) return true;
    this.#reset(to);
    known.members.begin(bytes, from, 0);
    if (bytes[from] !== OPEN || !this.#rest(bytes, from + 1)) return false;
    this.#learn(bytes, from);
    return true;
  }

  /** Whether a header that begins as the known one goes on with texts from `at` on, and ends like it. */
  #isKnown(bytes: Uint8Array, at: number, to: number): boolean {
    const known = this.#known;
    if (known.outdated) return false;
    const end = known.members.scan(bytes, at, to);
    if (end === UNUSUAL) return false;
    const opaque = known.opaqueOf(this.#view, end, to);
    if (opaque < 0) return false;
    this.opaque = opaque;
    this.code = known.code;
    this.flag = known.flag;
    this.language = known.language;
    this.version = known.version;
    this.remark = known.remark;
    this.hasFields = true;
    return true;
  }

  /** Reads members of the header from `from` on to its end. */
  #rest(bytes: Uint8Array, from: number): boolean {
    const to = this.#to;
    for (let at = from; at < to; at++) {
      const keyTo = bytes[at] === QUOTE ? textEnd(bytes, at + 1, to) : UNUSUAL;
      if (keyTo <= UNUSUAL || bytes[keyTo + 1] !== COLON) return false;
      at = this.#member(bytes, at + 1, keyTo);
      if (at === UNUSUAL) return false;
      if (bytes[at] === CLOSE) return at + 1 === to;
      if (bytes[at] !== COMMA) return false;
    }
    return false;
  }

  /** Remembers a header as nearly all programs write it: the id stands somewhere behind the extFields. */
  #learn(bytes: Uint8Array, from: number): void {
    if (!this.#usual || (this.#seen & SAID_OPAQUE) === 0 || !this.#known.teachable) return;
    const known = this.#known;
    known.code = this.code;
    known.flag = this.flag;
    known.language = this.language;
    known.version = this.version;
    known.remark = this.remark;
    known.learn(bytes, from, this.#to, this.#fieldsTo, this.#opaqueAt, this.#opaqueTo);
  }

  #reset(to: number): void {
    this.#to = to;
    this.#seen = 0;
    this.#usual = false;
    this.code = 0;
    this.flag = 0;
    this.opaque = 0;
    this.version = 0;
    this.language = 'OTHER';
    this.remark = undefined;
    this.hasFields = false;
  }

  /** One member of the header; answers the position behind it. */
  #member(bytes: Uint8Array, keyFrom: number, keyTo: number): number {
    const at = keyTo + 2;
    switch (keyTo - keyFrom) {
      case 4:
        if (isPiece(bytes, keyFrom, keyTo, CODE)) return this.#number(bytes, at, SAID_CODE);
        return isPiece(bytes, keyFrom, keyTo, FLAG) ? this.#number(bytes, at, 2) : UNUSUAL;
      case 6:
        if (isPiece(bytes, keyFrom, keyTo, OPAQUE)) return this.#number(bytes, at, SAID_OPAQUE);
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
    if (bit === SAID_CODE) this.code = value;
    else if (bit === 2) this.flag = value;
    else if (bit === SAID_OPAQUE) this.#opaque(value, start, at);
    else this.version = value;
    return at;
  }

  #opaque(value: number, at: number, to: number): void {
    this.opaque = value;
    this.#usual &&= value >= 0;
    this.#opaqueAt = at;
    this.#opaqueTo = to;
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
    this.#usual = (this.#seen & SAID_OPAQUE) === 0;
    if (bytes[at] !== OPEN || this.#again(SAID_FIELDS)) return UNUSUAL;
    this.hasFields = true;
    this.#fieldsTo = this.members.scan(bytes, at + 1, this.#to);
    return this.#fieldsTo;
  }
}

function kindOf(bytes: Uint8Array, from: number): number {
  const code = bytes[from + CODE_AT]! * 5 + bytes[from + CODE_AT + 1]! * 3 + bytes[from + CODE_AT + 2]!;
  return (code + bytes[from + NAME_AT]!) % KINDS || 0;
}

const behind = (end: number): number => (end === UNUSUAL ? UNUSUAL : end + 1);
