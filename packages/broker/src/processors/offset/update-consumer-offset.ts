import { ResponseCode, type updateConsumerOffset } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import { lockedByAnother } from '../../queue-lock/foreign-lock.js';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof updateConsumerOffset;

/** Queues of one topic that offsets are kept of: what a client names beyond is a mistake. */
const MAX_QUEUES = 65_536;

/**
 * UPDATE_CONSUMER_OFFSET 15: the value is taken as it is, smaller ones and -1 too (broker-semantics, 4.1). Only what comes
 * late from a member that has lost the queue's lock is not: unlike on Apache's brokers, orderly progress never goes back.
 */
export function updateConsumerOffsetProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Reply<Definition> {
  return ({ connection, header }) => {
    const { consumerGroup, topic, queueId, commitOffset } = header;
    if (parts.groups.get(consumerGroup) === undefined) {
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `Group ${consumerGroup} not exist!` };
    }
    if (parts.topics.get(topic) === undefined)
      return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `Topic ${topic} not exist!` };
    if (queueId < 0 || queueId >= MAX_QUEUES)
      return { code: ResponseCode.INVALID_PARAMETER, remark: `QueueId ${queueId} is illegal, topic is ${topic}` };
    if (parts.offsets.hasReset(consumerGroup, topic, queueId))
      return { code: ResponseCode.SUCCESS, remark: 'Offset has been previously reset' };
    const queue = { topic, brokerName: parts.settings.brokerName, queueId };
    if (lockedByAnother(parts, consumerGroup, queue, connection))
      return { code: ResponseCode.SYSTEM_ERROR, remark: `another member of ${consumerGroup} holds the queue's lock` };
    parts.offsets.commit(consumerGroup, topic, queueId, commitOffset);
    return { code: ResponseCode.SUCCESS };
  };
}
