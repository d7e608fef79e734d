import { ProtocolError } from '../protocol-error.js';
import { type JsonBody, type JsonReading, type JsonShape, jsonBody } from './body-shape.js';
import { parseJson } from './fastjson.js';
import { type JsonValue, KeyedEntries, isJsonArray, isJsonObject } from './json-value.js';
import type { JsonWriter } from './json-writer.js';

/** The field may be absent: null on Java's side. */
export function optional<Value>(shape: JsonShape<Value, false>): JsonShape<Value, true> {
  return { ...shape, optional: true };
}

/** The field has another key on the wire. */
export function named<Value, Optional extends boolean>(
  wire: string,
  shape: JsonShape<Value, Optional>,
): JsonShape<Value, Optional> {
  return { ...shape, wire };
}

function scalar<Value>(
  read: (raw: JsonValue | undefined, reading: JsonReading) => Value,
  write: (value: Value, into: JsonWriter) => void,
): JsonShape<Value, false> {
  return { optional: false, wire: undefined, read, write };
}

const isAbsent = (raw: JsonValue | undefined): raw is null | undefined | '' =>
  raw === undefined || raw === null || raw === '';

export function text(fallback = ''): JsonShape<string, false> {
  return scalar(
    (raw, reading) => {
      if (raw === undefined || raw === null) return fallback;
      return typeof raw === 'object' ? reading.fail('a text') : String(raw);
    },
    (value, into) => into.string(value),
  );
}

/** 32 bit: fractions are cut off, as fastjson does. */
export function int(fallback = 0): JsonShape<number, false> {
  return scalar(
    (raw, reading) => {
      if (isAbsent(raw)) return fallback;
      const value = wholeNumber(raw, reading);
      return value === (value | 0) ? value : reading.fail('a 32-bit number');
    },
    (value, into) => into.integer(value),
  );
}

/**
 * 64 bit as a safe integer. Larger numbers come as the nearest safe one: they are marks like Long.MAX_VALUE, and a table
 * of offsets must not become unreadable by one of them.
 */
export function long(fallback = 0): JsonShape<number, false> {
  return scalar(
    (raw, reading) => {
      if (isAbsent(raw)) return fallback;
      return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, wholeNumber(raw, reading)));
    },
    (value, into) => into.integer(value),
  );
}

