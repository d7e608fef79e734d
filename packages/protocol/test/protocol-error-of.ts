import { ProtocolError } from '../src/protocol-error.js';

/**
 * For fuzzers: undefined when `act` ends well, the error when it is refused as it should be. Any other error goes on and
 * fails the test.
 */
export function protocolErrorOf(act: () => unknown): ProtocolError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
