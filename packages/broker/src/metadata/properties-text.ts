/**
 * Reads Java properties text: `key=value` or `key:value` per line, `#` and `!` comments, `\` escapes and continued lines
 * (remoting-protocol, 11.8). Later lines win. A key without a value has an empty one.
 */
export function parsePropertiesText(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  const lines = text.split(/\r\n|\r|\n/);
  for (let at = 0; at < lines.length; at++) {
    let line = (lines[at] ?? '').trimStart();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (endsInContinuation(line) && at + 1 < lines.length)
      line = line.slice(0, -1) + (lines[++at] ?? '').trimStart();
    const [key, value] = splitLine(line);
    properties.set(unescape(key), unescape(value));
  }
  return properties;
}

export function formatPropertiesText(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of properties) text += `${key}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;
  return text;
}

/** An odd number of backslashes at the end. */
function endsInContinuation(line: string): boolean {
  let backslashes = 0;
  while (line[line.length - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function splitLine(line: string): [string, string] {
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '\\') at++;
    else if (char === '=' || char === ':' || char === ' ' || char === '\t') {
      return [line.slice(0, at), line.slice(at).replace(/^[ \t]*[=:]?[ \t]*/, '')];
    }
  }
  return [line, ''];
}

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) =>
    escaped.length === 5 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (ESCAPED[escaped] ?? escaped),
  );
}
