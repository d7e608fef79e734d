/** Why a store does not open or cannot go on. */
export type StoreErrorCode =
  /** Another process (or another store of this one) has the directory open. */
  | 'LOCKED'
  /** A file is there that cannot belong to this store as it is configured. */
  | 'WRONG_FILE_SIZE'
  /** Bytes in the middle of the commit log are not what was written. */
  | 'DAMAGED'
  /** The directory has parts in a format of another program or version. */
  | 'UNSUPPORTED'
  /** There is no store in the directory. */
  | 'NOT_FOUND'
  | 'CLOSED'
  | 'IO';

/** A failure of the store as a whole; what concerns one message is a `Refused` result instead. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Text of whatever was thrown, for reasons and log lines. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
