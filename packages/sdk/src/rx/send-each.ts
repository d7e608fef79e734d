import { concatMap, from, lastValueFrom, type ObservableInput } from 'rxjs';

/** Hands each value of an observable or async iterable to `send`, one after the other. */
export async function sendEach(
  values: ObservableInput<unknown>,
  send: (body: unknown) => Promise<unknown>,
): Promise<void> {
  await lastValueFrom(from(values).pipe(concatMap((value) => send(value))), { defaultValue: undefined });
}
