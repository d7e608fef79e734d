import type { MessageQueue } from '../../message/message-queue.js';

export interface LoadOptions {
  /**
   * Only what was really stored. By default a broker says 0 for a group without an offset while the queue is young
   * (client-behaviour 8.2), which new groups on fresh topics rely on.
   */
  readonly exact?: boolean;
}

/** Where a group's progress is kept: on the broker (clustering) or with this instance (broadcasting). */
export interface OffsetStore {
  /** The stored offset; undefined when the group has none. Rejects when nobody can tell: the queue then has to wait. */
  load(queue: MessageQueue, options?: LoadOptions): Promise<number | undefined>;
  /** Stores offsets. Never rejects: what fails is stored by the next round. */
  save(offsets: readonly { readonly queue: MessageQueue; readonly offset: number }[]): Promise<void>;
}
