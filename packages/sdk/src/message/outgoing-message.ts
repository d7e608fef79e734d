import type { MessageQueue } from './message-queue.js';

/** When to deliver. `level` is the 4.x delay level (1..18), `afterMs`/`at` the 5.x timer wheel (any time, precise to a second). */
export type DelaySpec = { readonly level: number } | { readonly afterMs: number } | { readonly at: Date };

/** What a producer sends. `body`: Buffer/Uint8Array are sent as they are; anything else goes through the `codec`. */
export interface OutgoingMessage<T = unknown> {
  topic: string;
  body: T;
  /** One tag; consumers filter by it. */
  tags?: string;
  /** Words by which the message can be found again in the broker's index. */
  keys?: string | readonly string[];
  /** FIFO key: the same key always goes to the same queue. */
  shardingKey?: string;
  delay?: DelaySpec;
  /** The user's own; RocketMQ's names are refused, and so are empty values and the characters 0x01 and 0x02. */
  properties?: Readonly<Record<string, string>>;
  /** Default true: wait for the store status (flush/replication), per the broker's policy. */
  waitStoreOk?: boolean;
}

export type SendOptions<T = unknown> = Omit<OutgoingMessage<T>, 'topic' | 'body'> & {
  /** Over all tries; default `sendTimeoutMs` of the producer. */
  timeoutMs?: number;
  /** Gives the send up; the broker may store the message all the same. */
  signal?: AbortSignal;
  /** A fixed queue, or a chooser. Overrides `shardingKey`. */
  queue?: MessageQueue | ((queues: readonly MessageQueue[], message: OutgoingMessage<T>) => MessageQueue);
};

/**
 * All four are stored. FLUSH_DISK_TIMEOUT: not yet known to be on disk; FLUSH_SLAVE_TIMEOUT, SLAVE_NOT_AVAILABLE: not yet
 * known to be on a replica.
 */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE';

export interface SendResult {
  readonly status: SendStatus;
  /** The id the producer gave the message. */
  readonly msgId: string;
  /** The id by which the broker finds it: its address and the position in its log. */
  readonly offsetMsgId: string;
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  readonly transactionId?: string;
  /** For delayed messages: pass to {@link Producer.recall}. */
  readonly recallHandle?: string;
}
