import { notifyConsumerIdsChanged } from '@cometmq/protocol';
import type { Clock, Logger } from '@cometmq/runtime';
import type { ConsumerGroup } from './consumer-group.js';

/** Whether members of a group may be told of changes. */
export type MayNotify = (group: string) => boolean;

/**
 * Tells the members of a group that the set of members or topics has changed, one-way, so that they rebalance at once.
 * Changes of one turn of the event loop are one notice: a thousand clients that arrive together are not a million frames.
 */
export class MemberNotifier {
  readonly #waiting = new Set<ConsumerGroup>();

  constructor(
    private readonly clock: Pick<Clock, 'afterTurn'>,
    private readonly mayNotify: MayNotify,
    private readonly logger: Logger,
  ) {}

  changed(group: ConsumerGroup): void {
    // Every member of a broadcasting group has all queues whoever else is there.
    if (group.settings.messageModel === 'BROADCASTING' || !this.mayNotify(group.name)) return;
    if (this.#waiting.size === 0) this.clock.afterTurn(() => this.#flush());
    this.#waiting.add(group);
  }

  #flush(): void {
    const groups = [...this.#waiting];
    this.#waiting.clear();
    for (const group of groups) {
      for (const { connection, clientId } of group.channels.values()) {
        try {
          connection.oneway(notifyConsumerIdsChanged, { consumerGroup: group.name });
        } catch (error) {
          this.logger.debug('a member could not be told that its group changed', {
            group: group.name,
            clientId,
            error,
          });
        }
      }
    }
  }
}
