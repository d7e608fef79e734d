import type { MessageView } from '../message/message-view.js';
import { ack, type ConsumeResult, reject, retry, type RetryDelay } from '../message/consume-result.js';
import type { HandlerContext } from './handler.js';

/** One message handed to a stream. It must be settled once; until then it counts as in flight. */
export interface Delivery<T = unknown> {
  readonly message: MessageView<T>;
  readonly context: HandlerContext;
  readonly settled: boolean;
  ack(): void;
  retry(delay?: RetryDelay): void;
  reject(reason?: string): void;
}

/** Makes a delivery whose first verdict goes to `onSettled`; later ones are ignored. */
export function createDelivery<T>(message: MessageView<T>, context: HandlerContext, onSettled: (verdict: ConsumeResult) => void): Delivery<T> {
  let settled = false;
  const settle = (verdict: ConsumeResult) => {
    if (settled) return;
    settled = true;
    onSettled(verdict);
  };
  return {
    message,
    context,
    get settled() {
      return settled;
    },
    ack: () => settle(ack()),
    retry: (delay) => settle(retry(delay)),
    reject: (reason) => settle(reject(reason)),
  };
}
