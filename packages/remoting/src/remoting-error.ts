/** What can go wrong between a call and its answer. An answer with an error code is an answer, not one of these. */
export type RemotingErrorCode =
  | 'CONNECT_FAILED'
  | 'TIMEOUT'
  | 'CLOSED'
  | 'ABORTED'
  | 'TOO_MANY_REQUESTS'
  | 'GO_AWAY'
  | 'PROTOCOL'
  | 'BAD_ADDRESS';

/**
 * Whether the same call may succeed later or elsewhere. After TIMEOUT and CLOSED nobody knows whether the peer has
 * done what was asked.
 */
const RETRYABLE: Readonly<Record<RemotingErrorCode, boolean>> = {
  CONNECT_FAILED: true,
  TIMEOUT: true,
  CLOSED: true,
  ABORTED: false,
  TOO_MANY_REQUESTS: true,
  GO_AWAY: true,
  PROTOCOL: false,
  BAD_ADDRESS: false,
};

/** A call that got no answer. */
export class RemotingError extends Error {
  override readonly name = 'RemotingError';
  readonly retryable: boolean;

  constructor(
    readonly code: RemotingErrorCode,
    /** The peer, as `host:port`. */
    readonly address: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.retryable = RETRYABLE[code];
  }
}
