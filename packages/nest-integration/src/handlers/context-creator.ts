import type { ExternalContextCreator } from '@nestjs/core';
import { isConsumeResult } from '@cometmq/sdk';
import { concatMap, isObservable, lastValueFrom, type Observable } from 'rxjs';

/** Sends one value of a @SendTo handler on. */
export type SendOn = (body: unknown) => Promise<unknown>;

/** Sends each value in its order, verdicts and nothing excepted; resolves to the last verdict. */
async function sendEach(values: Observable<unknown>, send: SendOn): Promise<unknown> {
  let verdict: unknown;
  const sent = values.pipe(
    concatMap(async (value) => {
      if (isConsumeResult(value)) verdict = value;
      else if (value !== undefined) await send(value);
    }),
  );
  await lastValueFrom(sent, { defaultValue: undefined });
  return verdict;
}

/**
 * The injected creator's child, which differs in two things. Results: a stream that completes without a value is a success (Nest's
 * own `lastValueFrom` makes an EmptyError of it), and of a @SendTo handler every value is sent on, not the last alone; filters
 * still see what interceptors and streams throw. And the module: Nest looks among providers, finds none for a controller, and
 * then leaves its guards out without a word.
 */
export function creatorFor(
  creator: ExternalContextCreator,
  module: string | undefined,
  send: SendOn | undefined,
): ExternalContextCreator {
  const own = Object.create(creator) as ExternalContextCreator;
  own.transformToResult = (result: unknown): Promise<unknown> => {
    if (!isObservable(result)) return Promise.resolve(result);
    return send === undefined ? lastValueFrom(result, { defaultValue: undefined }) : sendEach(result, send);
  };
  if (module !== undefined) own.getContextModuleKey = () => module;
  return own;
}
