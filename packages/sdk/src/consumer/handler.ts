import type { ObservableInput } from 'rxjs';
import type { ConsumeResult } from '../message/consume-result.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';

export interface HandlerContext {
  readonly group: string;
  readonly queue: MessageQueue;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Fires when the message took longer than `consumeTimeoutMs` or the consumer's close no longer waits. */
  readonly signal: AbortSignal;
}

/** Returning nothing or a value is `ack`, throwing is `retry`; of an Observable (or the like) the completion counts. */
export type MessageHandler<T> = (
  message: MessageView<T>,
  context: HandlerContext,
) => ConsumeResult | Promise<ConsumeResult> | ObservableInput<unknown>;
/** One verdict for all messages of the call. */
export type BatchHandler<T> = (
  messages: readonly MessageView<T>[],
  context: HandlerContext,
) => ConsumeResult | Promise<ConsumeResult>;
