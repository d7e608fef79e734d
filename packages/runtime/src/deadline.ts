import type { Clock } from './clock.js';

/**
 * A moment until which something may take its time. It is handed down, so that all steps of an operation share one bound
 * instead of each having a timeout of its own.
 */
export class Deadline {
  private constructor(
    readonly clock: Clock,
    /** In `clock.monotonic()` time; what `Watermark.reached` takes. Infinity: no bound. */
    readonly at: number,
  ) {}

  static after(clock: Clock, timeoutMs: number): Deadline {
    return new Deadline(clock, clock.monotonic() + timeoutMs);
  }

  /** Never expires: for tests and for what is bounded by something else. */
  static never(clock: Clock): Deadline {
    return new Deadline(clock, Number.POSITIVE_INFINITY);
  }

  /** Time left; 0 when it is over. */
  remainingMs(): number {
    return Math.max(0, this.at - this.clock.monotonic());
  }

  get expired(): boolean {
    return this.clock.monotonic() >= this.at;
  }

  /** The same moment, or `timeoutMs` from now when that is earlier: for a step that gets no more than its share. */
  within(timeoutMs: number): Deadline {
    return new Deadline(this.clock, Math.min(this.at, this.clock.monotonic() + timeoutMs));
  }
}

/**
 * The outcome of `promise`, or that of `onExpired` (which may throw) when the deadline comes first; what becomes of
 * `promise` then goes unheard. No timer is left behind.
 */
export function withDeadline<T>(promise: Promise<T>, deadline: Deadline, onExpired: () => T | Promise<T>): Promise<T> {
  if (deadline.at === Number.POSITIVE_INFINITY) return promise;
  return new Promise<T>((resolve, reject) => {
    const timer = deadline.clock.schedule(deadline.remainingMs(), () => {
      new Promise<T>((done) => done(onExpired())).then(resolve, reject);
    });
    promise.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error as Error);
      },
    );
  });
}

/**
 * A signal that aborts at the deadline, and with `also` when that aborts, for calls that take a signal. `release` ends it
 * quietly: call it when the work is over, or its timer stays until the deadline.
 */
export function deadlineSignal(
  deadline: Deadline,
  also?: AbortSignal,
): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(also?.reason);
  const expire = () => controller.abort(new Error('the deadline has passed'));
  const timer =
    deadline.at === Number.POSITIVE_INFINITY
      ? undefined
      : deadline.clock.schedule(deadline.remainingMs(), expire, { background: true });
  if (also?.aborted) onAbort();
  also?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      timer?.cancel();
      also?.removeEventListener('abort', onAbort);
    },
  };
}
