import { ack, type ConsumeResult, reject, retry, type RetryDelay } from '../message/consume-result.js';
import type { MessageView } from '../message/message-view.js';
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

class StreamDelivery<T> implements Delivery<T> {
  #onSettled: ((verdict: ConsumeResult) => void) | undefined;

  constructor(
    readonly message: MessageView<T>,
    readonly context: HandlerContext,
    onSettled: (verdict: ConsumeResult) => void,
  ) {
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#onSettled === undefined;
  }

  ack(): void {
    this.#settle(ack());
  }

  retry(delay?: RetryDelay): void {
    this.#settle(retry(delay));
  }

  reject(reason?: string): void {
    this.#settle(reject(reason));
  }

  #settle(verdict: ConsumeResult): void {
    const onSettled = this.#onSettled;
    this.#onSettled = undefined;
    onSettled?.(verdict);
  }
}

/** Makes a delivery whose first verdict goes to `onSettled`; later ones are ignored. */
export function createDelivery<T>(
  message: MessageView<T>,
  context: HandlerContext,
  onSettled: (verdict: ConsumeResult) => void,
): Delivery<T> {
  return new StreamDelivery(message, context, onSettled);
}
