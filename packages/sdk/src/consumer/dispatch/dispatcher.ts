import type { AssignedQueue, PulledMessage } from '../assigned-queue.js';

/** Brings pulled messages to handlers and their verdicts to effect. */
export interface Dispatcher {
  /** Messages whose handlers run now. */
  readonly inFlight: number;
  /** Messages of an owned queue, in order. */
  submit(assigned: AssignedQueue, messages: PulledMessage[]): void;
  /** No new handler starts; resolves when the running ones have ended, or at the monotonic `deadline`, when they are abandoned. */
  drain(deadline: number): Promise<void>;
}
