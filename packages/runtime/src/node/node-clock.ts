import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import type { Clock, Timer } from '../clock.js';

// As they are when the program starts: a test that replaces the globals (fake timers) must not stop a real clock.
const wallClock = Date.now;
const { hrtime, nextTick } = process;
const microtask = queueMicrotask;

/** `performance.now()` is no faster, and the first call of a program loads all of perf_hooks. */
const [startSeconds] = hrtime();
function monotonic(): number {
  const [seconds, nanoseconds] = hrtime();
  return (seconds - startSeconds) * 1000 + nanoseconds / 1e6;
}

/** Longer delays overflow the platform's timer and would fire at once. */
const LONGEST_DELAY_MS = 0x7fff_ffff;

class NodeTimer implements Timer {
  #timeout: NodeJS.Timeout | undefined;

  constructor(
    private readonly due: number,
    private readonly callback: () => void,
    private readonly background: boolean,
    delayMs: number,
  ) {
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  /** The platform rounds to whole milliseconds and may be early: then the rest is waited for, too. */
  #arm(delayMs: number): void {
    this.#timeout = setTimeout(this.#ring, Math.min(Math.ceil(delayMs), LONGEST_DELAY_MS));
    if (this.background) this.#timeout.unref();
  }

  readonly #ring = (): void => {
    const leftMs = this.due - monotonic();
    if (leftMs > 0) return this.#arm(leftMs);
    this.#timeout = undefined;
    this.callback();
  };
}

/** The time of the operating system. */
export const nodeClock: Clock = {
  now: () => wallClock(),
  monotonic,
  schedule(delayMs, callback, options) {
    const wantedMs = delayMs > 0 ? delayMs : 0;
    return new NodeTimer(monotonic() + wantedMs, callback, options?.background === true, wantedMs);
  },
  afterTurn(callback) {
    setImmediate(callback);
  },
  afterMicrotasks(callback) {
    // From a socket's callback a tick alone would come before the microtasks.
    microtask(() => nextTick(callback));
  },
};
