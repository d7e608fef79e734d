import type { PulledMessage } from '../assigned-queue.js';
import { createDelivery, type Delivery } from '../delivery.js';
import type { BatchHandler, MessageHandler } from '../handler.js';
import { type Verdict, verdictOf } from '../verdict.js';
import type { HandlerCall } from './handler-call.js';

/** Told when a handler fails; cannot change the verdict. */
export type ErrorListener = (messages: readonly PulledMessage[], error: unknown, verdict: Verdict) => void;

/** Where the messages of one subscription go: how many at once, and what is done with them. */
export interface Lane {
  /** Messages a call gets at most. */
  readonly size: number;
  /** How long an incomplete batch waits for more; 0 does not wait. */
  readonly lingerMs: number;
  /** Calls of this lane at once; the consumer's `concurrency` holds beside it. */
  readonly maxCalls: number;
  /** Its `maxCalls` is a credit of its own beside the consumer's `concurrency`, and it looks at bodies itself. */
  readonly stream: boolean;
  readonly onError?: ErrorListener | undefined;
  /** Returns what a handler may return. */
  run(call: HandlerCall): unknown;
}

export function messageLane<T>(handler: MessageHandler<T>, onError?: ErrorListener): Lane {
  return { size: 1, lingerMs: 0, maxCalls: Infinity, stream: false, onError, run: (call) => handler(call.messages[0] as PulledMessage<T>, call) };
}

export function batchLane<T>(handler: BatchHandler<T>, size: number, lingerMs: number, onError?: ErrorListener): Lane {
  return { size, lingerMs, maxCalls: Infinity, stream: false, onError, run: (call) => handler(call.messages as readonly PulledMessage<T>[], call) };
}

/** Hands deliveries to `emit`, at most `maxInFlight` of them unsettled: the credit of a stream. */
export function streamLane<T>(emit: (delivery: Delivery<T>) => void, maxInFlight: number, onError?: ErrorListener): Lane {
  return {
    size: 1,
    lingerMs: 0,
    maxCalls: maxInFlight,
    stream: true,
    onError,
    run: (call) =>
      new Promise<Verdict>((resolve) => {
        emit(createDelivery(call.messages[0] as PulledMessage<T>, call, (verdict) => resolve(verdictOf(verdict))));
      }),
  };
}
