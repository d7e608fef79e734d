import { rxjs } from '#rxjs';
import type { ObservableInput } from 'rxjs';

/** The last value of a stream when it completes. Rejects with its error, and with the reason of `stop`, which ends the subscription. */
export function completion(stream: ObservableInput<unknown>, stop: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const subscription = rxjs()
      .from(stream)
      .subscribe({
        next: (value) => {
          last = value;
        },
        error: reject,
        complete: () => resolve(last),
      });
    if (subscription.closed) return;
    const onAbort = () => {
      subscription.unsubscribe();
      reject(stop.reason as Error);
    };
    if (stop.aborted) return onAbort();
    stop.addEventListener('abort', onAbort, { once: true });
    subscription.add(() => stop.removeEventListener('abort', onAbort));
  });
}

/** As the promise settles; rejects with the reason of `stop` when that fires before. */
export function unlessStopped<T>(promise: PromiseLike<T>, stop: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(stop.reason as Error);
    if (stop.aborted) onAbort();
    stop.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => {
        stop.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        stop.removeEventListener('abort', onAbort);
        reject(error as Error);
      },
    );
  });
}
