import type { Header, Shape } from './field.js';

/** extFields as they stand on the wire: strings by wire name. */
export type ExtFields = Readonly<Record<string, string>>;

/** Reads and writes one kind of header. */
export interface HeaderCodec<S extends Shape> {
  readonly shape: S;
  /**
   * From extFields to the typed header; unknown keys are ignored.
   * Throws ProtocolError naming request and field when a required field is missing or a value does not parse.
   */
  decode(fields: ExtFields | undefined): Header<S>;
  /** To extFields; undefined values are left out, numbers and booleans become text. */
  encode(header: Header<S>): Record<string, string>;
}

export function headerCodec<S extends Shape>(shape: S): HeaderCodec<S> {
  return { shape, decode: () => ({}) as Header<S>, encode: () => ({}) };
}
