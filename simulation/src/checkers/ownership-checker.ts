import type { Observation } from '../observations.js';
import type { Checker, Report } from './checker.js';

/**
 * Two members of an orderly group never work on one queue at a time. When everything has come to rest each queue has one
 * owner in each group.
 */
export class OwnershipChecker implements Checker {
  readonly name = 'ownership';
  /** By orderly group and queue: who works on it. */
  readonly #working = new Map<string, string>();
  /** By member. */
  readonly #owned = new Map<string, { readonly group: string; readonly queues: readonly string[] }>();
  /** Queues out of which messages came, by group. */
  readonly #used = new Map<string, Set<string>>();

  constructor(
    groups: readonly string[],
    private readonly orderly: ReadonlySet<string>,
    private readonly report: Report,
  ) {
    for (const group of groups) this.#used.set(group, new Set());
  }

  get settled(): boolean {
    return this.validate().length === 0;
  }

  observe(observation: Observation): void {
    switch (observation.kind) {
      case 'owned':
        this.#owned.set(observation.member, observation);
        break;
      case 'gone':
        this.#owned.delete(observation.program);
        for (const [key, member] of this.#working) if (member === observation.program) this.#working.delete(key);
        break;
      case 'begin':
        this.#used.get(observation.group)!.add(observation.place.queue);
        this.#begin(observation);
        break;
      case 'end':
        this.#working.delete(`${observation.group} ${observation.place.queue}`);
        break;
      default:
    }
  }

  validate(): string[] {
    const wrong: string[] = [];
    for (const [group, used] of this.#used) {
      const owners = new Map<string, string[]>([...used].map((queue) => [queue, []]));
      for (const [member, owned] of this.#owned) {
        if (owned.group !== group) continue;
        for (const queue of owned.queues) owners.set(queue, [...(owners.get(queue) ?? []), member]);
      }
      for (const [queue, members] of owners)
        if (members.length !== 1) wrong.push(`${queue} is owned in ${group} by ${members.join(' and ') || 'nobody'}`);
    }
    return wrong;
  }

  #begin({ group, member, place }: Extract<Observation, { kind: 'begin' }>): void {
    if (!this.orderly.has(group)) return;
    const key = `${group} ${place.queue}`;
    const other = this.#working.get(key);
    if (other !== undefined && other !== member)
      this.report(`${member} (${group}) works on ${place.queue} while ${other} does`);
    this.#working.set(key, member);
  }
}
