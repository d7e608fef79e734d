/** Apache's DataVersion: tells name servers and slaves whether a table has changed. */
export interface DataVersionFields {
  readonly counter: number;
  readonly stateVersion: number;
  readonly timestamp: number;
}

/** Equality compares all three fields; `stateVersion` stays 0 without a controller (store-format, 9.2). */
export class DataVersion {
  #fields: DataVersionFields;

  constructor(now: number) {
    this.#fields = { counter: 0, stateVersion: 0, timestamp: now };
  }

  get fields(): DataVersionFields {
    return this.#fields;
  }

  /** Takes over what a file says; fields that are no numbers keep their value. */
  assign(loaded: unknown): void {
    if (typeof loaded !== 'object' || loaded === null) return;
    const from = loaded as Record<string, unknown>;
    const field = (name: keyof DataVersionFields) =>
      Number.isSafeInteger(Number(from[name] ?? Number.NaN)) ? Number(from[name]) : this.#fields[name];
    this.#fields = { counter: field('counter'), stateVersion: field('stateVersion'), timestamp: field('timestamp') };
  }

  next(now: number): void {
    this.#fields = { counter: this.#fields.counter + 1, stateVersion: this.#fields.stateVersion, timestamp: now };
  }
}
