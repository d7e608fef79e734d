import type { Logger } from '@cometmq/runtime';
import type { RetryDelay } from '../message/consume-result.js';
import { type MessageQueue, queueKey } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';

/** What happens to a consumer's messages and queues, for those who watch. */
export type ConsumerNotice =
  /** A handler failed. */
  | { readonly type: 'error'; readonly message: MessageView; readonly error: unknown; readonly willRetry: boolean }
  /** The message comes again: a handler failed, asked for it or took too long. */
  | { readonly type: 'retry'; readonly message: MessageView; readonly delay?: RetryDelay | undefined }
  /** The message goes to the dead letters; with broadcasting it is skipped. */
  | { readonly type: 'deadLetter'; readonly message: MessageView; readonly reason?: string | undefined }
  | { readonly type: 'assigned' | 'revoked'; readonly queues: readonly MessageQueue[] };

export type ConsumerNoticeOf<T extends ConsumerNotice['type']> = ConsumerNotice & { readonly type: T };

/** Hands events to listeners. What a listener throws is logged; nothing else depends on it. */
export class ConsumerEvents {
  readonly #listeners = new Set<(event: ConsumerNotice) => void>();
  #owned: readonly MessageQueue[] = [];

  constructor(
    private readonly logger: Logger,
    private readonly group: string,
  ) {}

  listen(listener: (event: ConsumerNotice) => void): () => void {
    // Wrapped: the same function may listen twice.
    const own = (event: ConsumerNotice) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(event: ConsumerNotice): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error('a listener for events of a consumer failed', {
          group: this.group,
          event: event.type,
          error,
        });
      }
    }
  }

  /** What is owned now: tells what of it is new and what is gone. */
  ownership(queues: readonly MessageQueue[]): void {
    const before = new Set(this.#owned.map(queueKey));
    const after = new Set(queues.map(queueKey));
    const revoked = this.#owned.filter((queue) => !after.has(queueKey(queue)));
    const assigned = queues.filter((queue) => !before.has(queueKey(queue)));
    this.#owned = queues;
    if (revoked.length > 0) this.emit({ type: 'revoked', queues: revoked });
    if (assigned.length > 0) this.emit({ type: 'assigned', queues: assigned });
  }
}
