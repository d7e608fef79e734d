import type { ConsumeResult } from '../message/consume-result.js';
import { sendEach } from '../rx/send-each.js';

const isObject = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === 'object' && value !== null;

/** `ack()`, `retry()`, `reject()`: says what becomes of the message, is not sent on itself. */
export function isConsumeResult(value: unknown): value is Exclude<ConsumeResult, void> {
  return isObject(value) && (value['action'] === 'ack' || value['action'] === 'retry' || value['action'] === 'reject');
}

/**
 * Sends on what a @SendTo method returned: each value of an observable or async iterable in its order, else the value itself; nothing
 * for undefined and for verdicts. Resolves, when all are stored, to the verdict or to the value. Rejects when a send fails, so
 * that the message it came from is consumed again.
 */
export async function sendOn(returned: unknown, send: (body: unknown) => Promise<unknown>): Promise<unknown> {
  if (isObject(returned) && (typeof returned['subscribe'] === 'function' || Symbol.asyncIterator in returned)) {
    await sendEach(returned as unknown as AsyncIterable<unknown>, send);
    return undefined;
  }
  const value: unknown = await returned;
  if (value === undefined || isConsumeResult(value)) return value;
  if (
    value !== returned &&
    isObject(value) &&
    (typeof value['subscribe'] === 'function' || Symbol.asyncIterator in value)
  )
    return sendOn(value, send);
  await send(value);
  return value;
}
