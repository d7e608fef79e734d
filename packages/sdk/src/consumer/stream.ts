import type { Observer, Subscription as RxSubscription } from 'rxjs';
import type { Delivery } from './delivery.js';

/**
 * Deliveries one by one. What has arrived and has not been taken is bounded by the stream's credit; leaving the loop gives
 * it back unsettled.
 */
export function deliveryIterator<T>(
  subscribe: (observer: Observer<Delivery<T>>) => RxSubscription,
  signal?: AbortSignal,
): AsyncIterableIterator<Delivery<T>> {
  const arrived: Delivery<T>[] = [];
  const waiting: { resolve: (result: IteratorResult<Delivery<T>>) => void; reject: (error: unknown) => void }[] = [];
  let subscription: RxSubscription | undefined;
  let ended: { readonly error?: unknown } | undefined;

  const end = (how: { readonly error?: unknown }) => {
    if (ended !== undefined) return;
    ended = how;
    signal?.removeEventListener('abort', onAbort);
    subscription?.unsubscribe();
    for (const { resolve, reject } of waiting.splice(0)) {
      if (how.error === undefined) resolve({ done: true, value: undefined });
      else reject(how.error);
    }
  };
  const onAbort = () => end({});
  const open = () => {
    if (subscription !== undefined || ended !== undefined) return;
    if (signal?.aborted) return end({});
    signal?.addEventListener('abort', onAbort, { once: true });
    subscription = subscribe({
      next: (delivery) => {
        const next = waiting.shift();
        if (next === undefined) arrived.push(delivery);
        else next.resolve({ done: false, value: delivery });
      },
      error: (error: unknown) => end({ error }),
      complete: () => end({}),
    });
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      open();
      const delivery = arrived.shift();
      if (delivery !== undefined && ended === undefined) return Promise.resolve({ done: false, value: delivery });
      if (ended !== undefined)
        return ended.error === undefined
          ? Promise.resolve({ done: true, value: undefined })
          : Promise.reject(ended.error as Error);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      end({});
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
