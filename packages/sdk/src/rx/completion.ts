import { from, type ObservableInput } from 'rxjs';

/** The last value of a stream when it completes; rejects with its error. `stop` ends the subscription, and then nothing comes. */
export function completion(stream: ObservableInput<unknown>, stop: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const subscription = from(stream).subscribe({
      next: (value) => {
        last = value;
      },
      error: reject,
      complete: () => resolve(last),
    });
    if (stop.aborted) subscription.unsubscribe();
    else if (!subscription.closed) {
      const onAbort = () => subscription.unsubscribe();
      stop.addEventListener('abort', onAbort, { once: true });
      subscription.add(() => stop.removeEventListener('abort', onAbort));
    }
  });
}
