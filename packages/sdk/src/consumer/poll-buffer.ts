import { queueKey } from '../message/message-queue.js';
import type { AssignedQueue, PulledMessage } from './assigned-queue.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { MessageLine } from './dispatch/message-line.js';

/** What has been pulled and not been polled, queue by queue; polling settles. The queues' windows bound it. */
export class PollBuffer implements Dispatcher {
  readonly inFlight = 0;
  readonly paused = new Set<string>();
  readonly #lines = new Map<AssignedQueue, MessageLine>();
  readonly #arrivals = new Set<() => void>();

  constructor(private readonly now: () => number) {}

  start(): void {}

  submit(assigned: AssignedQueue, messages: PulledMessage[]): void {
    let line = this.#lines.get(assigned);
    if (line === undefined) this.#lines.set(assigned, (line = new MessageLine()));
    for (const message of messages) line.push(message);
    this.wake();
  }

  drain(): Promise<void> {
    this.#lines.clear();
    this.wake();
    return Promise.resolve();
  }

  /** Takes up to `max` messages of queues that are not paused: in order per queue, the queue that was served last comes last. */
  take(max: number): PulledMessage[] {
    const taken: PulledMessage[] = [];
    for (const [assigned, line] of [...this.#lines]) {
      if (assigned.dropped || line.length === 0) this.#lines.delete(assigned);
      if (assigned.dropped || this.paused.has(queueKey(assigned.queue))) continue;
      if (taken.length >= max) break;
      for (let message = line.shift(); message !== undefined; message = line.shift()) {
        assigned.settle(message, this.now());
        if (taken.push(message) >= max) break;
      }
      this.#lines.delete(assigned);
      if (line.length > 0) this.#lines.set(assigned, line);
    }
    return taken;
  }

  /** Calls back at the next arrival; returns how to take that back. */
  onArrival(callback: () => void): () => void {
    this.#arrivals.add(callback);
    return () => void this.#arrivals.delete(callback);
  }

  /** Lets waiting polls look again. */
  wake(): void {
    const waiting = [...this.#arrivals];
    this.#arrivals.clear();
    for (const callback of waiting) callback();
  }
}
