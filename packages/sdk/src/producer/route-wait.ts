import type { Clock } from '@cometmq/runtime';
import { RocketMQError } from '../client/errors.js';

/** Waits for `result`, but not beyond the deadline or the signal; the work itself goes on for others who wait for it. */
export function beforeDeadline<T>(
  clock: Clock,
  result: Promise<T>,
  bounds: { readonly deadlineAt: number; readonly signal: AbortSignal | undefined },
  what: string,
): Promise<T> {
  const { deadlineAt, signal } = bounds;
  return new Promise((resolve, reject) => {
    const onAbort = () =>
      fail(new RocketMQError('ABORTED', `${what}: given up by its caller`, { cause: signal?.reason }));
    const timer = clock.schedule(Math.max(0, deadlineAt - clock.monotonic()), () => {
      fail(new RocketMQError('TIMEOUT', `${what} was not known in time: no name server has answered yet`));
    });
    const settle = () => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      settle();
      reject(error as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    result.then((value) => {
      settle();
      resolve(value);
    }, fail);
  });
}
