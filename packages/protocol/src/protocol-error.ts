/** Bytes or fields that are not what the protocol says. The message names what was wrong and where. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
