import type { Delivered } from './delivery-checker.js';

/**
 * An orderly group sees each queue in order: a message that was not seen before never comes after a later one of its queue,
 * and two members never work on one queue at a time.
 */
export class QueueOrderChecker {
  readonly #latest = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #working = new Map<string, string>();
  readonly violations: string[] = [];

  begin(member: string, { queue, queueOffset }: Delivered): void {
    const other = this.#working.get(queue);
    if (other !== undefined) this.violations.push(`${member} works on ${queue} while ${other} does`);
    this.#working.set(queue, member);
    const key = `${queue}#${queueOffset}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const latest = this.#latest.get(queue) ?? -1;
    if (queueOffset < latest) this.violations.push(`${queue}: offset ${queueOffset} came after ${latest}`);
    this.#latest.set(queue, Math.max(latest, queueOffset));
  }

  end(queue: string): void {
    this.#working.delete(queue);
  }
}
