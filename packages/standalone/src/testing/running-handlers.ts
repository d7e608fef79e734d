import { tracingChannel } from 'node:diagnostics_channel';
import type { Clock } from '@cometmq/runtime';
import { CONSUME_CHANNEL, type ConsumeTrace, SEND_CHANNEL, type Tracing } from '@cometmq/sdk';

/** A handler that has been called and has not come to its end. */
export interface RunningHandler {
  readonly group: string;
  readonly topic: string;
  readonly msgId: string;
  /** Of the real clock, monotonic. */
  readonly since: number;
}

/**
 * Which handlers run in the clients that live on this server's ports. It is their tracing: other tools of the process
 * (diagnostics_channel) hear of sends and consumes as they do of any client.
 */
export class RunningHandlers {
  readonly #running = new Set<RunningHandler>();
  #finished = 0;

  constructor(private readonly realClock: Pick<Clock, 'monotonic'>) {}

  readonly tracing: Tracing = {
    send: { heard: true, trace: (operation, context) => tracingChannel(SEND_CHANNEL).tracePromise(operation, context) },
    consume: { heard: true, trace: (operation, context) => this.#trace(operation, context) },
  };

  get all(): Iterable<RunningHandler> {
    return this.#running;
  }

  get count(): number {
    return this.#running.size;
  }

  /** Calls that have come to an end. */
  get finished(): number {
    return this.#finished;
  }

  /** Those that began less than `ms` of real time ago. */
  youngerThan(ms: number): number {
    const limit = this.realClock.monotonic() - ms;
    let count = 0;
    for (const handler of this.#running) if (handler.since > limit) count += 1;
    return count;
  }

  clear(): void {
    this.#running.clear();
  }

  async #trace<Result>(operation: () => Promise<Result>, context: ConsumeTrace): Promise<Result> {
    const { message, group } = context;
    const handler = { group, topic: message.topic, msgId: message.msgId, since: this.realClock.monotonic() };
    this.#running.add(handler);
    try {
      return await tracingChannel<string, ConsumeTrace>(CONSUME_CHANNEL).tracePromise(operation, context);
    } finally {
      this.#running.delete(handler);
      this.#finished += 1;
    }
  }
}
