import type { Logger } from './telemetry.js';

/** Something that is opened once and closed once. Constructors do no IO; `close` is idempotent. */
export interface Lifecycle {
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What has been opened, closed in reverse. A failure while closing is logged and the rest is closed all the same;
 * the first failure is thrown at the end.
 */
export class CloseStack {
  readonly #entries: { readonly name: string; readonly close: () => void | Promise<void> }[] = [];
  #closing: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  /** Remembers how to undo what was just done. */
  push(name: string, close: () => void | Promise<void>): void {
    this.#entries.push({ name, close });
  }

  /** Starts a part and remembers to close it. */
  async start(name: string, part: Lifecycle): Promise<void> {
    this.push(name, () => part.close());
    await part.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        await entry.close();
      } catch (error) {
        failures.push(error);
        this.logger.error(`closing ${entry.name} failed; closing goes on`, { error });
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
