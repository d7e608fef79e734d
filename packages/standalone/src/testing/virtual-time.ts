import { type Clock, type Logger, sleep, type Timer, VirtualClock } from '@cometmq/runtime';
import { nodeClock } from '@cometmq/runtime/node';
import { type EmbeddedTime, REAL_PAUSE_MS, type Surroundings } from './embedded-time.js';

/** How often real time is carried over. */
const FLOW_MS = 5;
/** A pause of the process (a breakpoint) is not made up for. */
const MOST_FLOW_MS = 20;
/** This long before something is due every timer runs. */
const MARGIN_MS = 1000;
/** Shorter stretches are not worth a leap. */
const SHORT_MS = 10_000;
/** For so long after a change every timer runs: routes are asked for every 30 s, members share queues every 20 s. */
const RESTLESS_MS = 35_000;
/** After a look that found something going on. */
const LOOK_AGAIN_MS = 5000;

/**
 * Virtual time that runs on with the real one, so that nothing ever waits for ever, and leaps when it is told to. Between
 * two timers everything they cause has happened, and handlers that wait for something real have got their time.
 *
 * A long leap does not run the hundred thousand timers of hours in which nothing happens (heartbeats, held pulls, flushes):
 * the wall clock alone is set forward to shortly before the next message is due. RocketMQ's delays and retries go by the
 * wall clock; deadlines do not, so nobody takes the leap for a silence.
 */
export class VirtualTime implements EmbeddedTime {
  readonly #clock = new VirtualClock();
  readonly clock: Clock = this.#clock;
  #last: Promise<void> = Promise.resolve();
  #using = 0;
  #flow: Timer | undefined;
  #flowedAt = 0;
  #owedMs = 0;
  #shape = '';
  #restlessUntil = RESTLESS_MS;

  #around: Surroundings | undefined;

  constructor(private readonly logger: Logger) {}

  start(around: Surroundings): void {
    this.#around = around;
    this.#flowedAt = nodeClock.monotonic();
    this.#planFlow();
  }

  stop(): void {
    this.#flow?.cancel();
    this.#flow = undefined;
  }

  async progress<T>(work: Promise<T>): Promise<T> {
    const around = this.#around!;
    if (!around.closed) return work;
    let settled = false;
    const outcome = work.finally(() => (settled = true));
    outcome.catch(() => undefined);
    for (;;) {
      await this.#alone(() => this.#clock.settle());
      if (settled) return outcome;
      // What others do here (another server, a test's own promises) gets its turn first.
      await this.#realTurn();
      if (settled) return outcome;
      await this.pause(!around.busy);
    }
  }

  advance(ms: number): Promise<void> {
    return this.#alone(async () => {
      let leftMs = ms;
      for (;;) {
        await this.#clock.settle();
        await this.#around!.quiet();
        if (leftMs <= 0) return;
        leftMs -= await this.#leap(leftMs);
        const stepMs = Math.min(this.#clock.nextTimerMs ?? leftMs, leftMs);
        await this.#clock.advance(stepMs);
        leftMs -= stepMs;
      }
    });
  }

  async pause(forTime: boolean, ms?: number): Promise<void> {
    if (!forTime) return sleep(nodeClock, REAL_PAUSE_MS);
    if (ms !== undefined) return this.advance(ms);
    await this.#alone(() => this.#clock.advance(this.#clock.nextTimerMs ?? 1));
  }

  /** How far the wall clock was set forward. */
  async #leap(leftMs: number): Promise<number> {
    const around = this.#around!;
    if (leftMs <= SHORT_MS || (around.clientsShareClock && this.#restless(around))) return 0;
    const dueAt = await around.nextDueAt();
    const dueMs = dueAt === undefined ? leftMs : dueAt - this.#clock.now();
    const leapMs = Math.floor(Math.min(leftMs, dueMs)) - MARGIN_MS;
    if (leapMs < SHORT_MS) return 0;
    if (!(await around.idle())) {
      this.#restlessUntil = this.#clock.monotonic() + LOOK_AGAIN_MS;
      return 0;
    }
    this.#clock.jumpWallClock(leapMs);
    around.wallClockSet();
    return leapMs;
  }

  #restless({ shape }: Surroundings): boolean {
    const now = this.#clock.monotonic();
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#restlessUntil = now + RESTLESS_MS;
    }
    return now < this.#restlessUntil;
  }

  /** One at a time: the clock can be moved by one only. */
  #alone(run: () => Promise<void>): Promise<void> {
    this.#using += 1;
    const done = this.#last.then(run).finally(() => {
      this.#using -= 1;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  #planFlow(): void {
    this.#flow = nodeClock.schedule(FLOW_MS, () => {
      const now = nodeClock.monotonic();
      this.#owedMs += Math.min(now - this.#flowedAt, MOST_FLOW_MS);
      this.#flowedAt = now;
      this.#planFlow();
      if (this.#using > 0) this.#owedMs = 0;
      else if ((this.#clock.nextTimerMs ?? Number.POSITIVE_INFINITY) <= this.#owedMs) this.#flowOn();
    });
  }

  /** Between two timers time need not be exact: it is carried over when the next one is due. */
  #flowOn(): void {
    const owedMs = this.#owedMs;
    this.#owedMs = 0;
    this.#alone(() => this.#clock.advance(owedMs)).catch((error: unknown) =>
      this.logger.error('a timer of the embedded server failed', { error }),
    );
  }

  #realTurn(): Promise<void> {
    return new Promise((resolve) => nodeClock.afterTurn(resolve));
  }
}
