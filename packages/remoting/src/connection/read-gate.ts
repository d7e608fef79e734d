/** What a channel lets its reader do. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * When requests of a peer are read: not while it leaves its answers unread, and not while it has given us more work than
 * one peer may.
 */
export class ReadGate {
  #work = 0;
  #outputFull = false;
  #workFull = false;

  constructor(
    private readonly channel: Pausable,
    private readonly maxWork: number,
  ) {}

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
    if (!this.#workFull) this.channel.resume();
  }

  beginWork(): void {
    this.#work++;
    if (this.#work < this.maxWork || this.#workFull) return;
    this.#workFull = true;
    if (!this.#outputFull) this.channel.pause();
  }

  /** Half of the bound must be done before more is read: else every request would pause and resume. */
  endWork(): void {
    this.#work--;
    if (!this.#workFull || this.#work > this.maxWork / 2) return;
    this.#workFull = false;
    if (!this.#outputFull) this.channel.resume();
  }
}
