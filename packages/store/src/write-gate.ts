import type { Refused, StoreCondition } from './ports.js';

/** Why no messages are taken; several may hold at a time. */
export type GateCause =
  /** The store is not open (yet, or any more). */
  | 'closed'
  /** A sync failed: for good. */
  | 'failed'
  /** A write found no space. */
  | 'no space'
  /** The disk is fuller than `diskSpaceWarningLevelRatio`. */
  | 'space ratio'
  /** Queue entries cannot be written. */
  | 'queues';

/** Whether messages are taken. */
export class WriteGate {
  readonly #causes = new Map<GateCause, string>();
  #refusal: Refused | undefined;

  /** What a put is told; undefined while messages are taken. */
  get refusal(): Refused | undefined {
    return this.#refusal;
  }

  get condition(): StoreCondition {
    return this.#refusal === undefined ? { writable: true } : { writable: false, reason: this.#refusal.reason };
  }

  shut(cause: GateCause, reason: string): Refused {
    this.#causes.set(cause, reason);
    return this.#update()!;
  }

  open(cause: GateCause): void {
    if (this.#causes.delete(cause)) this.#update();
  }

  has(cause: GateCause): boolean {
    return this.#causes.has(cause);
  }

  #update(): Refused | undefined {
    const reasons = [...this.#causes.values()];
    this.#refusal = reasons.length === 0 ? undefined : { status: 'SERVICE_NOT_AVAILABLE', reason: reasons.join('; ') };
    return this.#refusal;
  }
}
