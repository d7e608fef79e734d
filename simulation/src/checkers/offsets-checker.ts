import { brokerOf, type Observation } from '../observations.js';
import type { Checker, Report } from './checker.js';

interface Progress {
  /** Offsets some handler is done with, at or above `doneTo`. */
  readonly done: Set<number>;
  /** Some handler is done with everything below. */
  doneTo: number;
  /** One past the highest offset that came. */
  end: number;
  /** What the broker holds; -1: nothing. */
  committed: number;
  /** By member that owns the queue, what it has committed last; -1: nothing yet. */
  readonly owners: Map<string, number>;
  /** Orderly: until when somebody has the queue's lock. */
  lockedUntilMs: number;
  lockedBy: string;
}

/**
 * Committed offsets only go forward: of an orderly group whoever commits while a member has the lock, of a concurrent
 * group those of each owner (two members may take themselves for the owner for a moment: the broker takes any value, and
 * messages come again). A broker that was killed may have forgotten the newest. No commit passes a message that nobody was
 * done with, and in the end all are at the end of their queues.
 */
export class OffsetsChecker implements Checker {
  readonly name = 'offsets';
  readonly #progress = new Map<string, Progress>();

  constructor(
    private readonly orderly: ReadonlySet<string>,
    private readonly report: Report,
  ) {}

  get settled(): boolean {
    return [...this.#progress.values()].every(({ committed, end }) => end === 0 || committed >= end);
  }

  observe(observation: Observation): void {
    switch (observation.kind) {
      case 'gone':
        this.#forget(observation.program, observation.killed);
        break;
      case 'owned':
        this.#own(observation);
        break;
      case 'committed':
        this.#commit(observation);
        break;
      case 'locked':
        this.#lock(observation);
        break;
      case 'begin':
      case 'end':
        this.#note(observation);
        break;
      default:
    }
  }

  validate(): string[] {
    return [...this.#progress]
      .filter(([, { committed, end }]) => end > 0 && committed < end)
      .map(([key, { committed, end }]) => `${key} is committed to ${committed}, and its end is ${end}`);
  }

  #note({ group, kind, place }: Extract<Observation, { kind: 'begin' | 'end' }>): void {
    const progress = this.#of(group, place.queue);
    progress.end = Math.max(progress.end, place.offset + 1);
    if (kind === 'begin' || place.offset < progress.doneTo) return;
    progress.done.add(place.offset);
    while (progress.done.delete(progress.doneTo)) progress.doneTo += 1;
  }

  #commit({ atMs, by, group, queue, offset }: Extract<Observation, { kind: 'committed' }>): void {
    const progress = this.#of(group, queue);
    if (by === undefined) {
      if (progress.committed < 0) progress.committed = offset;
      return;
    }
    const own = progress.owners.get(by);
    // What comes of a queue that nobody has the lock of is late; so is what an owner before says.
    const locked = this.orderly.has(group) && progress.lockedUntilMs > atMs;
    const before = locked ? progress.committed : (own ?? -1);
    if (offset < before)
      this.report(`${by} took the committed offset of ${group} on ${queue} back from ${before} to ${offset}`);
    if (offset > progress.doneTo && offset > progress.committed)
      this.report(`${by} committed ${offset} for ${group} on ${queue}, and ${progress.doneTo} has not been handled`);
    progress.committed = offset;
    if (own !== undefined) progress.owners.set(by, offset);
  }

  #lock({ group, member, queue, untilMs }: Extract<Observation, { kind: 'locked' }>): void {
    const progress = this.#of(group, queue);
    if (untilMs === 0 && progress.lockedBy !== member) return;
    progress.lockedBy = member;
    progress.lockedUntilMs = untilMs;
  }

  #own({ group, member, queues }: Extract<Observation, { kind: 'owned' }>): void {
    for (const queue of queues) {
      const { owners } = this.#of(group, queue);
      if (!owners.has(member)) owners.set(member, -1);
    }
    for (const [key, { owners }] of this.#progress)
      if (!queues.some((queue) => key === `${group} ${queue}`)) owners.delete(member);
  }

  #forget(program: string, killed: boolean): void {
    for (const [key, progress] of this.#progress) {
      progress.owners.delete(program);
      if (brokerOf(key.slice(key.indexOf(' ') + 1)) !== program) continue;
      progress.lockedUntilMs = 0;
      if (killed) progress.committed = -1;
    }
  }

  #of(group: string, queue: string): Progress {
    const key = `${group} ${queue}`;
    let progress = this.#progress.get(key);
    if (progress === undefined)
      this.#progress.set(
        key,
        (progress = {
          done: new Set(),
          doneTo: 0,
          end: 0,
          committed: -1,
          owners: new Map(),
          lockedUntilMs: 0,
          lockedBy: '',
        }),
      );
    return progress;
  }
}
