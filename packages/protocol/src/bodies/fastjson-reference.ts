import { type JsonValue, KeyedEntries, isJsonArray, isJsonObject } from './json-value.js';

/** References that lead to references: no document of Apache's has more than one step. */
const MAX_STEPS = 8;

/**
 * Puts the values meant in the place of fastjson's `{"$ref":"…"}` (remoting-protocol, section 11.4): `$` the root, `@` the
 * object itself, `..` its parent, then `.name` and `[index]`. What leads nowhere becomes null.
 *
 * Values are shared, not copied, so the result may hold one object many times and even itself: whoever walks it needs
 * a bound of his own (`JsonReading` has one).
 */
export function resolveReferences(root: JsonValue): JsonValue {
  const resolver = new Resolver(root);
  return resolver.resolve(root, []);
}

class Resolver {
  readonly #namesOfKeys = new Map<KeyedEntries, Map<string, JsonValue>>();

  constructor(private readonly root: JsonValue) {}

  /** Replaces the references inside `value` in place; `above` are the objects around it, outermost first. */
  resolve(value: JsonValue, above: JsonValue[]): JsonValue {
    const path = referencePath(value);
    if (path !== undefined) return this.#follow(path, value, above);
    if (typeof value !== 'object' || value === null) return value;
    above.push(value);
    if (isJsonArray(value)) {
      const items = value as JsonValue[];
      for (const [index, item] of items.entries()) items[index] = this.resolve(item, above);
    } else if (value instanceof KeyedEntries) {
      for (const entry of value.entries as [JsonValue, JsonValue][]) entry[1] = this.resolve(entry[1], above);
    } else {
      const object = value as Record<string, JsonValue>;
      for (const name of Object.keys(object)) object[name] = this.resolve(object[name]!, above);
    }
    above.pop();
    return value;
  }

  #follow(path: string, value: JsonValue, above: readonly JsonValue[]): JsonValue {
    let next = path;
    for (let step = 0; step < MAX_STEPS; step++) {
      const found = this.#find(next, value, above);
      const further = referencePath(found);
      if (further === undefined) return found ?? null;
      next = further;
    }
    return null;
  }

  #find(path: string, value: JsonValue, above: readonly JsonValue[]): JsonValue | undefined {
    if (path === '..') return above.at(-2);
    if (path === '@') return above.at(-1) ?? value;
    if (!path.startsWith('$')) return undefined;
    let found: JsonValue | undefined = this.root;
    for (const segment of segments(path)) {
      if (found === undefined) return undefined;
      found = this.#child(found, segment);
    }
    return found;
  }

  #child(value: JsonValue, segment: string): JsonValue | undefined {
    if (isJsonArray(value)) return value[Number(segment)];
    if (isJsonObject(value)) return Object.hasOwn(value, segment) ? value[segment] : undefined;
    if (value instanceof KeyedEntries) return this.#entriesByName(value).get(segment);
    return undefined;
  }

  #entriesByName(keyed: KeyedEntries): Map<string, JsonValue> {
    let names = this.#namesOfKeys.get(keyed);
    if (names === undefined) {
      names = new Map(keyed.entries.map(([key, value]) => [nameOfKey(key), value]));
      this.#namesOfKeys.set(keyed, names);
    }
    return names;
  }
}

function referencePath(value: JsonValue | undefined): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const path = value['$ref'];
  return typeof path === 'string' && Object.keys(value).length === 1 ? path : undefined;
}

/** `$.a.b\.c[0]` → a, b.c, 0; a backslash takes the next character as it is. */
function segments(path: string): string[] {
  const found: string[] = [];
  let segment = '';
  for (let at = 1; at < path.length; at++) {
    const char = path[at]!;
    if (char === '\\') {
      segment += path[++at] ?? '';
    } else if (char === '.' || char === '[' || char === ']') {
      if (segment !== '') found.push(segment);
      segment = '';
    } else {
      segment += char;
    }
  }
  if (segment !== '') found.push(segment);
  return found;
}

/** Paths name an entry by the toString of its key; MessageQueue is the only class used as one. */
function nameOfKey(key: JsonValue): string {
  if (!isJsonObject(key)) return plainText(key);
  const { topic, brokerName, queueId } = key;
  return `MessageQueue [topic=${plainText(topic)}, brokerName=${plainText(brokerName)}, queueId=${plainText(queueId)}]`;
}

function plainText(value: JsonValue | undefined): string {
  return typeof value === 'object' ? 'null' : String(value);
}
