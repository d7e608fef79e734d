const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
/** A key up to the first separator that is not escaped, the separator, the value. */
const LINE = /^((?:\\.|[^\\=:\s])*)\s*[=:]?\s*([\s\S]*)$/;

/**
 * Reads Java properties text (remoting-protocol, 11.8): `key=value`, `key: value` or `key value` per line, comments with
 * `#` and `!`, escapes, and lines that go on behind a `\`. The last of equal keys counts.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, key = '', value = ''] = LINE.exec(line) ?? [];
    properties.set(unescaped(key), unescaped(value));
  }
  return properties;
}

/** One `key=value` per line. */
export function formatProperties(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of properties)
    text += `${escaped(key).replaceAll(/[=:\s#!]/g, '\\$&')}=${escaped(value).replace(/^ /, '\\ ')}\n`;
  return text;
}

function* logicalLines(text: string): Generator<string> {
  let started: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.trimStart();
    if (started === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole: string = (started ?? '') + line;
    const goesOn = (/\\*$/.exec(whole)?.[0].length ?? 0) % 2 === 1;
    if (goesOn) started = whole.slice(0, -1);
    else {
      started = undefined;
      yield whole;
    }
  }
  if (started !== undefined) yield started;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
