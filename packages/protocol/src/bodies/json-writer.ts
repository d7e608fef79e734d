import { ProtocolError } from '../protocol-error.js';

/**
 * How a body is written.
 *
 * - `compact`: Apache's key order without white space; numeric keys in quotes, so that it is standard JSON wherever no
 *   object is a key. Apache's and Go's clients read it like their own.
 * - `fastjson`: the same with bare numeric keys: byte for byte what Apache writes by default.
 * - `pretty`: Apache's form for configuration files (store-format, section 9.1); bare numeric keys.
 * - `standard`: what Apache sends to clients from 4.9.4 on (remoting-protocol, section 11.2): quoted and sorted keys, `\/`,
 *   everything outside ASCII escaped.
 */
export type JsonForm = 'compact' | 'fastjson' | 'pretty' | 'standard';

const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
};

// eslint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// eslint-disable-next-line no-control-regex
const ESCAPED_ALL = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// eslint-disable-next-line no-control-regex
const ESCAPED_STANDARD = /["\\/\u0000-\u001f\u007f-\uffff]/g;

function escape(char: string): string {
  return SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Builds the text of one body. */
export class JsonWriter {
  text = '';
  #depth = 0;
  readonly pretty: boolean;
  readonly sorted: boolean;
  readonly bareKeys: boolean;
  readonly #standard: boolean;

  constructor(form: JsonForm) {
    this.pretty = form === 'pretty';
    this.#standard = form === 'standard';
    this.sorted = this.#standard;
    this.bareKeys = form === 'fastjson' || form === 'pretty';
  }

  raw(text: string): void {
    this.text += text;
  }

  string(value: string): void {
    this.text += this.#quoted(value);
  }

  integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new ProtocolError(`not a safe integer: ${value}`);
    this.text += value === 0 ? '0' : String(value);
  }

  /** As Java's Double.toString; NaN and infinities are null. */
  double(value: number): void {
    this.text += Number.isFinite(value) ? javaDouble(value) : 'null';
  }

  boolean(value: boolean): void {
    this.text += value ? 'true' : 'false';
  }

  indent(): void {
    this.#depth++;
  }

  outdent(): void {
    this.#depth--;
  }

  /** A new line at the present depth, in the pretty form only. */
  line(): void {
    if (this.pretty) this.text += `\n${'\t'.repeat(this.#depth)}`;
  }

  #quoted(value: string): string {
    if (this.#standard) return `"${value.replace(ESCAPED_STANDARD, escape)}"`;
    return ESCAPED.test(value) ? `"${value.replace(ESCAPED_ALL, escape)}"` : `"${value}"`;
  }
}

function javaDouble(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
