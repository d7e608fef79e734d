import { closedProperties, MessageProperty, SystemTopic, withoutProperty } from '@cometmq/protocol';
import type { MessageToStore } from '@cometmq/store';

/** Where a message goes and what its properties say. */
export type Destination = Pick<MessageToStore, 'topic' | 'queueId' | 'properties'>;

const TIMER_PROPERTIES = [
  MessageProperty.TIMER_DELAY_SEC,
  MessageProperty.TIMER_DELAY_MS,
  MessageProperty.TIMER_DELIVER_MS,
] as const;

/**
 * Leads a message into the queue of its delay level; where it wanted to go is kept in REAL_TOPIC and REAL_QID
 * (broker-semantics, 1.5). Levels beyond the last count as the last; timer properties lose against a level.
 */
export function scheduled(message: Destination, level: number, maxLevel: number): Destination {
  let properties = message.properties;
  for (const name of [...TIMER_PROPERTIES, MessageProperty.REAL_TOPIC, MessageProperty.REAL_QUEUE_ID]) {
    properties = withoutProperty(properties, name);
  }
  const capped = Math.min(level, maxLevel);
  if (capped !== level)
    properties = `${closedProperties(withoutProperty(properties, MessageProperty.DELAY_TIME_LEVEL))}DELAY\u0001${capped}\u0002`;
  properties = `${closedProperties(properties)}REAL_TOPIC\u0001${message.topic}\u0002REAL_QID\u0001${message.queueId}\u0002`;
  return { topic: SystemTopic.SCHEDULE, queueId: capped - 1, properties };
}
