/** A mistake in the program, never in its input or surroundings: not to be caught and handled. */
export class ProgrammerError extends Error {
  override readonly name = 'ProgrammerError';
}

/** Throws ProgrammerError unless `condition` holds. The message says what should hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ProgrammerError(`assertion failed: ${message}`);
}

/** The value, of which the caller knows that it is there. Throws ProgrammerError when it is not; `what` names it. */
export function assertDefined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new ProgrammerError(`assertion failed: ${what} is missing`);
  return value;
}

/** For the end of an exhaustive `switch`: does not compile while a case is left. */
export function assertNever(value: never): never {
  throw new ProgrammerError(`assertion failed: ${JSON.stringify(value)} is no case that is known`);
}
