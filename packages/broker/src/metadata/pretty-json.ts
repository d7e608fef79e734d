/** What a config file can hold. A `Map` is a Java map with numeric keys: Apache writes its keys without quotes. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly ConfigValue[]
  | ReadonlyMap<number, number>
  | { readonly [key: string]: ConfigValue | undefined };

/**
 * JSON text as Apache's ConfigManager writes it: a line and one tab per level, no space after the colon, undefined left
 * out, maps with numeric keys on one line and not valid JSON (store-format, 9.1).
 */
export function prettyJson(value: ConfigValue, level = 0): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `\n${'\t'.repeat(level + 1)}`;
  const outer = `\n${'\t'.repeat(level)}`;
  if (value instanceof Map) return numericMap(value, outer);
  if (isList(value)) {
    const nested = value.some((item) => typeof item === 'object');
    const items = value.map((item) => (nested ? inner : '') + prettyJson(item, level + 1));
    return `[${items.join(',')}${nested ? outer : ''}]`;
  }
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${inner}${JSON.stringify(key)}:${prettyJson(member as ConfigValue, level + 1)}`);
  }
  return members.length === 0 ? '{}' : `{${members.join(',')}${outer}}`;
}

function isList(value: object): value is readonly ConfigValue[] {
  return Array.isArray(value);
}

function numericMap(map: ReadonlyMap<number, number>, outer: string): string {
  if (map.size === 0) return '{}';
  const members: string[] = [];
  for (const [key, member] of map) members.push(`${key}:${member}`);
  return `{${members.join(',')}${outer}}`;
}
