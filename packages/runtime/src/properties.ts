const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
const ESCAPED: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f', '\\': '\\\\' };

/** What Java counts as white space in such a file. */
const isBlank = (letter: string | undefined): boolean => letter === ' ' || letter === '\t' || letter === '\f';

/**
 * Reads Java's .properties text (java.util.Properties.load): `key=value`, `key: value` or `key value` per line, comments
 * with `#` and `!`, the escapes `\t \n \r \f \uXXXX` and `\` before any letter, lines that go on behind a `\`. Of equal
 * keys the last one counts; a key alone has an empty value.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const keyEnd = endOfKey(line);
    let at = skipBlank(line, keyEnd);
    if (line[at] === '=' || line[at] === ':') at = skipBlank(line, at + 1);
    properties.set(unescaped(line.slice(0, keyEnd)), unescaped(line.slice(at)));
  }
  return properties;
}

/** One `key=value` per line, which `parseProperties` and Java read back as it was. */
export function formatProperties(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of properties) {
    const plainKey = escaped(key).replaceAll(/[ =:#!]/g, '\\$&');
    text += `${plainKey}=${escaped(value).replace(/^ /, '\\ ')}\n`;
  }
  return text;
}

function* logicalLines(text: string): Generator<string> {
  let begun: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.slice(skipBlank(natural, 0));
    if (begun === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole: string = (begun ?? '') + line;
    if (goesOn(line)) {
      begun = whole.slice(0, -1);
    } else {
      begun = undefined;
      yield whole;
    }
  }
  if (begun !== undefined) yield begun;
}

/** It ends in an odd number of backslashes. */
function goesOn(line: string): boolean {
  let at = line.length;
  while (at > 0 && line[at - 1] === '\\') at--;
  return (line.length - at) % 2 === 1;
}

function skipBlank(line: string, from: number): number {
  let at = from;
  while (isBlank(line[at])) at++;
  return at;
}

function endOfKey(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const letter = line[at];
    if (letter === '\\') at++;
    else if (letter === '=' || letter === ':' || isBlank(letter)) return at;
  }
  return line.length;
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[\t\n\r\f\\]/g, (letter) => ESCAPED[letter]!);
}
