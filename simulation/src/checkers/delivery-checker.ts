/** What a checker knows of one delivery. */
export interface Delivered {
  readonly id: number;
  readonly queue: string;
  readonly queueOffset: number;
}

/**
 * Every acknowledged message reaches every group at least once; nothing comes that was not sent. Sends without an
 * acknowledgement may have been stored or not.
 */
export class DeliveryChecker {
  readonly #sent = new Set<number>();
  readonly #acknowledged = new Set<number>();
  readonly #received = new Map<string, Map<number, number>>();
  readonly violations: string[] = [];

  constructor(groups: readonly string[]) {
    for (const group of groups) this.#received.set(group, new Map());
  }

  sent(id: number): void {
    this.#sent.add(id);
  }

  acknowledged(id: number): void {
    this.#acknowledged.add(id);
  }

  received(group: string, { id }: Delivered): void {
    if (!this.#sent.has(id)) this.violations.push(`${group} got message ${id}, which nobody sent`);
    const counts = this.#received.get(group)!;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size;
  }

  /** Deliveries beyond the first of each message. */
  repeats(group: string): number {
    let count = 0;
    for (const times of this.#received.get(group)!.values()) count += times - 1;
    return count;
  }

  /** Acknowledged messages a group has not seen. */
  missing(group: string): number[] {
    const counts = this.#received.get(group)!;
    return [...this.#acknowledged].filter((id) => !counts.has(id));
  }

  /** At the end of a run. */
  validate(): string[] {
    const lost = [...this.#received.keys()].flatMap((group) => {
      const missing = this.missing(group);
      return missing.length === 0
        ? []
        : [`${group} never got ${missing.length} acknowledged messages, the first is ${missing[0]}`];
    });
    return [...this.violations, ...lost];
  }
}
