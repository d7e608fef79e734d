import { getMaxOffset, getMinOffset, isRetryTopic, ResponseCode, searchOffsetByTimestamp } from '@cometmq/protocol';
import type { ClientInstance } from '../../client/client-instance.js';
import { brokerError } from '../../client/errors.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { ConsumeFrom } from '../consumer-options.js';
import type { OffsetStore } from '../offsets/offset-store.js';

const TIMEOUT_MS = 5000;

type Question = typeof getMaxOffset | typeof getMinOffset | typeof searchOffsetByTimestamp;

/** The offset in a broker's answer; throws what the broker refused. */
function offsetOf(
  question: Question,
  queue: MessageQueue,
  answer: {
    readonly code: number;
    readonly remark?: string | undefined;
    readonly header?: { offset: number } | undefined;
  },
): number {
  if (answer.code === ResponseCode.SUCCESS && answer.header !== undefined) return answer.header.offset;
  throw brokerError(question.name, queue.brokerName, answer);
}

/** One past the newest message of a queue. */
export async function maxOffset(client: ClientInstance, queue: MessageQueue): Promise<number> {
  const header = { topic: queue.topic, queueId: queue.queueId, committed: true };
  const options = { timeoutMs: TIMEOUT_MS };
  return offsetOf(getMaxOffset, queue, await client.invokeBroker(queue.brokerName, getMaxOffset, header, options));
}

/** The oldest message of a queue. */
export async function minOffset(client: ClientInstance, queue: MessageQueue): Promise<number> {
  const header = { topic: queue.topic, queueId: queue.queueId };
  const options = { timeoutMs: TIMEOUT_MS };
  return offsetOf(getMinOffset, queue, await client.invokeBroker(queue.brokerName, getMinOffset, header, options));
}

/** The first offset stored at or after a time. */
export async function offsetAt(client: ClientInstance, queue: MessageQueue, time: Date): Promise<number> {
  const header = { topic: queue.topic, queueId: queue.queueId, timestamp: time.getTime() };
  const options = { timeoutMs: TIMEOUT_MS };
  const answer = await client.invokeBroker(queue.brokerName, searchOffsetByTimestamp, header, options);
  return offsetOf(searchOffsetByTimestamp, queue, answer);
}

/**
 * Where a newly owned queue starts: at the stored offset, else where `consumeFrom` says; retry topics from their beginning,
 * or nothing sent back before the group's first start would ever come (client-behaviour 8.2).
 */
export async function startOffset(
  client: ClientInstance,
  offsets: OffsetStore,
  queue: MessageQueue,
  consumeFrom: ConsumeFrom,
): Promise<number> {
  // Who names a time means it, also while the queue is young.
  const stored = await offsets.load(queue, { exact: typeof consumeFrom === 'object' });
  if (stored !== undefined) return stored;
  if (consumeFrom === 'first') return 0;
  const retries = isRetryTopic(queue.topic);
  if (consumeFrom === 'last') return retries ? 0 : maxOffset(client, queue);
  return retries ? maxOffset(client, queue) : offsetAt(client, queue, consumeFrom.timestamp);
}
