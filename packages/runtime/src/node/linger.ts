const PATIENCE_MS = 5_000;

/** Cuts a closing connection off when its peer neither takes what is still to be sent nor ends its side. */
export class Linger {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /** `unsentBytes` tells whether there is progress: while it falls the peer has time. */
  start(unsentBytes: () => number, cutOff: () => void): void {
    if (this.#timer) return;
    let before = unsentBytes();
    const look = () => {
      const now = unsentBytes();
      if (now >= before) return cutOff();
      before = now;
      this.#timer?.refresh();
    };
    this.#timer = setTimeout(look, this.patienceMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
