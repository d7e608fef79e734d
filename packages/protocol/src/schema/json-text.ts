/*
 * Text as it stands between the quotes of a JSON string, escaped as fastjson does it: beside what JSON demands also 0x7f
 * to 0x9f and the line separators U+2028 and U+2029, four upper-case digits.
 */

const SHORT: Readonly<Record<number, string>> = {
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0c: '\\f',
  0x0d: '\\r',
  0x22: '\\"',
  0x5c: '\\\\',
};

const ESCAPES: readonly (string | undefined)[] = Array.from({ length: 0xa0 }, (_, code) =>
  code < 0x20 || code >= 0x7f ? (SHORT[code] ?? unicode(code)) : SHORT[code],
);

function unicode(code: number): string {
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function needsEscape(code: number): boolean {
  if (code >= 0x7f) return code < 0xa0 || code === 0x2028 || code === 0x2029;
  return code < 0x20 || code === 0x22 || code === 0x5c;
}

/** Almost all header texts hold nothing to escape; message properties always do (0x01 and 0x02 separate them). */
export function jsonText(text: string): string {
  for (let at = 0; at < text.length; at++) {
    if (needsEscape(text.charCodeAt(at))) return escaped(text, at);
  }
  return text;
}

function escaped(text: string, from: number): string {
  let out = '';
  let start = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!needsEscape(code)) continue;
    out += text.slice(start, at) + (ESCAPES[code] ?? unicode(code));
    start = at + 1;
  }
  return out + text.slice(start);
}
