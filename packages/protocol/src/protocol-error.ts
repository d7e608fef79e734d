/**
 * What kind of damage was met. Everything but `field` and `body` leaves a stream unusable: nobody can tell where the
 * next frame starts.
 */
export type ProtocolErrorReason =
  | 'malformed'
  /** A length that is negative, too small, or larger than what it lies in. */
  | 'length'
  /** More bytes, fields or nesting than this side takes. */
  | 'limit'
  | 'serialization'
  /** The header is neither JSON nor binary of the described form. */
  | 'header'
  /** A header field is missing or does not parse. */
  | 'field'
  | 'body';

/** Bytes or fields that are not what the protocol says. The message names what was wrong and where. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    message: string,
    readonly reason: ProtocolErrorReason = 'malformed',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
