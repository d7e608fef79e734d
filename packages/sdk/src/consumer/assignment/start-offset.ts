import { getMaxOffset, getMinOffset, isRetryTopic, ResponseCode, searchOffsetByTimestamp } from '@cometmq/protocol';
import type { ClientInstance } from '../../client/client-instance.js';
import { brokerError } from '../../client/errors.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { ConsumeFrom } from '../consumer-options.js';
import type { OffsetStore } from '../offsets/offset-store.js';

const TIMEOUT_MS = 5000;

/** One past the newest message of a queue. */
export async function maxOffset(client: ClientInstance, queue: MessageQueue): Promise<number> {
  const answer = await client.invokeBroker(queue.brokerName, getMaxOffset, { topic: queue.topic, queueId: queue.queueId, committed: true }, { timeoutMs: TIMEOUT_MS });
  if (answer.code !== ResponseCode.SUCCESS) throw brokerError(getMaxOffset.name, queue.brokerName, answer);
  return answer.header!.offset;
}

/** The oldest message of a queue. */
export async function minOffset(client: ClientInstance, queue: MessageQueue): Promise<number> {
  const answer = await client.invokeBroker(queue.brokerName, getMinOffset, { topic: queue.topic, queueId: queue.queueId }, { timeoutMs: TIMEOUT_MS });
  if (answer.code !== ResponseCode.SUCCESS) throw brokerError(getMinOffset.name, queue.brokerName, answer);
  return answer.header!.offset;
}

/** The first offset stored at or after a time. */
export async function offsetAt(client: ClientInstance, queue: MessageQueue, time: Date): Promise<number> {
  const header = { topic: queue.topic, queueId: queue.queueId, timestamp: time.getTime() };
  const answer = await client.invokeBroker(queue.brokerName, searchOffsetByTimestamp, header, { timeoutMs: TIMEOUT_MS });
  if (answer.code !== ResponseCode.SUCCESS) throw brokerError(searchOffsetByTimestamp.name, queue.brokerName, answer);
  return answer.header!.offset;
}

/**
 * Where a newly owned queue starts: at the stored offset, else where `consumeFrom` says; retry topics from their beginning,
 * or nothing sent back before the group's first start would ever come (client-behaviour 8.2).
 */
export async function startOffset(client: ClientInstance, offsets: OffsetStore, queue: MessageQueue, consumeFrom: ConsumeFrom): Promise<number> {
  const stored = await offsets.load(queue);
  if (stored !== undefined) return stored;
  if (consumeFrom === 'first') return 0;
  const retries = isRetryTopic(queue.topic);
  if (consumeFrom === 'last') return retries ? 0 : maxOffset(client, queue);
  return retries ? maxOffset(client, queue) : offsetAt(client, queue, consumeFrom.timestamp);
}
