import { rxjs } from '#rxjs';
import type { ObservableInput } from 'rxjs';

/** Hands each value of an observable or async iterable to `send`, one after the other. */
export async function sendEach(
  values: ObservableInput<unknown>,
  send: (body: unknown) => Promise<unknown>,
): Promise<void> {
  const { concatMap, from, lastValueFrom } = rxjs();
  await lastValueFrom(from(values).pipe(concatMap((value) => send(value))), { defaultValue: undefined });
}
