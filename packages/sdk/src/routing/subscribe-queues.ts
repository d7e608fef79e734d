import type { MessageQueue } from '../message/message-queue.js';
import type { RouteQueues } from './route.js';

/** Queues that can be read: the permission has R (client-behaviour 1.3). In Apache's order. */
export function subscribeQueues(topic: string, queues: readonly RouteQueues[]): readonly MessageQueue[] {
  return Object.freeze(
    queues
      .filter((of) => of.readable)
      .flatMap((of) =>
        Array.from({ length: of.readQueues }, (_, queueId) => ({ topic, brokerName: of.brokerName, queueId })),
      ),
  );
}
