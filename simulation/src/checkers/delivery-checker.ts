import type { Observation } from '../observations.js';
import type { Checker } from './checker.js';

/**
 * Every acknowledged message is handled by every group at least once. Messages without an acknowledgement may have been
 * stored or not; repeats are counted and allowed.
 */
export class DeliveryChecker implements Checker {
  readonly name = 'delivery';
  readonly #acknowledged = new Set<number>();
  readonly #handled = new Map<string, Set<number>>();
  /** By group, acknowledged and not handled. */
  readonly #missing = new Map<string, Set<number>>();
  #begun = 0;
  #repeats = 0;

  constructor(groups: readonly string[]) {
    for (const group of groups) {
      this.#handled.set(group, new Set());
      this.#missing.set(group, new Set());
    }
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  get deliveries(): number {
    return this.#begun;
  }

  /** Messages handled that had been handled before. */
  get repeats(): number {
    return this.#repeats;
  }

  get settled(): boolean {
    return [...this.#missing.values()].every((ids) => ids.size === 0);
  }

  observe(observation: Observation): void {
    if (observation.kind === 'begin') this.#begun += 1;
    if (observation.kind === 'acknowledged') this.#acknowledge(observation.id);
    if (observation.kind !== 'end' || !observation.handled) return;
    const handled = this.#handled.get(observation.group)!;
    if (handled.has(observation.id)) this.#repeats += 1;
    handled.add(observation.id);
    this.#missing.get(observation.group)!.delete(observation.id);
  }

  validate(): string[] {
    return [...this.#missing]
      .filter(([, ids]) => ids.size > 0)
      .map(([group, ids]) => {
        const first = [...ids].slice(0, 5).join(', ');
        return `${group} never handled ${ids.size} acknowledged messages: ${first}${ids.size > 5 ? ', …' : ''}`;
      });
  }

  #acknowledge(id: number): void {
    this.#acknowledged.add(id);
    for (const [group, handled] of this.#handled) if (!handled.has(id)) this.#missing.get(group)!.add(id);
  }
}
