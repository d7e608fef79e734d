import {
  checkClientConfig,
  consumeMessageDirectly,
  consumerSendMsgBack,
  deleteSubscriptiongroup,
  deleteTopicInBroker,
  getAllConsumerOffset,
  getAllDelayOffset,
  getAllSubscriptiongroupConfig,
  getAllTopicConfig,
  getBrokerConfig,
  getBrokerRuntimeInfo,
  getConsumerConnectionList,
  getConsumerListByGroup,
  getConsumerRunningInfo,
  getConsumeStats,
  getEarliestMsgStoretime,
  getMaxOffset,
  getMinOffset,
  getProducerConnectionList,
  getSubscriptiongroupConfig,
  getTopicConfig,
  getTopicStatsInfo,
  heartBeat,
  litePullMessage,
  lockBatchMq,
  pullMessage,
  queryConsumerOffset,
  queryMessage,
  type RequestDefinition,
  searchOffsetByTimestamp,
  sendBatchMessage,
  sendMessage,
  sendMessageV2,
  unlockBatchMq,
  unregisterClient,
  updateAndCreateSubscriptiongroup,
  updateAndCreateSubscriptiongroupList,
  updateAndCreateTopic,
  updateAndCreateTopicList,
  updateBrokerConfig,
  updateConsumerOffset,
  viewMessageById,
} from '@cometmq/protocol';
import { type IncomingRequest, type Processor, processor, type Reply } from '@cometmq/remoting';
import { getBrokerConfigProcessor, updateBrokerConfigProcessor } from './admin/broker-config.js';
import { getBrokerRuntimeInfoProcessor } from './admin/get-broker-runtime-info.js';
import { getConsumeStatsProcessor } from './admin/get-consume-stats.js';
import type { BrokerParts } from './broker-parts.js';
import { checkClientConfigProcessor } from './client/check-client-config.js';
import { getConsumerConnectionListProcessor, getProducerConnectionListProcessor } from './client/connection-lists.js';
import { getConsumerListByGroupProcessor } from './client/get-consumer-list-by-group.js';
import { heartBeatProcessor } from './client/heart-beat.js';
import { consumeMessageDirectlyProcessor, getConsumerRunningInfoProcessor } from './client/relay-to-client.js';
import { unregisterClientProcessor } from './client/unregister-client.js';
import {
  deleteSubscriptiongroupProcessor,
  getAllSubscriptiongroupConfigProcessor,
  getSubscriptiongroupConfigProcessor,
  updateAndCreateSubscriptiongroupListProcessor,
  updateAndCreateSubscriptiongroupProcessor,
} from './group/subscription-groups.js';
import { lockBatchMqProcessor, unlockBatchMqProcessor } from './lock/lock-batch-mq.js';
import { getAllConsumerOffsetProcessor, getAllDelayOffsetProcessor } from './offset/offset-tables.js';
import { queryConsumerOffsetProcessor } from './offset/query-consumer-offset.js';
import {
  getEarliestMsgStoretimeProcessor,
  getMaxOffsetProcessor,
  getMinOffsetProcessor,
  searchOffsetByTimestampProcessor,
} from './offset/queue-offsets.js';
import { updateConsumerOffsetProcessor } from './offset/update-consumer-offset.js';
import { pullMessageProcessor } from './pull/pull-message.js';
import { queryMessageProcessor } from './query/query-message.js';
import { viewMessageByIdProcessor } from './query/view-message-by-id.js';
import { consumerSendMsgBackProcessor } from './send/consumer-send-msg-back.js';
import { sendBatchMessageProcessor } from './send/send-batch.js';
import { sendMessageProcessor } from './send/send-message.js';
import { deleteTopicInBrokerProcessor } from './topic/delete-topic-in-broker.js';
import { getTopicStatsInfoProcessor } from './topic/get-topic-stats-info.js';
import { getAllTopicConfigProcessor, getTopicConfigProcessor } from './topic/topic-lookups.js';
import { updateAndCreateTopicListProcessor, updateAndCreateTopicProcessor } from './topic/update-and-create-topic.js';

