import { type Observation, placeText } from '../observations.js';
import type { Checker, Report } from './checker.js';

/**
 * An orderly group handles each queue in order and without a gap: a message that was not begun before is the one behind
 * the last that was handled. Repeats of what was begun are allowed, unless it shall come `once`: then a message that was
 * handled must not begin again.
 */
export class OrderChecker implements Checker {
  readonly name = 'order';
  readonly settled = true;
  /** By queue: everything below has been handled. */
  readonly #handledTo = new Map<string, number>();
  readonly #begun = new Set<string>();

  constructor(
    private readonly groups: ReadonlySet<string>,
    private readonly once: boolean,
    private readonly report: Report,
  ) {}

  observe(observation: Observation): void {
    if (observation.kind !== 'begin' && observation.kind !== 'end') return;
    const { group, member, place } = observation;
    if (!this.groups.has(group)) return;
    const queue = `${group} ${place.queue}`;
    const expected = this.#handledTo.get(queue) ?? 0;
    if (observation.kind === 'end') {
      if (observation.handled && place.offset === expected) this.#handledTo.set(queue, expected + 1);
      return;
    }
    if (this.once && place.offset < expected)
      this.report(`${member} (${group}) got ${placeText(place)} again, though nobody died`);
    const key = `${group} ${placeText(place)}`;
    if (this.#begun.has(key)) return;
    this.#begun.add(key);
    if (place.offset !== expected)
      this.report(`${member} (${group}) got ${placeText(place)} where offset ${expected} had its turn`);
  }

  validate(): string[] {
    return [];
  }
}
