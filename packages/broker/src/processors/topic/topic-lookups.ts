import {
  type getAllTopicConfig,
  type getTopicConfig,
  ResponseCode,
  topicConfigAndMappingSerializeWrapper,
  topicConfigAndQueueMapping,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

const NO_VERSION = { counter: 0, stateVersion: 0, timestamp: 0 } as const;

/** GET_ALL_TOPIC_CONFIG 21: the whole table, as an Apache broker without enableSplitMetadata answers it. */
export function getAllTopicConfigProcessor({
  topics,
}: BrokerParts): (request: IncomingRequest<typeof getAllTopicConfig>) => Reply<typeof getAllTopicConfig> {
  return () => ({
    code: ResponseCode.SUCCESS,
    header: { totalTopicNum: topics.size },
    body: topicConfigAndMappingSerializeWrapper.encode({
      ...topics.snapshot(),
      mappingDataVersion: NO_VERSION,
      topicQueueMappingInfoMap: new Map(),
      topicQueueMappingDetailMap: new Map(),
    }),
  });
}

/** GET_TOPIC_CONFIG 351. */
export function getTopicConfigProcessor({
  topics,
}: BrokerParts): (request: IncomingRequest<typeof getTopicConfig>) => Reply<typeof getTopicConfig> {
  return ({ header }) => {
    const config = topics.get(header.topic);
    if (config === undefined)
      return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `No topic in this broker. topic: ${header.topic}` };
    return { code: ResponseCode.SUCCESS, body: topicConfigAndQueueMapping.encode(config) };
  };
}
