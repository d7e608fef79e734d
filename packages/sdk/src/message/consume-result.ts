/** How long a message waits before it comes again: a delay level of the broker (1..18) or any time. */
export type RetryDelay = { readonly level: number } | { readonly afterMs: number };

/** What a handler may return. Returning nothing is `ack`. Throwing is `retry()`. */
export type ConsumeResult =
  // oxlint-disable-next-line typescript/no-invalid-void-type -- handlers that return nothing are the normal case
  | void
  | { readonly action: 'ack' }
  | { readonly action: 'retry'; readonly delay?: RetryDelay }
  | { readonly action: 'reject'; readonly reason?: string };

const ACK: ConsumeResult = Object.freeze({ action: 'ack' });
const RETRY: ConsumeResult = Object.freeze({ action: 'retry' });

/** The message is done. */
export const ack = (): ConsumeResult => ACK;

/**
 * Consume again later. Without a delay the broker's schedule applies (10s, 30s, 1m … 2h; 16 times, then
 * `%DLQ%<group>`). Orderly: the queue is suspended.
 */
export const retry = (delay?: RetryDelay): ConsumeResult => (delay === undefined ? RETRY : { action: 'retry', delay });

/** To the dead letter topic now. */
export const reject = (reason?: string): ConsumeResult =>
  reason === undefined ? { action: 'reject' } : { action: 'reject', reason };

/** Thrown by a handler: as `retry(delay)`. */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';
  constructor(
    message: string,
    readonly delay?: RetryDelay,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown by a handler: as `reject(message)`. */
export class RejectMessageError extends Error {
  override readonly name = 'RejectMessageError';
}
