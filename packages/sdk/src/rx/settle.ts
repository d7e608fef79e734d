import { rxjs } from '#rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import type { Delivery } from '../consumer/delivery.js';
import type { BatchHandler, MessageHandler } from '../consumer/handler.js';
import { isPromise, isStream, unreadableBody, type Verdict, verdictOf, verdictOfError } from '../consumer/verdict.js';
import { RejectMessageError } from '../message/consume-result.js';
import { queueKey } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import { completion, unlessStopped } from './completion.js';

function apply(delivery: Delivery, verdict: Verdict): void {
  if (verdict.action === 'ack') delivery.ack();
  else if (verdict.action === 'retry') delivery.retry(verdict.delay);
  else delivery.reject(verdict.reason);
}

/** Runs a handler to its verdict; rejects with what it throws, and when nobody waits for it any more (a time-out). */
async function judge(delivery: Delivery, run: () => unknown): Promise<Verdict> {
  const result = run();
  const value = isPromise(result) ? await unlessStopped(result, delivery.context.signal) : result;
  if (!isStream(value)) return verdictOf(value);
  return verdictOf(await completion(value as ObservableInput<unknown>, delivery.context.signal));
}

async function handle<T>(delivery: Delivery<T>, handler: MessageHandler<T>): Promise<Delivery<T>> {
  const verdict = await judge(delivery, () => handler(delivery.message, delivery.context)).catch(verdictOfError);
  apply(delivery, verdict);
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
  return rxjs().mergeMap((delivery: Delivery<T>) => handle(delivery, handler), options.concurrency);
}

/** As `settle`, one at a time per key (default: the queue), keys in parallel. A key that cannot be told is a failure of the handler. */
export function settleOrdered<T>(
  handler: MessageHandler<T>,
  options: { readonly key?: (message: MessageView<T>) => unknown } = {},
): OperatorFunction<Delivery<T>, Delivery<T>> {
  const { mergeMap } = rxjs();
  const keyOf = options.key ?? ((message: MessageView<T>) => queueKey(message.queue));
  return (deliveries: Observable<Delivery<T>>) => {
    /** The last delivery of each key that is not settled yet. */
    const last = new Map<unknown, Promise<Delivery<T>>>();
    const inTurn = (delivery: Delivery<T>): Promise<Delivery<T>> => {
      let key: unknown;
      try {
        key = keyOf(delivery.message);
      } catch (error) {
        apply(delivery, verdictOfError(error));
        return Promise.resolve(delivery);
      }
      const before = last.get(key);
      const turn = (before ?? Promise.resolve()).then(() => handle(delivery, handler));
      last.set(key, turn);
      return turn.finally(() => {
        if (last.get(key) === turn) last.delete(key);
      });
    };
    return deliveries.pipe(mergeMap(inTurn));
  };
}

/**
 * Gathers up to `size` deliveries or `lingerMs`, one handler call at a time, one verdict for all. Bodies that cannot be decoded
 * are rejected alone. The stream's `maxInFlight` should be above `size`: what is gathered is unsettled.
 */
export function settleBatch<T>(
  handler: BatchHandler<T>,
  options: { readonly size: number; readonly lingerMs: number; readonly scheduler?: SchedulerLike },
): OperatorFunction<Delivery<T>, readonly Delivery<T>[]> {
  const { asyncScheduler, mergeMap } = rxjs();
  const { size, lingerMs, scheduler = asyncScheduler } = options;
  return (deliveries) =>
    gather(deliveries, size, lingerMs, scheduler).pipe(mergeMap((batch) => handleBatch(batch, handler), 1));
}

async function handleBatch<T>(
  batch: readonly Delivery<T>[],
  handler: BatchHandler<T>,
): Promise<readonly Delivery<T>[]> {
  const [first] = batch;
  if (first === undefined) return batch;
  const messages = batch.map(({ message }) => message);
  try {
    const verdict = await judge(first, () => handler(messages, first.context));
    for (const delivery of batch) apply(delivery, verdict);
  } catch (error) {
    const readable = batch.filter(({ message }) => unreadableBody(message) === undefined);
    if (!(error instanceof RejectMessageError) || readable.length === batch.length) {
      for (const delivery of batch) apply(delivery, verdictOfError(error));
    } else {
      for (const delivery of batch) if (!readable.includes(delivery)) delivery.reject(unreadableBody(delivery.message));
      await handleBatch(readable, handler);
    }
  }
  return batch;
}

/** Batches that are full, or whose first element has waited long enough. */
function gather<T>(source: Observable<T>, size: number, lingerMs: number, scheduler: SchedulerLike): Observable<T[]> {
  const { Observable } = rxjs();
  return new Observable<T[]>((subscriber) => {
    let batch: T[] = [];
    let linger: { unsubscribe(): void } | undefined;
    const emit = () => {
      linger?.unsubscribe();
      linger = undefined;
      const full = batch;
      batch = [];
      if (full.length > 0) subscriber.next(full);
    };
    subscriber.add(() => linger?.unsubscribe());
    subscriber.add(
      source.subscribe({
        next(value) {
          batch.push(value);
          if (batch.length >= size) emit();
          else linger ??= scheduler.schedule(emit, lingerMs);
        },
        error: (error) => subscriber.error(error),
        complete() {
          emit();
          subscriber.complete();
        },
      }),
    );
  });
}

/** Takes the body and acks at once: at most once delivery. What cannot be decoded is rejected and does not appear. */
export function ackFirst<T>(): OperatorFunction<Delivery<T>, T> {
  const { map, mergeMap } = rxjs();
  return (deliveries) =>
    deliveries.pipe(
      map((delivery) => {
        const problem = unreadableBody(delivery.message);
        if (problem !== undefined) {
          delivery.reject(problem);
          return [];
        }
        const { body } = delivery.message;
        delivery.ack();
        return [body];
      }),
      mergeMap((bodies) => bodies),
    );
}
