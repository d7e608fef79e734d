import type { MessageQueue } from '../../message/message-queue.js';

/** Where a group's progress is kept: on the broker (clustering) or with this instance (broadcasting). */
export interface OffsetStore {
  /** The stored offset; undefined when the group has none. Rejects when nobody can tell: the queue then has to wait. */
  load(queue: MessageQueue): Promise<number | undefined>;
  /** Stores offsets. Never rejects: what fails is stored by the next round. */
  save(offsets: readonly { readonly queue: MessageQueue; readonly offset: number }[]): Promise<void>;
}
