import { type invokeBrokerToResetOffset, type MessageQueue, resetOffsetBody, ResponseCode } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof invokeBrokerToResetOffset;

/**
 * INVOKE_BROKER_TO_RESET_OFFSET 222: moves a group to a time, or one queue to an offset. Its consumers hear of it with their
 * next pull, as with Apache's `useServerSideResetOffset` (broker-semantics, 4.6).
 */
export function invokeBrokerToResetOffsetProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  const { groups, offsets, settings, store, topics } = parts;
  const atTime = async (topic: string, queueId: number, timestamp: number): Promise<number> =>
    timestamp < 0 ? store.maxOffset(topic, queueId) : store.offsetByTimestamp(topic, queueId, timestamp, 'LOWER');
  return async ({ header }) => {
    const { group, offset, queueId, timestamp, topic } = header;
    const config = topics.get(topic);
    if (config === undefined) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `Topic ${topic} does not exist` };
    if (groups.get(group) === undefined)
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `Group ${group} does not exist` };
    const [min, end] = [store.minOffset(topic, queueId), store.maxOffset(topic, queueId) + 1];
    if (queueId >= config.readQueueNums || (queueId >= 0 && offset !== undefined && (offset < min || offset > end)))
      return { code: ResponseCode.SYSTEM_ERROR, remark: `Target offset ${offset} is not between ${min} and ${end}` };
    const queueIds = queueId >= 0 ? [queueId] : Array.from({ length: config.readQueueNums }, (_, id) => id);
    const offsetTable: (readonly [MessageQueue, number])[] = [];
    for (const id of queueIds) {
      const target = queueId >= 0 && offset !== undefined ? offset : await atTime(topic, id, timestamp);
      offsetTable.push([{ topic, brokerName: settings.brokerName, queueId: id }, target]);
    }
    for (const [queue, target] of offsetTable) offsets.reset(group, topic, queue.queueId, target);
    return { code: ResponseCode.SUCCESS, body: resetOffsetBody.encode({ offsetTable }) };
  };
}
