import { javaStringHash } from '@cometmq/protocol';
import type { MessageQueue } from '../message/message-queue.js';

/** `undefined`: every broker will do. */
export type BrokerTest = ((brokerName: string) => boolean) | undefined;

/**
 * Round robin from `cursor`: the first queue whose broker is not the one that just failed and passes the test; without such
 * a queue the next one whatever its broker (Java TopicPublishInfo.selectOneMessageQueue). -1 without queues.
 */
export function roundRobin(
  queues: readonly MessageQueue[],
  cursor: number,
  avoid?: string,
  usable?: BrokerTest,
): number {
  const count = queues.length;
  if (count === 0) return -1;
  const start = cursor % count;
  if (avoid === undefined && usable === undefined) return start;
  for (const test of usable === undefined ? [undefined] : [usable, undefined]) {
    for (let step = 0; step < count; step++) {
      const index = (start + step) % count;
      const { brokerName } = queues[index]!;
      if (brokerName !== avoid && (test === undefined || test(brokerName))) return index;
    }
  }
  return start;
}

/**
 * The queue of a sharding key: Java's `Math.abs(key.hashCode() % count)` (SelectMessageQueueByHash), so a Java producer with
 * that selector and the same key writes to the same queue. The order of a key holds only while the number of queues stays.
 */
export function byShardingKey(count: number, shardingKey: string): number {
  return Math.abs(javaStringHash(shardingKey) % count);
}

/** The index of a queue the caller named, -1 when the topic has no such queue that can be written. */
export function indexOfQueue(
  queues: readonly MessageQueue[],
  wanted: Pick<MessageQueue, 'brokerName' | 'queueId'>,
): number {
  return queues.findIndex((queue) => queue.queueId === wanted.queueId && queue.brokerName === wanted.brokerName);
}
