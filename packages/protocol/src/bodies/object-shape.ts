import { type JsonBody, type JsonReading, type JsonShape, jsonBody } from './body-shape.js';
import { isJsonObject } from './json-value.js';
import type { JsonWriter } from './json-writer.js';

/** The fields of a body by the names that our code uses. */
export type Fields = Readonly<Record<string, JsonShape<never> | JsonShape<unknown>>>;

type FieldValue<S> = S extends { read(raw: never, reading: JsonReading): infer Value } ? Value : never;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends { readonly optional: true } ? K : never }[keyof F];

/** The TypeScript type of an object with these fields. */
export type ObjectOf<F> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: FieldValue<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: FieldValue<F[K]> | undefined;
};

interface Column {
  readonly property: string;
  readonly wire: string;
  readonly shape: JsonShape<unknown>;
}

interface Writer<Value> {
  readonly wire: string;
  write(value: Value, into: JsonWriter): void;
  isPresent(value: Value): boolean;
}

/**
 * A Java bean: written with its keys in alphabetical order and without what is undefined; unknown keys are ignored, and an
 * absent object reads as one without any fields. `derived` are keys that Java writes because a getter exists.
 */
export function object<const F extends Fields>(
  name: string,
  fields: F,
  derived: Readonly<Record<string, (value: ObjectOf<F>) => string | number>> = {},
): JsonBody<ObjectOf<F>, false> {
  // Made at the first use: a program uses a few of all the bodies there are.
  let columns: readonly Column[] | undefined;
  let writers: readonly Writer<ObjectOf<F>>[] | undefined;
  return jsonBody<ObjectOf<F>>(name, {
    read: (raw, reading) => {
      const given =
        raw === undefined || raw === null || raw === '' ? {} : isJsonObject(raw) ? raw : reading.fail('an object');
      reading.spend();
      const value: Record<string, unknown> = {};
      for (const { property, wire, shape } of (columns ??= columnsOf(fields))) {
        // Some classes of Apache's read the long name too (alternateNames of AckMsg).
        const one = given[wire] ?? given[property];
        if (shape.optional && (one === undefined || one === null)) continue;
        reading.path.push(property);
        value[property] = shape.read(one, reading);
        reading.path.pop();
      }
      return value as ObjectOf<F>;
    },
    write: (value, into) => {
      into.raw('{');
      into.indent();
      let isFirst = true;
      for (const { wire, write, isPresent } of (writers ??= writersOf(fields, derived))) {
        if (!isPresent(value)) continue;
        if (!isFirst) into.raw(',');
        isFirst = false;
        into.line();
        into.string(wire);
        into.raw(':');
        write(value, into);
      }
      into.outdent();
      into.line();
      into.raw('}');
    },
  });
}

function columnsOf(fields: Fields): readonly Column[] {
  return Object.entries(fields).map(([property, shape]) => ({
    property,
    wire: shape.wire ?? property,
    shape: shape as JsonShape<unknown>,
  }));
}

function writersOf<Value>(
  fields: Fields,
  derived: Readonly<Record<string, (value: Value) => string | number>>,
): readonly Writer<Value>[] {
  return [
    ...columnsOf(fields).map(({ property, wire, shape }) => ({
      wire,
      write: (value: Value, into: JsonWriter) => shape.write((value as Record<string, unknown>)[property], into),
      isPresent: (value: Value) => (value as Record<string, unknown>)[property] !== undefined,
    })),
    ...Object.entries(derived).map(([wire, compute]) => ({
      wire,
      write: (value: Value, into: JsonWriter) => {
        const one = compute(value);
        if (typeof one === 'string') into.string(one);
        else into.integer(one);
      },
      isPresent: () => true,
    })),
  ].sort((a, b) => (a.wire < b.wire ? -1 : 1));
}