/** Every request this broker answers; all others are answered 3 by the remoting server. */
const SERVED = {
  checkClientConfig,
  consumeMessageDirectly,
  consumerSendMsgBack,
  deleteSubscriptiongroup,
  deleteTopicInBroker,
  getAllConsumerOffset,
  getAllDelayOffset,
  getAllSubscriptiongroupConfig,
  getAllTopicConfig,
  getBrokerConfig,
  getBrokerRuntimeInfo,
  getConsumerConnectionList,
  getConsumerListByGroup,
  getConsumerRunningInfo,
  getConsumeStats,
  getEarliestMsgStoretime,
  getMaxOffset,
  getMinOffset,
  getProducerConnectionList,
  getSubscriptiongroupConfig,
  getTopicConfig,
  getTopicStatsInfo,
  heartBeat,
  litePullMessage,
  lockBatchMq,
  pullMessage,
  queryConsumerOffset,
  queryMessage,
  searchOffsetByTimestamp,
  sendBatchMessage,
  sendMessage,
  sendMessageV2,
  unlockBatchMq,
  unregisterClient,
  updateAndCreateSubscriptiongroup,
  updateAndCreateSubscriptiongroupList,
  updateAndCreateTopic,
  updateAndCreateTopicList,
  updateBrokerConfig,
  updateConsumerOffset,
  viewMessageById,
} as const;

type Served = typeof SERVED;
type Handler<D> = (request: IncomingRequest<D>) => Reply<D> | undefined | Promise<Reply<D> | undefined>;

/** The proof that each of them has a processor, with both headers' types. */
const HANDLERS: { readonly [Name in keyof Served]: (parts: BrokerParts) => Handler<Served[Name]> } = {
  checkClientConfig: checkClientConfigProcessor,
  consumeMessageDirectly: consumeMessageDirectlyProcessor,
  consumerSendMsgBack: consumerSendMsgBackProcessor,
  deleteSubscriptiongroup: deleteSubscriptiongroupProcessor,
  deleteTopicInBroker: deleteTopicInBrokerProcessor,
  getAllConsumerOffset: getAllConsumerOffsetProcessor,
  getAllDelayOffset: getAllDelayOffsetProcessor,
  getAllSubscriptiongroupConfig: getAllSubscriptiongroupConfigProcessor,
  getAllTopicConfig: getAllTopicConfigProcessor,
  getBrokerConfig: getBrokerConfigProcessor,
  getBrokerRuntimeInfo: getBrokerRuntimeInfoProcessor,
  getConsumerConnectionList: getConsumerConnectionListProcessor,
  getConsumerListByGroup: getConsumerListByGroupProcessor,
  getConsumerRunningInfo: getConsumerRunningInfoProcessor,
  getConsumeStats: getConsumeStatsProcessor,
  getEarliestMsgStoretime: getEarliestMsgStoretimeProcessor,
  getMaxOffset: getMaxOffsetProcessor,
  getMinOffset: getMinOffsetProcessor,
  getProducerConnectionList: getProducerConnectionListProcessor,
  getSubscriptiongroupConfig: getSubscriptiongroupConfigProcessor,
  getTopicConfig: getTopicConfigProcessor,
  getTopicStatsInfo: getTopicStatsInfoProcessor,
  heartBeat: heartBeatProcessor,
  litePullMessage: pullMessageProcessor,
  lockBatchMq: lockBatchMqProcessor,
  pullMessage: pullMessageProcessor,
  queryConsumerOffset: queryConsumerOffsetProcessor,
  queryMessage: queryMessageProcessor,
  searchOffsetByTimestamp: searchOffsetByTimestampProcessor,
  sendBatchMessage: sendBatchMessageProcessor,
  sendMessage: sendMessageProcessor,
  sendMessageV2: sendMessageProcessor,
  unlockBatchMq: unlockBatchMqProcessor,
  unregisterClient: unregisterClientProcessor,
  updateAndCreateSubscriptiongroup: updateAndCreateSubscriptiongroupProcessor,
  updateAndCreateSubscriptiongroupList: updateAndCreateSubscriptiongroupListProcessor,
  updateAndCreateTopic: updateAndCreateTopicProcessor,
  updateAndCreateTopicList: updateAndCreateTopicListProcessor,
  updateBrokerConfig: updateBrokerConfigProcessor,
  updateConsumerOffset: updateConsumerOffsetProcessor,
  viewMessageById: viewMessageByIdProcessor,
};

/** All processors. While `closedReply` gives an answer, that is what every request gets. */
export function brokerProcessors(
  parts: BrokerParts,
  closedReply: () => Reply<RequestDefinition> | undefined,
): Processor[] {
  return (Object.keys(SERVED) as (keyof Served)[]).map((name) => {
    const handle = (HANDLERS[name] as (parts: BrokerParts) => Handler<RequestDefinition>)(parts);
    return processor(SERVED[name] as unknown as RequestDefinition, (request) => closedReply() ?? handle(request));
  });
}
