/** A scheduled call that can be taken back. */
export interface Timer {
  /** Idempotent; after it the callback is not called any more. */
  cancel(): void;
}

/**
 * The only source of time. `node/node-clock.ts` is the real one, `virtual-clock.ts` the one of tests and the simulator.
 */
export interface Clock {
  /** Wall clock in ms since the epoch. It may jump: use it for what is stored or shown, never for measuring. */
  now(): number;
  /** Milliseconds (with a fraction) since some fixed moment; never goes back. For deadlines and measurements. */
  monotonic(): number;
  /**
   * Calls `callback` once, at least `delayMs` from now.
   * A `background` timer does not keep the process alive (housekeeping).
   */
  schedule(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
  /** Calls `callback` once, at the end of this turn of the event loop: where batches over all connections are closed. */
  afterTurn(callback: () => void): void;
  /**
   * Calls `callback` once, as soon as what is running now and the microtasks it causes have ended; before the next input is
   * looked at. Where what one connection has to say is sent off.
   */
  afterMicrotasks(callback: () => void): void;
}

/** Resolves after `delayMs`; rejects with the signal's reason when that fires first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Runs `task` every `periodMs`, first after `firstMs` (default: one period). The next round is planned when the last one
 * has ended, so rounds never overlap. A failure goes to `onError` and does not end the series.
 */
export function every(
  clock: Clock,
  periodMs: number,
  task: () => void | Promise<void>,
  options: { readonly firstMs?: number; readonly onError: (error: unknown) => void },
): Timer {
  let cancelled = false;
  let timer: Timer;
  const round = async () => {
    try {
      await task();
    } catch (error) {
      options.onError(error);
    }
    if (!cancelled) timer = clock.schedule(periodMs, () => void round(), { background: true });
  };
  timer = clock.schedule(options.firstMs ?? periodMs, () => void round(), { background: true });
  return {
    cancel() {
      cancelled = true;
      timer.cancel();
    },
  };
}
