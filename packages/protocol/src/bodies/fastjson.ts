import { ProtocolError } from '../protocol-error.js';
import { resolveReferences } from './fastjson-reference.js';
import { type JsonValue, KeyedEntries } from './json-value.js';

export interface JsonLimits {
  /** Nesting of objects and arrays, keys that are objects included. Default 64. */
  readonly maxDepth?: number;
  /** Characters of the text. Default 64 Mi: frames end at 16 MiB, configuration files may be larger. */
  readonly maxLength?: number;
}

const DEFAULT_MAX_DEPTH = 64;
const DEFAULT_MAX_LENGTH = 64 * 1024 * 1024;

/**
 * Reads JSON as fastjson 1.2.83 does: besides the standard it takes bare and single-quoted keys, numbers and objects as
 * keys, superfluous commas, comments, control characters in strings, `\x41` and octal-like escapes, and `$ref`.
 * Throws ProtocolError with the position for everything else, and when a limit is passed.
 */
export function parseJson(text: string, limits: JsonLimits = {}): JsonValue {
  const { maxDepth = DEFAULT_MAX_DEPTH, maxLength = DEFAULT_MAX_LENGTH } = limits;
  if (text.length > maxLength)
    throw new ProtocolError(`JSON of ${text.length} characters: at most ${maxLength}`, 'limit');
  const hasReferences = text.includes('$ref');
  // The built-in parser loses the digits of large numbers and knows no references.
  if (!hasReferences && !/\d{16}/.test(text)) {
    const value = parseStandard(text);
    if (value !== undefined) return value;
  }
  const value = new FastJsonParser(text, maxDepth).parse();
  return hasReferences ? resolveReferences(value) : value;
}

function parseStandard(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined; // the other parser reads it or says what is wrong
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\u000b',
  f: '\f',
  F: '\f',
  r: '\r',
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
  '0': '\u0000',
  '1': '\u0001',
  '2': '\u0002',
  '3': '\u0003',
  '4': '\u0004',
  '5': '\u0005',
  '6': '\u0006',
  '7': '\u0007',
};

const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NULL', null],
  ['undefined', null],
  ['NaN', null],
]);

const NUMBER = /-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?/y;
const BARE_WORD = /[\p{L}_$][\p{L}\p{N}_$.-]*/uy;

class FastJsonParser {
  #at = 0;
  #depth = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  parse(): JsonValue {
    this.#skipSpace();
    if (this.#at === this.text.length) this.#fail('an empty text');
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.text.length) this.#fail('something behind the value');
    return value;
  }

  #value(): JsonValue {
    this.#skipSpace();
    const char = this.text[this.#at];
    switch (char) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
      case "'":
        return this.#string(char);
      case undefined:
        return this.#fail('the end of the text where a value was expected');
      default:
        return isDigit(char) || char === '-' ? this.#number() : this.#word();
    }
  }

  #object(): JsonValue {
    this.#enter();
    const object: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
    let entries: (readonly [JsonValue, JsonValue])[] | undefined;
    for (;;) {
      this.#skipCommas();
      if (this.#take('}')) break;
      const key = this.#key();
      this.#skipSpace();
      if (!this.#take(':')) this.#fail("something else than ':' behind a key");
      const value = this.#value();
      if (entries !== undefined) entries.push([key, value]);
      else if (typeof key === 'string') object[key] = value;
      else entries = [...Object.entries(object), [key, value]];
      if (!this.#more('}')) break;
    }
    this.#depth--;
    return entries === undefined ? object : new KeyedEntries(entries);
  }

  #key(): JsonValue {
    const char = this.text[this.#at];
    if (char === '"' || char === "'") return this.#string(char);
    if (char === '{' || char === '[') return this.#value();
    if (char === undefined) return this.#fail('the end of the text in an object');
    if (isDigit(char) || char === '-') return String(this.#number());
    const word = this.#match(BARE_WORD);
    return word ?? this.#fail('something that is no key');
  }

  #array(): JsonValue {
    this.#enter();
    const values: JsonValue[] = [];
    for (;;) {
      this.#skipCommas();
      if (this.#take(']')) break;
      values.push(this.#value());
      if (!this.#more(']')) break;
    }
    this.#depth--;
    return values;
  }

  /** Behind an element: true when more may come, false after the end. */
  #more(end: string): boolean {
    this.#skipSpace();
    if (this.#take(end)) return false;
    if (this.text[this.#at] !== ',') this.#fail(`something else than ',' or '${end}'`);
    return true;
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > this.maxDepth) this.#fail(`more than ${this.maxDepth} levels`);
  }

  #number(): number | string {
    const digits = this.#match(NUMBER);
    if (digits === undefined) return this.#fail('a sign without a number');
    // Java's type letters: 5L, 1.5F
    if (/[LSBFD]/.test(this.text[this.#at] ?? '')) this.#at++;
    const value = Number(digits);
    if (/^-?\d+$/.test(digits) && !Number.isSafeInteger(value)) return digits.replace(/^(-?)0+(?=\d)/, '$1');
    return value;
  }

  #word(): JsonValue {
    const start = this.#at;
    const word = this.#match(BARE_WORD);
    const value = word === undefined ? undefined : WORDS.get(word);
    if (value !== undefined) return value;
    this.#at = start;
    return this.#fail('something that is no value');
  }

  #string(quote: string): string {
    const { text } = this;
    let from = ++this.#at;
    let result = '';
    for (;;) {
      const char = text[this.#at];
      if (char === undefined) return this.#fail('the end of the text in a string');
      if (char === quote) break;
      if (char === '\\') {
        result += text.slice(from, this.#at) + this.#escape();
        from = this.#at;
      } else {
        this.#at++;
      }
    }
    result += text.slice(from, this.#at);
    this.#at++;
    return result;
  }

  #escape(): string {
    const { text } = this;
    const char = text[this.#at + 1] ?? '';
    if (char === 'u' || char === 'x') {
      const digits = text.slice(this.#at + 2, this.#at + (char === 'u' ? 6 : 4));
      if (!(char === 'u' ? /^[0-9a-fA-F]{4}$/ : /^[0-9a-fA-F]{2}$/).test(digits))
        this.#fail(`a \\${char} without its digits`);
      this.#at += 2 + digits.length;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meant = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined;
    if (meant === undefined) return this.#fail('an unknown escape');
    this.#at += 2;
    return meant;
  }

  #skipCommas(): void {
    this.#skipSpace();
    while (this.#take(',')) this.#skipSpace();
  }

  #skipSpace(): void {
    const { text } = this;
    for (;;) {
      const char = text[this.#at];
      if (char === ' ' || char === '\n' || char === '\r' || char === '\t' || char === '\f' || char === '\b') this.#at++;
      else if (char === '/') this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const { text } = this;
    const kind = text.slice(this.#at, this.#at + 2);
    if (kind !== '//' && kind !== '/*') this.#fail("a '/' that begins no comment");
    const end = text.indexOf(kind === '//' ? '\n' : '*/', this.#at + 2);
    if (end < 0 && kind === '/*') this.#fail('a comment without an end');
    this.#at = end < 0 ? text.length : end + (kind === '//' ? 1 : 2);
  }

  #take(char: string): boolean {
    if (this.text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(found: string): never {
    throw new ProtocolError(`JSON, character ${this.#at}: ${found}`, 'body');
  }
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}
