import type { Clock, Timer } from './clock.js';

/** Timers at one moment of virtual time, or turns between two timers: more than this is a loop that never ends. */
const MAX_WITHOUT_PROGRESS = 1_000_000;
const DEFAULT_START_AT = 1_700_000_000_000;
const DEFAULT_IDLE_LIMIT_MS = 24 * 3_600_000;

class VirtualTimer implements Timer {
  /** Place in the heap, or -1 when not planned. */
  index = -1;

  constructor(
    private readonly clock: { remove(timer: VirtualTimer): void },
    readonly due: number,
    /** Timers of one moment run in the order in which they were planned. */
    readonly order: number,
    readonly background: boolean,
    readonly callback: () => void,
  ) {}

  cancel(): void {
    if (this.index >= 0) this.clock.remove(this);
  }
}

function before(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

/** Binary heap of timers that know their place, so that cancelling is as cheap as planning. */
class TimerHeap {
  readonly #timers: VirtualTimer[] = [];

  get size(): number {
    return this.#timers.length;
  }

  get first(): VirtualTimer | undefined {
    return this.#timers[0];
  }

  push(timer: VirtualTimer): void {
    this.#timers.push(timer);
    this.#swim(timer, this.#timers.length - 1);
  }

  remove(timer: VirtualTimer): void {
    const { index } = timer;
    const last = this.#timers.pop()!;
    timer.index = -1;
    if (last === timer) return;
    this.#sink(last, index);
    this.#swim(last, last.index);
  }

  #swim(timer: VirtualTimer, start: number): void {
    let at = start;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#timers[up]!;
      if (!before(timer, parent)) break;
      this.#place(parent, at);
      at = up;
    }
    this.#place(timer, at);
  }

  #sink(timer: VirtualTimer, start: number): void {
    const count = this.#timers.length;
    let at = start;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= count) break;
      if (down + 1 < count && before(this.#timers[down + 1]!, this.#timers[down]!)) down++;
      const child = this.#timers[down]!;
      if (!before(child, timer)) break;
      this.#place(child, at);
      at = down;
    }
    this.#place(timer, at);
  }

  #place(timer: VirtualTimer, at: number): void {
    this.#timers[at] = timer;
    timer.index = at;
  }
}

/** A port as Node and browsers have it; Node's own types leave `onmessage` out. */
interface WaitingPort {
  onmessage: () => void;
  ref?(): void;
  unref?(): void;
}

/**
 * Waits until the microtasks that are there, and those they cause, have run. A message channel is the one way to the next
 * turn of the event loop that Node and browsers share; a fixed number of awaits would break off long chains of promises.
 * All clocks share one channel, which lives as long as the process.
 */
class Turns {
  #ports: { readonly near: WaitingPort; readonly far: { postMessage(message: number): void } } | undefined;
  /** Whoever waits, in order: each message wakes one. */
  readonly #waiting: (() => void)[] = [];
  #keepers = 0;

  next(): Promise<void> {
    const { far } = this.#open();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      far.postMessage(0);
    });
  }

  /** Waiting keeps the process alive while somebody needs that. Browsers have no such thing. */
  keepAlive(by: 1 | -1): void {
    const { near } = this.#open();
    this.#keepers += by;
    if (this.#keepers > 0) near.ref?.();
    else near.unref?.();
  }

  #open() {
    if (this.#ports) return this.#ports;
    const { port1, port2 } = new MessageChannel();
    const near = port1 as unknown as WaitingPort;
    near.onmessage = () => this.#waiting.shift()?.();
    this.#ports = { near, far: port2 };
    return this.#ports;
  }
}

const turns = new Turns();

/**
 * Time that stands still until a test moves it. Callbacks of `afterTurn` need no time: they run by themselves after the
 * microtasks; timers run in `advance` and `runUntilIdle` only, in the order of their times, and after each of them
 * everything it causes without a timer has happened.
 */
export class VirtualClock implements Clock {
  readonly #heap = new TimerHeap();
  readonly #startAt: number;
  #elapsedMs = 0;
  #wallOffsetMs = 0;
  #order = 0;
  #foreground = 0;
  /** Timers run since time last went on. */
  #atThisMoment = 0;
  #afterTurn: (() => void)[] = [];
  #running = false;
  #pump: Promise<void> | undefined;

