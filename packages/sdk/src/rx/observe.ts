import { rxjs } from '#rxjs';
import type { Observable } from 'rxjs';

/** A value that changes, as a stream: the current one first, then each new one. It ends when `last` says so. */
export function observeValue<T>(
  cell: { readonly value: T; subscribe(listener: (value: T) => void): () => void },
  last: (value: T) => boolean = () => false,
): Observable<T> {
  const { Observable } = rxjs();
  return new Observable<T>((subscriber) => {
    const next = (value: T) => {
      subscriber.next(value);
      if (last(value)) subscriber.complete();
    };
    const stop = cell.subscribe(next);
    subscriber.add(stop);
    next(cell.value);
  });
}
