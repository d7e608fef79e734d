import {
  bufferTime,
  concatMap,
  filter,
  from,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  timer,
} from 'rxjs';
import type { Delivery } from '../consumer/delivery.js';
import type { BatchHandler, MessageHandler } from '../consumer/handler.js';
import { isPromise, isStream, type Verdict, verdictOf, verdictOfError } from '../consumer/verdict.js';
import { queueKey } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';

function apply<T>(delivery: Delivery<T>, verdict: Verdict): void {
  if (verdict.action === 'ack') delivery.ack();
  else if (verdict.action === 'retry') delivery.retry(verdict.delay);
  else delivery.reject(verdict.reason);
}

/** Runs a handler to its verdict; never rejects. */
async function judge(run: () => unknown): Promise<Verdict> {
  try {
    const result = run();
    if (isPromise(result)) return verdictOf(await result);
    if (!isStream(result)) return verdictOf(result);
    return verdictOf(await lastValueFrom(from(result as ObservableInput<unknown>), { defaultValue: undefined }));
  } catch (error) {
    return verdictOfError(error);
  }
}

async function handle<T>(delivery: Delivery<T>, handler: MessageHandler<T>): Promise<Delivery<T>> {
  apply(delivery, await judge(() => handler(delivery.message, delivery.context)));
  return delivery;
}

/**
 * Handle, then settle: completes → ack, fails → retry (or what the error says). Never errors because of a handler; emits
 * the settled delivery. `concurrency` (default: no bound of its own, the stream's `maxInFlight` bounds it).
 */
export function settle<T>(
  handler: MessageHandler<T>,
  options: { readonly concurrency?: number } = {},
): OperatorFunction<Delivery<T>, Delivery<T>> {
  return mergeMap((delivery: Delivery<T>) => handle(delivery, handler), options.concurrency);
}

/** How long a key's line stays after its last delivery: without an end every key ever seen would be kept. */
const IDLE_KEY_MS = 10_000;

/** As `settle`, one at a time per key (default: the queue), keys in parallel. */
export function settleOrdered<T>(
  handler: MessageHandler<T>,
  options: { readonly key?: (message: MessageView<T>) => unknown } = {},
): OperatorFunction<Delivery<T>, Delivery<T>> {
  const keyOf = options.key ?? ((message: MessageView<T>) => queueKey(message.queue));
  return (deliveries: Observable<Delivery<T>>) => {
    const open = new Map<unknown, Promise<unknown>>();
    return deliveries.pipe(
      groupBy((delivery) => keyOf(delivery.message), { duration: () => timer(IDLE_KEY_MS) }),
      mergeMap((line) =>
        line.pipe(
          concatMap((delivery) => {
            // A line that ended while its last delivery is still handled must not be overtaken by its successor.
            const turn = (open.get(line.key) ?? Promise.resolve()).then(() => handle(delivery, handler));
            open.set(line.key, turn);
            return turn.finally(() => {
              if (open.get(line.key) === turn) open.delete(line.key);
            });
          }),
        ),
      ),
    );
  };
}

/** Gathers up to `size` deliveries or `lingerMs`, one handler call at a time, one verdict for all. */
export function settleBatch<T>(
  handler: BatchHandler<T>,
  options: { readonly size: number; readonly lingerMs: number },
): OperatorFunction<Delivery<T>, readonly Delivery<T>[]> {
  return (deliveries: Observable<Delivery<T>>) =>
    deliveries.pipe(
      bufferTime(options.lingerMs, null, options.size),
      filter((batch) => batch.length > 0),
      concatMap(async (batch) => {
        const verdict = await judge(() =>
          handler(
            batch.map(({ message }) => message),
            batch[0]!.context,
          ),
        );
        for (const delivery of batch) apply(delivery, verdict);
        return batch;
      }),
    );
}

/** Takes the body and acks at once: at most once delivery. */
export function ackFirst<T>(): OperatorFunction<Delivery<T>, T> {
  return map((delivery: Delivery<T>) => {
    const { body } = delivery.message;
    delivery.ack();
    return body;
  });
}
