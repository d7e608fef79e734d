import type { OperatorFunction } from 'rxjs';
import type { MessageView } from '../message/message-view.js';
import type { OutgoingMessage, SendOptions, SendResult } from '../message/outgoing-message.js';

/** Options of a stream of sends. */
export type PublishOptions<T> = SendOptions<T> & {
  /** Sends without an answer at most; default 32. */
  concurrency?: number;
  /** Gathers up to `size` bodies, or what came within `lingerMs`, into one request. */
  batch?: { size: number; lingerMs: number };
};

/** Made by `mq.producer()`, `@Producer()`, Nest, or `new Producer(client)`. */
export interface Producer extends AsyncDisposable {
  /**
   * Sends a message and waits until the broker has stored it. The body must not be changed before that. Throws RocketMQError; with
   * TIMEOUT and CONNECTION_LOST nobody knows whether the message is stored: sent again it may be there twice.
   */
  send<T>(message: OutgoingMessage<T>, options?: SendOptions<T>): Promise<SendResult>;
  send<T>(topic: string, body: T, options?: SendOptions<T>): Promise<SendResult>;
  /**
   * One request, one queue: same topic, no delay. Split by size when `split` is set; when a part fails then, those before it are
   * stored. One result per message, in order.
   */
  sendBatch<T>(
    messages: readonly OutgoingMessage<T>[],
    options?: SendOptions<T> & { split?: boolean },
  ): Promise<SendResult[]>;
  /** No answer is awaited from the broker: the message may be lost. */
  sendOneway<T>(message: OutgoingMessage<T>): Promise<void>;
  /** Request/reply over the broker (RocketMQ RPC). */
  request<R, T = unknown>(
    message: OutgoingMessage<T>,
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<MessageView<R>>;
  /** Cancel a delayed message that is still waiting. Resolves to its message id. */
  recall(topic: string, recallHandle: string): Promise<string>;
  /** Rx: map a stream of bodies to send results; at most `concurrency` unanswered sends (default 32), in order of arrival. */
  publish<T>(
    target: string | ((body: T) => OutgoingMessage<T>),
    options?: PublishOptions<T>,
  ): OperatorFunction<T, SendResult>;
  /** Takes no more messages, waits for the answers under way, leaves the brokers. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
