import { rxjs } from '#rxjs';
import type { Clock } from '@cometmq/runtime';
import type { ObservableInput } from 'rxjs';

export interface RestartOptions {
  readonly clock: Clock;
  /** First pause, doubled after each failure in a row; default 1000. */
  readonly firstMs?: number;
  /** The longest; default 30000. */
  readonly maxMs?: number;
  /** Told of each failure and the pause after it. */
  readonly onError: (error: unknown, pauseMs: number) => void;
}

/** Keeps a stream subscribed: after an error again, with a growing pause; after a value the pauses begin anew. Returns how to stop. */
export function keepSubscribed(stream: ObservableInput<unknown>, options: RestartOptions): () => void {
  const { from, Observable, retry } = rxjs();
  const { clock, firstMs = 1000, maxMs = 30_000 } = options;
  const pause = (pauseMs: number) =>
    new Observable<void>((subscriber) => {
      const timer = clock.schedule(pauseMs, () => subscriber.next());
      return () => timer.cancel();
    });
  const subscription = from(stream)
    .pipe(
      retry({
        resetOnSuccess: true,
        delay: (error, failures) => {
          const pauseMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 20));
          options.onError(error, pauseMs);
          return pause(pauseMs);
        },
      }),
    )
    .subscribe();
  return () => subscription.unsubscribe();
}
