/**
 * What a scenario saw, as `name=value` pairs in the order of the calls. Must be equal from run to run and from server to
 * server: no address, id or time. The Java scenarios have the same class.
 */
export class Facts {
  readonly #parts: string[] = [];
  #ok = true;

  /** A fact that this project knows: another value fails the row. */
  expect(name: string, expected: string | number | boolean, actual: string | number | boolean | undefined): this {
    if (expected === actual) {
      return this.note(name, actual);
    }
    this.#ok = false;
    return this.note(name, `${actual}(expected ${expected})`);
  }

  /** A fact that is only compared between servers. */
  note(name: string, actual: string | number | boolean | undefined): this {
    this.#parts.push(`${name}=${actual}`);
    return this;
  }

  fail(why: string): void {
    this.#ok = false;
    this.#parts.push(why);
  }

  get ok(): boolean {
    return this.#ok;
  }

  get detail(): string {
    return this.#parts.join(' ');
  }
}