  /** `startAt`: wall clock at the start, ms since the epoch; default 2023-11-14T22:13:20Z. */
  constructor(options: { readonly startAt?: number } = {}) {
    this.#startAt = options.startAt ?? DEFAULT_START_AT;
  }

  now(): number {
    return Math.floor(this.#startAt + this.#elapsedMs + this.#wallOffsetMs);
  }

  /** Milliseconds since the clock was made. */
  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Timers that are planned, background ones included. */
  get pendingTimers(): number {
    return this.#heap.size;
  }

  /** Time until the next timer is due, background ones included; undefined: none is planned. */
  get nextTimerMs(): number | undefined {
    const first = this.#heap.first;
    return first === undefined ? undefined : Math.max(0, first.due - this.#elapsedMs);
  }

  schedule(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer {
    const background = options?.background === true;
    const due = this.#elapsedMs + (delayMs > 0 ? delayMs : 0);
    const timer = new VirtualTimer(this.#remover, due, this.#order++, background, callback);
    if (!background) this.#foreground++;
    this.#heap.push(timer);
    return timer;
  }

  afterMicrotasks(callback: () => void): void {
    this.afterTurn(callback);
  }

  afterTurn(callback: () => void): void {
    this.#afterTurn.push(callback);
    this.#pumpIfNeeded();
  }

  /** Moves the wall clock alone, back with a negative value; deadlines and timers do not notice. */
  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.#exclusively(() => this.#settle());
  }

  /** Lets `ms` of time pass. Rejects with what a timer's callback throws; time then stands where that happened. */
  advance(ms: number): Promise<void> {
    return this.#exclusively(() => this.#runTimers(this.#elapsedMs + Math.max(0, ms)));
  }

  /**
   * Lets time pass until no timer but background ones is planned. Rejects when that is not so after `limitMs` of virtual
   * time (default: a day): something keeps planning.
   */
  runUntilIdle(limitMs = DEFAULT_IDLE_LIMIT_MS): Promise<void> {
    return this.#exclusively(async () => {
      const limit = this.#elapsedMs + limitMs;
      await this.#settle();
      while (this.#foreground > 0) {
        const timer = this.#heap.first!;
        if (timer.due > limit) throw new Error(`still ${this.#foreground} timers after ${limitMs} ms of virtual time`);
        await this.#run(timer);
      }
    });
  }

  readonly #remover = { remove: (timer: VirtualTimer) => this.#remove(timer) };

  #remove(timer: VirtualTimer): void {
    this.#heap.remove(timer);
    if (!timer.background) this.#foreground--;
  }

  async #exclusively(run: () => Promise<void>): Promise<void> {
    if (this.#running) throw new Error('the virtual clock is being advanced already; await that first');
    this.#running = true;
    turns.keepAlive(1);
    try {
      await this.#pump;
      await run();
    } finally {
      this.#running = false;
      turns.keepAlive(-1);
      this.#pumpIfNeeded();
    }
  }

  /** Nobody advances: the turns go on by themselves as long as something waits for the end of one. */
  #pumpIfNeeded(): void {
    if (this.#running || this.#pump || this.#afterTurn.length === 0) return;
    turns.keepAlive(1);
    this.#pump = this.#settle().finally(() => {
      this.#pump = undefined;
      turns.keepAlive(-1);
      this.#pumpIfNeeded();
    });
  }

  async #runTimers(until: number): Promise<void> {
    await this.#settle();
    for (let timer = this.#heap.first; timer !== undefined && timer.due <= until; timer = this.#heap.first) {
      await this.#run(timer);
    }
    this.#elapsedMs = until;
  }

  #run(timer: VirtualTimer): Promise<void> {
    this.#remove(timer);
    this.#atThisMoment = timer.due > this.#elapsedMs ? 0 : this.#atThisMoment + 1;
    if (this.#atThisMoment > MAX_WITHOUT_PROGRESS) throw new Error('timers without delay plan one another for ever');
    this.#elapsedMs = timer.due;
    timer.callback();
    return this.#settle();
  }

  /** Turns until no callback is left for the end of one. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < MAX_WITHOUT_PROGRESS; turn++) {
      await turns.next();
      const callbacks = this.#afterTurn;
      if (callbacks.length === 0) return;
      this.#afterTurn = [];
      for (const callback of callbacks) callback();
    }
    throw new Error('callbacks of afterTurn plan one another for ever');
  }
}
