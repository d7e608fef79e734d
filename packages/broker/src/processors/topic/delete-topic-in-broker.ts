import {
  type deleteTopicInBroker,
  isSystemTopic,
  popRetryTopic,
  popRetryTopicV2,
  ResponseCode,
  validateTopic,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof deleteTopicInBroker;

/** DELETE_TOPIC_IN_BROKER 215: config, offsets and queues go; the log keeps its records until they expire. */
export function deleteTopicInBrokerProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  return async ({ header: { topic } }) => {
    if (topic.trim() === '') return { code: ResponseCode.INVALID_PARAMETER, remark: 'The specified topic is blank.' };
    if (isSystemTopic(topic) || parts.localSystemTopics.has(topic)) {
      return { code: ResponseCode.INVALID_PARAMETER, remark: `The topic[${topic}] is conflict with system topic.` };
    }
    const problem = parts.topics.get(topic) === undefined ? validateTopic(topic) : undefined;
    if (problem !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: problem };
    const groups = parts.offsets.groupsOf(topic);
    const retryTopics = groups.flatMap((group) => [popRetryTopic(topic, group), popRetryTopicV2(topic, group)]);
    for (const name of [topic, ...retryTopics.filter((retry) => parts.topics.get(retry) !== undefined)]) {
      await parts.topics.remove(name);
      parts.offsets.removeTopic(name);
      await parts.store.deleteTopic(name);
    }
    await parts.offsets.flush();
    return { code: ResponseCode.SUCCESS };
  };
}
