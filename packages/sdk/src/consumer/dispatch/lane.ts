import { RocketMQError } from '../../client/errors.js';
import type { ConsumeResult } from '../../message/consume-result.js';
import type { PulledMessage } from '../assigned-queue.js';
import { createDelivery, type Delivery } from '../delivery.js';
import type { BatchHandler, HandlerContext, MessageHandler } from '../handler.js';
import { type Verdict, verdictOf } from '../verdict.js';

/** What a lane is called with. */
export interface LaneCall extends HandlerContext {
  /** At least one. */
  readonly messages: readonly PulledMessage[];
  /** The verdict is known and on its way: the call is not to be given up any more. */
  decided: boolean;
}

/** Where the messages of one subscription go: how many at once, and what is done with them. */
export interface Lane {
  /** Messages a call gets at most. */
  readonly size: number;
  /** How long an incomplete batch waits for more; 0 does not wait. */
  readonly lingerMs: number;
  /** Streams: calls at once, instead of the consumer's `concurrency`. */
  readonly credit: number | undefined;
  /** Returns what a handler may return. */
  run(call: LaneCall): unknown;
}

export function messageLane<T>(handler: MessageHandler<T>): Lane {
  return {
    size: 1,
    lingerMs: 0,
    credit: undefined,
    run: (call) => handler(call.messages[0] as PulledMessage<T>, call),
  };
}

export function batchLane<T>(handler: BatchHandler<T>, size: number, lingerMs: number): Lane {
  return {
    size,
    lingerMs,
    credit: undefined,
    run: (call) => handler(call.messages as readonly PulledMessage<T>[], call),
  };
}

/** Hands deliveries to a subscriber, at most `maxInFlight` of them unsettled; without a subscriber none. */
export class StreamLane<T = unknown> implements Lane {
  readonly size = 1;
  readonly lingerMs = 0;
  #maxInFlight = 0;
  #next: ((delivery: Delivery<T>) => void) | undefined;

  get credit(): number {
    return this.#next === undefined ? 0 : this.#maxInFlight;
  }

  get isOpen(): boolean {
    return this.#next !== undefined;
  }

  open(next: (delivery: Delivery<T>) => void, maxInFlight: number): void {
    this.#next = next;
    this.#maxInFlight = maxInFlight;
  }

  shut(): void {
    this.#next = undefined;
  }

  run(call: LaneCall): Promise<Verdict> {
    const next = this.#next;
    if (next === undefined) throw new RocketMQError('CLOSED', 'the stream of this message has no subscriber now');
    return new Promise<Verdict>((resolve) => {
      const settle = (verdict: ConsumeResult) => {
        call.decided = true;
        resolve(verdictOf(verdict));
      };
      next(createDelivery(call.messages[0] as PulledMessage<T>, call, settle));
    });
  }
}
