/** How the text of a header field is read. All values travel as strings (remoting-protocol, section 3). */
export type FieldKind = 'text' | 'int32' | 'int64' | 'clampedInt64' | 'float64' | 'boolean' | 'boundary';

/** SEARCH_OFFSET_BY_TIMESTAMP: which of several messages with one store time is meant. */
export type Boundary = 'LOWER' | 'UPPER';

/**
 * One field of a header. `Optional` fields may be absent on the wire and `undefined` in the decoded header; a field with
 * a fallback may be absent on the wire only (Java primitives).
 */
export interface Field<Value = unknown, Optional extends boolean = boolean> {
  readonly kind: FieldKind;
  /** The key in extFields when it differs from the property's name. */
  readonly wire: string | undefined;
  readonly optional: Optional;
  readonly fallback: Value | undefined;
}

function field<Value>(kind: FieldKind, wire: string | undefined): Field<Value, false> {
  return { kind, wire, optional: false, fallback: undefined };
}

export const text = (wire?: string): Field<string, false> => field('text', wire);
/** Signed 32 bit. */
export const int32 = (wire?: string): Field<number, false> => field('int32', wire);
/** Signed 64 bit on the wire, a safe integer here; anything beyond is refused. */
export const int64 = (wire?: string): Field<number, false> => field('int64', wire);
/**
 * Signed 64 bit on the wire; values beyond the safe integers are read as the nearest safe one. For bounds of a search:
 * Apache's tools send Long.MAX_VALUE for "no upper bound".
 */
export const clampedInt64 = (wire?: string): Field<number, false> => field('clampedInt64', wire);
export const float64 = (wire?: string): Field<number, false> => field('float64', wire);
/** Java's parseBoolean: "true" in any case, all else is false. */
export const boolean = (wire?: string): Field<boolean, false> => field('boolean', wire);
/** "upper" in any case is UPPER, all else LOWER. */
export const boundary = (wire?: string): Field<Boundary, false> => field('boundary', wire);

/** May be absent. */
export function optional<Value>(of: Field<Value, false>): Field<Value, true> {
  return { ...of, optional: true };
}

/** Absent reads as `fallback`; always written. */
export function withDefault<Value>(of: Field<Value, false>, fallback: Value): Field<Value, false> {
  return { ...of, fallback };
}

/** The fields of a header by the names our code uses: those of Apache's Java header classes. */
export type Shape = Readonly<Record<string, Field>>;

type ValueOf<F> = F extends Field<infer Value, boolean> ? Value : never;
type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K] extends Field<unknown, true> ? K : never }[keyof S];

/** The TypeScript type of a header. */
export type Header<S extends Shape> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: ValueOf<S[K]>;
} & { readonly [K in OptionalKeys<S>]?: ValueOf<S[K]> | undefined };
