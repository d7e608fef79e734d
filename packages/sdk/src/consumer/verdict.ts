import {
  ack,
  type ConsumeResult,
  reject,
  RejectMessageError,
  retry,
  RetryLaterError,
} from '../message/consume-result.js';
import type { MessageView } from '../message/message-view.js';

/** A verdict that says what it is. */
export type Verdict = Exclude<ConsumeResult, void>;

export const ACK: Verdict = ack() as Verdict;

const isObject = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === 'object' && value !== null;

/** What a handler's returned value means: one of the three verdicts, and `ack` for everything else. */
export function verdictOf(value: unknown): Verdict {
  if (isObject(value) && (value['action'] === 'retry' || value['action'] === 'reject'))
    return value as unknown as Verdict;
  return ACK;
}

/** What a handler's exception means. */
export function verdictOfError(error: unknown): Verdict {
  if (error instanceof RejectMessageError) return reject(error.message) as Verdict;
  return (error instanceof RetryLaterError ? retry(error.delay) : retry()) as Verdict;
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  isObject(value) && typeof value['then'] === 'function';

/** Observables and iterables, whose completion is the verdict; plain values, arrays and texts are not meant. */
export const isStream = (value: unknown): boolean =>
  isObject(value) &&
  !Array.isArray(value) &&
  (typeof value['subscribe'] === 'function' || Symbol.asyncIterator in value || '@@observable' in value);

/** Why the body cannot be decoded; undefined when it can. */
export function unreadableBody(message: MessageView): string | undefined {
  try {
    void message.body;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
