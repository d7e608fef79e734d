import { rxjs } from '#rxjs';
import type { Observable } from 'rxjs';

/** Where the values of a source go. */
export interface Sink<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/** A cold stream: each subscriber opens the source anew and, by what `open` returns, closes it. */
export function streamOf<T>(open: (sink: Sink<T>) => () => void): Observable<T> {
  const { Observable } = rxjs();
  return new Observable<T>((subscriber) => {
    const close = open(subscriber);
    return close;
  });
}
