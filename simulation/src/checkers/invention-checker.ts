import { type Observation, placeText } from '../observations.js';
import type { Checker, Report } from './checker.js';

/**
 * Nothing comes that nobody sent, nothing comes changed, and a place that was acknowledged holds that message and no other.
 */
export class InventionChecker implements Checker {
  readonly name = 'invention';
  readonly settled = true;
  readonly #sent = new Set<number>();
  readonly #places = new Map<string, number>();

  constructor(private readonly report: Report) {}

  observe(observation: Observation): void {
    if (observation.kind === 'sent') this.#sent.add(observation.id);
    if (observation.kind === 'acknowledged' && observation.place !== undefined) {
      const place = placeText(observation.place);
      const other = this.#places.get(place);
      if (other !== undefined && other !== observation.id)
        this.report(`message ${observation.id} was acknowledged at ${place}, where ${other} is`);
      this.#places.set(place, observation.id);
    }
    if (observation.kind !== 'begin') return;
    const { group, id, intact } = observation;
    const place = placeText(observation.place);
    if (!this.#sent.has(id)) this.report(`${group} got message ${id} at ${place}, which nobody sent`);
    else if (!intact) this.report(`${group} got message ${id} at ${place} with another content than was sent`);
    const expected = this.#places.get(place);
    if (expected !== undefined && expected !== id)
      this.report(`${group} got message ${id} at ${place}, where ${expected} was acknowledged`);
  }

  validate(): string[] {
    return [];
  }
}
