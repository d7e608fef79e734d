import type { Observation } from '../observations.js';
import type { Checker, CheckerName, Violation } from './checker.js';
import { DeliveryChecker } from './delivery-checker.js';
import { InventionChecker } from './invention-checker.js';
import { OffsetsChecker } from './offsets-checker.js';
import { OrderChecker } from './order-checker.js';
import { OwnershipChecker } from './ownership-checker.js';

/** One fault can break a rule at every message: more than so many of one checker say nothing new. */
const MAX_PER_CHECKER = 10;

export interface CheckedGroups {
  readonly all: readonly string[];
  readonly orderly: ReadonlySet<string>;
  /** Orderly groups must not get again what they have handled. */
  readonly orderlyOnce?: boolean | undefined;
}

/** All checkers of a run. They see the same observations and know nothing of what the workload meant to do. */
export class Checkers {
  readonly delivery: DeliveryChecker;
  readonly violations: Violation[] = [];
  readonly #all: readonly Checker[];

  /** `onViolation` hears of those that come up on the way. */
  constructor(
    { all, orderly, orderlyOnce }: CheckedGroups,
    private readonly onViolation: (violation: Violation) => void,
  ) {
    const report = (checker: CheckerName) => (text: string) => this.add({ checker, text });
    this.delivery = new DeliveryChecker(all);
    this.#all = [
      this.delivery,
      new InventionChecker(report('invention')),
      new OrderChecker(orderly, orderlyOnce === true, report('order')),
      new OffsetsChecker(orderly, report('offsets')),
      new OwnershipChecker(all, orderly, report('ownership')),
    ];
  }

  observe(observation: Observation): void {
    for (const checker of this.#all) checker.observe(observation);
  }

  get settled(): boolean {
    return this.#all.every(({ settled }) => settled);
  }

  /** At the end of a run. */
  validate(): void {
    for (const checker of this.#all) for (const text of checker.validate()) this.add({ checker: checker.name, text });
  }

  add(violation: Violation): void {
    if (this.violations.filter(({ checker }) => checker === violation.checker).length >= MAX_PER_CHECKER) return;
    this.violations.push(violation);
    this.onViolation(violation);
  }
}