function wholeNumber(raw: JsonValue, reading: JsonReading): number {
  const value = Math.trunc(toNumber(raw, reading));
  return value === 0 ? 0 : value;
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

function toNumber(raw: JsonValue, reading: JsonReading): number {
  if (typeof raw === 'boolean') return raw ? 1 : 0;
  const value = typeof raw === 'string' && raw.length <= 400 && NUMBER.test(raw) ? Number(raw) : raw;
  return typeof value === 'number' && Number.isFinite(value) ? value : reading.fail('a number');
}

export function double(fallback = 0): JsonShape<number, false> {
  return scalar(
    (raw, reading) => (isAbsent(raw) ? fallback : toNumber(raw, reading)),
    (value, into) => into.double(value),
  );
}

const TRUE_WORDS = /^(true|1|y|t)$/i;
const FALSE_WORDS = /^(false|0|n|f|null)$/i;

export function bool(fallback = false): JsonShape<boolean, false> {
  return scalar(
    (raw, reading) => {
      if (isAbsent(raw)) return fallback;
      if (typeof raw === 'boolean') return raw;
      if (typeof raw === 'number') return raw === 1;
      if (typeof raw === 'string' && TRUE_WORDS.test(raw)) return true;
      if (typeof raw === 'string' && FALSE_WORDS.test(raw)) return false;
      return reading.fail('true or false');
    },
    (value, into) => into.boolean(value),
  );
}

/** A Java enum: read by name in any case or by ordinal; what is unknown (null in Java) comes as `fallback`. */
export function choice<const Names extends readonly string[]>(
  names: Names,
  fallback: Names[number],
): JsonShape<Names[number], false> {
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  return scalar<Names[number]>(
    (raw) => {
      if (typeof raw === 'number') return names[raw] ?? fallback;
      if (typeof raw !== 'string') return fallback;
      return byName.get(raw.toLowerCase()) ?? (/^\d{1,4}$/.test(raw) ? names[Number(raw)] : undefined) ?? fallback;
    },
    (value, into) => into.string(value),
  );
}

function items<Value>(
  item: JsonShape<Value>,
  writeItems: (values: readonly Value[], into: JsonWriter) => void,
): JsonBody<readonly Value[], false> {
  return jsonBody<readonly Value[]>('list', {
    read: (raw, reading) => {
      if (isAbsent(raw)) return [];
      if (!isJsonArray(raw)) return reading.fail('a list');
      const values: Value[] = [];
      for (const [index, one] of raw.entries()) {
        reading.spend();
        if (one === null) continue;
        reading.path.push(String(index));
        values.push(item.read(one, reading));
        reading.path.pop();
      }
      return values;
    },
    write: writeItems,
  });
}

/** A Java List: one item a line in files. Null items are dropped. */
export function list<Value>(item: JsonShape<Value>): JsonBody<readonly Value[], false> {
  return items(item, (values, into) => {
    if (values.length === 0) return into.raw('[]');
    into.raw('[');
    into.indent();
    for (const [index, value] of values.entries()) {
      if (index > 0) into.raw(',');
      into.line();
      item.write(value, into);
    }
    into.outdent();
    into.line();
    into.raw(']');
  });
}

/** A Java Set or primitive array: no lines of its own in files. Null items are dropped, duplicates kept. */
export function set<Value>(item: JsonShape<Value>): JsonBody<readonly Value[], false> {
  return items(item, (values, into) => {
    into.raw('[');
    for (const [index, value] of values.entries()) {
      if (index > 0) into.raw(',');
      item.write(value, into);
    }
    into.raw(']');
  });
}

function entriesOf(raw: JsonValue | undefined, reading: JsonReading): Iterable<readonly [JsonValue, JsonValue]> {
  if (isAbsent(raw)) return [];
  if (raw instanceof KeyedEntries) return raw.entries;
  return isJsonObject(raw) ? Object.entries(raw) : reading.fail('a map');
}

function readEntry<Value>(key: string, raw: JsonValue, value: JsonShape<Value>, reading: JsonReading): Value {
  reading.path.push(key);
  const read = value.read(raw, reading);
  reading.path.pop();
  return read;
}

/** A map with text keys. Entries with a null value are dropped. */
export function map<Value>(value: JsonShape<Value>): JsonBody<ReadonlyMap<string, Value>, false> {
  return jsonBody<ReadonlyMap<string, Value>>('map', {
    read: (raw, reading) => {
      const values = new Map<string, Value>();
      for (const [key, one] of entriesOf(raw, reading)) {
        reading.spend();
        if (typeof key !== 'string') return reading.fail('texts as keys');
        if (one !== null) values.set(key, readEntry(key, one, value, reading));
      }
      return values;
    },
    write: (values, into) => {
      const entries = into.sorted ? [...values].sort(([a], [b]) => (a < b ? -1 : 1)) : values;
      writeMap(entries, into, true, (key) => into.string(key), value);
    },
  });
}

/** A map with numbers as keys: bare or in quotes as the form asks. Entries with a null value are dropped. */
export function numberMap<Value>(value: JsonShape<Value>): JsonBody<ReadonlyMap<number, Value>, false> {
  const keys = long();
  return jsonBody<ReadonlyMap<number, Value>>('map', {
    read: (raw, reading) => {
      const values = new Map<number, Value>();
      for (const [key, one] of entriesOf(raw, reading)) {
        reading.spend();
        if (key === '') return reading.fail('numbers as keys');
        const number = keys.read(key, reading);
        if (one !== null) values.set(number, readEntry(String(number), one, value, reading));
      }
      return values;
    },
    write: (values, into) => {
      const entries = into.sorted ? [...values].sort(([a], [b]) => a - b) : values;
      const writeKey = (key: number) => (into.bareKeys ? into.integer(key) : into.string(String(key)));
      writeMap(entries, into, false, writeKey, value);
    },
  });
}

/** A map whose keys are objects (section 11.3); read also from keys that hold the object as text. Always written bare. */
export function entryMap<Key, Value>(
  key: JsonShape<Key>,
  value: JsonShape<Value>,
): JsonBody<readonly (readonly [Key, Value])[], false> {
  return jsonBody<readonly (readonly [Key, Value])[]>('map', {
    read: (raw, reading) => {
      const values: (readonly [Key, Value])[] = [];
      for (const [rawKey, one] of entriesOf(raw, reading)) {
        reading.spend();
        const known = typeof rawKey === 'string' ? parseKey(rawKey, reading) : rawKey;
        if (one !== null) values.push([readEntry('key', known, key, reading), readEntry('value', one, value, reading)]);
      }
      return values;
    },
    write: (values, into) => writeMap(values, into, false, (one) => key.write(one, into), value),
  });
}

function parseKey(key: string, reading: JsonReading): JsonValue {
  try {
    return parseJson(key, { maxDepth: 8 });
  } catch (error) {
    if (error instanceof ProtocolError) return reading.fail('an object as key');
    throw error;
  }
}

function writeMap<Key, Value>(
  entries: Iterable<readonly [Key, Value]>,
  into: JsonWriter,
  lineBeforeKey: boolean,
  writeKey: (key: Key) => void,
  value: JsonShape<Value>,
): void {
  into.raw('{');
  into.indent();
  let isFirst = true;
  for (const [key, one] of entries) {
    if (!isFirst) into.raw(',');
    isFirst = false;
    if (lineBeforeKey) into.line();
    writeKey(key);
    into.raw(':');
    value.write(one, into);
  }
  into.outdent();
  if (!isFirst) into.line();
  into.raw('}');
}
