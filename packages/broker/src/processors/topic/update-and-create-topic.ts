import {
  createTopicListRequestBody,
  isSystemTopic,
  ResponseCode,
  type TopicConfig,
  type updateAndCreateTopic,
  type updateAndCreateTopicList,
  validateTopic,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import { AttributeError, changeAttributes, parseAttributes } from '../../topics/topic-attributes.js';
import type { BrokerParts } from '../broker-parts.js';

interface Refused {
  readonly code: number;
  readonly remark: string;
}

/** Queues of one topic; a larger number is a mistake that would cost memory everywhere. */
const MAX_QUEUES = 65_536;

/** UPDATE_AND_CREATE_TOPIC 17 (broker-semantics, section 12). */
export function updateAndCreateTopicProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<typeof updateAndCreateTopic>) => Promise<Reply<typeof updateAndCreateTopic>> {
  return async ({ header }) => {
    const wanted = {
      topicName: header.topic,
      readQueueNums: header.readQueueNums,
      writeQueueNums: header.writeQueueNums,
      perm: header.perm,
      topicFilterType: header.topicFilterType === 'MULTI_TAG' ? ('MULTI_TAG' as const) : ('SINGLE_TAG' as const),
      topicSysFlag: header.topicSysFlag ?? 0,
      order: header.order,
    };
    try {
      const changes = parseAttributes(header.attributes);
      const refused = checkTopic(parts, wanted, changes.get('+message.type'));
      if (refused !== undefined) return refused;
      await parts.topics.put({
        ...wanted,
        attributes: changeAttributes(parts.topics.get(header.topic)?.attributes, changes),
      });
      return { code: ResponseCode.SUCCESS };
    } catch (error) {
      if (error instanceof AttributeError) return { code: ResponseCode.SYSTEM_ERROR, remark: error.message };
      throw error;
    }
  };
}

/** UPDATE_AND_CREATE_TOPIC_LIST 18: all are checked, then all are made. (Apache stops at the first that is already so.) */
export function updateAndCreateTopicListProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<typeof updateAndCreateTopicList>) => Promise<Reply<typeof updateAndCreateTopicList>> {
  return async ({ body }) => {
    const { topicConfigList } = createTopicListRequestBody.decode(body);
    const configs: TopicConfig[] = [];
    try {
      for (const wanted of topicConfigList) {
        const refused = checkTopic(parts, wanted, wanted.attributes.get('+message.type'));
        if (refused !== undefined) return refused;
        const attributes = changeAttributes(parts.topics.get(wanted.topicName)?.attributes, wanted.attributes);
        configs.push({ ...wanted, attributes });
      }
    } catch (error) {
      if (error instanceof AttributeError) return { code: ResponseCode.SYSTEM_ERROR, remark: error.message };
      throw error;
    }
    await parts.topics.put(...configs);
    return { code: ResponseCode.SUCCESS };
  };
}

function checkTopic(
  parts: BrokerParts,
  topic: Omit<TopicConfig, 'attributes'>,
  messageType: string | undefined,
): Refused | undefined {
  const invalid = (remark: string): Refused => ({ code: ResponseCode.INVALID_PARAMETER, remark });
  const problem = validateTopic(topic.topicName);
  if (problem !== undefined) return invalid(problem);
  const system = isSystemTopic(topic.topicName) || parts.localSystemTopics.has(topic.topicName);
  if (parts.settings.validateSystemTopicWhenUpdateTopic && system)
    return invalid(`The topic[${topic.topicName}] is conflict with system topic.`);
  for (const [what, queues] of [
    ['readQueueNums', topic.readQueueNums],
    ['writeQueueNums', topic.writeQueueNums],
  ] as const) {
    if (queues < 0 || queues > MAX_QUEUES) return invalid(`${what} must be from 0 to ${MAX_QUEUES}, not ${queues}`);
  }
  if (topic.perm < 0 || topic.perm > 15) return invalid(`perm must be a sum of 1, 2 and 4, not ${topic.perm}`);
  if (messageType === 'MIXED' && !parts.settings.enableMixedMessageType)
    return invalid('MIXED message type is not supported.');
  return undefined;
}
