import { type Clock, sleep } from '@cometmq/runtime';
import type { HandlerCall } from './handler-call.js';
import type { Lane } from './lane.js';

const DRAIN_POLL_MS = 5;

/** The calls that did not end at once. Each is bounded by `concurrency` or a stream's credit. */
export class RunningCalls {
  /** In the order in which they began. */
  readonly #calls = new Set<HandlerCall>();
  #messages = 0;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#calls.size;
  }

  /** Messages of all calls. */
  get messages(): number {
    return this.#messages;
  }

  add(call: HandlerCall): void {
    this.#calls.add(call);
    this.#messages += call.messages.length;
  }

  remove(call: HandlerCall): void {
    if (this.#calls.delete(call)) this.#messages -= call.messages.length;
  }

  /** Those of a lane whose verdict is still open. */
  undecided(lane: Lane): HandlerCall[] {
    return [...this.#calls].filter((call) => call.lane === lane && !call.decided);
  }

  /** Calls that began at or before a monotonic moment. */
  since(moment: number): HandlerCall[] {
    const overdue: HandlerCall[] = [];
    for (const call of this.#calls) {
      if (call.startedAt > moment) break;
      overdue.push(call);
    }
    return overdue;
  }

  /** Waits for all to end; at the monotonic deadline the rest is abandoned. Returns how many those were. */
  async drain(deadline: number): Promise<number> {
    while (this.#calls.size > 0 && this.clock.monotonic() < deadline) await sleep(this.clock, DRAIN_POLL_MS);
    const left = [...this.#calls];
    for (const call of left) call.abandon(new Error('the consumer has been closed'));
    return left.length;
  }
}
