/** What a channel lets its reader do. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Works input off until that is done or the gate is closed; then gives back what is left. */
export type WorkOff = (bytes: Uint8Array) => Uint8Array | undefined;

/**
 * When requests of a peer are read: not while it leaves its answers unread, and not while it has given us more work than
 * one peer may. What had come before the gate was closed waits here as it came: one WebSocket message may hold a hundred
 * thousand requests, whose answers together have no room.
 */
export class ReadGate {
  #work = 0;
  #outputFull = false;
  #workFull = false;
  /** At most what the channel had read before it was paused. */
  #waiting: Uint8Array[] = [];

  constructor(
    private readonly channel: Pausable,
    private readonly maxWork: number,
    private readonly workOff: WorkOff,
  ) {}

  get open(): boolean {
    return !this.#outputFull && !this.#workFull;
  }

  /** Input of the peer, in order. */
  take(bytes: Uint8Array): void {
    if (!this.open || this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      return;
    }
    const left = this.workOff(bytes);
    if (left !== undefined) this.#waiting.push(left);
  }

  /** Too many answers wait to be taken. */
  closeForOutput(): void {
    if (this.#outputFull) return;
    this.#outputFull = true;
    if (!this.#workFull) this.channel.pause();
  }

  /** They have been taken. */
  openForOutput(): void {
    if (!this.#outputFull) return;
    this.#outputFull = false;
    this.#goOn();
  }

  beginWork(weight: number): void {
    this.#work += weight;
    if (this.#work < this.maxWork || this.#workFull) return;
    this.#workFull = true;
    if (!this.#outputFull) this.channel.pause();
  }

  /** Half of the bound must be done before more is read: else every request would pause and resume. */
  endWork(weight: number): void {
    this.#work -= weight;
    if (!this.#workFull || this.#work > this.maxWork / 2) return;
    this.#workFull = false;
    this.#goOn();
  }

  #goOn(): void {
    while (this.open) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) return this.channel.resume();
      const left = this.workOff(bytes);
      if (left !== undefined) this.#waiting.unshift(left);
    }
  }
}
