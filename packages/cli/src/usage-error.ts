/** The command line or a settings file is wrong: the message is all the user needs, no stack. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
