/** A number of places, handed on in the order in which they were asked for. How many there are may change. */
export class Slots {
  readonly #waiting: ((taken: boolean) => void)[] = [];
  #used = 0;

  constructor(private readonly capacity: () => number) {}

  /** True: taken. Else a promise: of true when it is taken then, of false when the slots were closed. */
  take(): true | Promise<boolean> {
    if (this.#used < this.capacity() && this.#waiting.length === 0) {
      this.#used += 1;
      return true;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    this.#used -= 1;
    this.more();
  }

  /** There may be more places than before. */
  more(): void {
    while (this.#waiting.length > 0 && this.#used < this.capacity()) {
      this.#used += 1;
      this.#waiting.shift()!(true);
    }
  }

  close(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }
}
