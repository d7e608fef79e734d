import type { Clock, Timer } from '../clock.js';

/** Longer delays overflow the platform's timer and would fire at once. */
const LONGEST_DELAY_MS = 0x7fff_ffff;

class BrowserTimer implements Timer {
  #timeout: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly due: number,
    private readonly callback: () => void,
  ) {
    this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  #arm(): void {
    const delayMs = Math.max(0, Math.ceil(this.due - performance.now()));
    this.#timeout = setTimeout(this.#ring, Math.min(delayMs, LONGEST_DELAY_MS));
  }

  /** The platform rounds and may be early: then the rest is waited for, too. */
  readonly #ring = (): void => {
    if (performance.now() < this.due) return this.#arm();
    this.#timeout = undefined;
    this.callback();
  };
}

/** Callbacks for the end of the turn: a message to oneself comes next, while a timer of 0 ms would wait 4 ms. */
class Turns {
  #waiting: (() => void)[] = [];
  #port: InstanceType<typeof MessageChannel>['port2'] | undefined;

  add(callback: () => void): void {
    this.#waiting.push(callback);
    if (this.#waiting.length === 1) this.#open().postMessage(undefined);
  }

  #open(): InstanceType<typeof MessageChannel>['port2'] {
    if (this.#port === undefined) {
      const { port1, port2 } = new MessageChannel();
      // Typed by Node's declarations here, which leave the setter out.
      (port1 as { onmessage?: () => void }).onmessage = this.#run;
      this.#port = port2;
    }
    return this.#port;
  }

  readonly #run = (): void => {
    const batch = this.#waiting;
    this.#waiting = [];
    for (const [index, callback] of batch.entries()) {
      try {
        callback();
      } catch (error) {
        // The rest has its turn, and the page learns of the failure.
        for (const left of batch.slice(index + 1)) this.add(left);
        throw error;
      }
    }
  };
}

const turns = new Turns();

/** The time of the browser. Timers of pages in the background are slowed down by it, to once a second or less. */
export const browserClock: Clock = {
  // A browser has nothing between the microtasks and the next turn.
  afterMicrotasks: (callback) => turns.add(callback),
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (delayMs, callback) => new BrowserTimer(performance.now() + Math.max(0, delayMs), callback),
  afterTurn: (callback) => turns.add(callback),
};
