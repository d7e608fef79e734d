import type { BrokerParts } from '@cometmq/broker';
import { SystemTopic } from '@cometmq/protocol';

/** Messages that wait for their time: delayed ones and retries. */
export interface Delayed {
  readonly count: number;
  /** Wall clock of the servers when the next one is due. */
  readonly nextDueAt: number | undefined;
}

/** What waits in the queues of the delay levels. */
export async function delayedMessages(brokers: Iterable<{ readonly parts: BrokerParts }>): Promise<Delayed> {
  let count = 0;
  let nextDueAt: number | undefined;
  for (const { parts } of brokers) {
    const { delayLevels, delayOffsets, store } = parts;
    for (let level = 1; level <= delayLevels.length; level += 1) {
      const end = store.maxOffset(SystemTopic.SCHEDULE, level - 1);
      const next = Math.max(delayOffsets.get(level) ?? 0, store.minOffset(SystemTopic.SCHEDULE, level - 1));
      if (next >= end) continue;
      count += end - next;
      // The value of a delay queue's entry is its time of delivery.
      const entry = await store.entryAt(SystemTopic.SCHEDULE, level - 1, next);
      if (entry !== undefined) nextDueAt = Math.min(nextDueAt ?? Number.POSITIVE_INFINITY, entry.tagsCode);
    }
  }
  return { count, nextDueAt };
}

/** Features that plan by times of their own: while they have messages no timer may be passed over. */
const TIMED_TOPICS = /^(RMQ_SYS_TRANS_HALF_TOPIC|rmq_sys_wheel_timer|rmq_sys_REVIVE_LOG_.*)$/i;

/** Whether messages wait in a way that `delayedMessages` does not see (transactions, timers, pop). */
export function hasOtherTimedMessages(brokers: Iterable<{ readonly parts: BrokerParts }>): boolean {
  for (const { parts } of brokers) {
    for (const { topic, queueId } of parts.store.queues()) {
      if (TIMED_TOPICS.test(topic) && parts.store.maxOffset(topic, queueId) > 0) return true;
    }
  }
  return false;
}
