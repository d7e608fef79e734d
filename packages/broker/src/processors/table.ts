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
  invokeBrokerToGetConsumerStatus,
  invokeBrokerToResetOffset,
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
import { type Handled, type IncomingRequest, type Processor, processor, type Reply } from '@cometmq/remoting';
import { getBrokerConfigProcessor, updateBrokerConfigProcessor } from './admin/broker-config.js';
import { getBrokerRuntimeInfoProcessor } from './admin/get-broker-runtime-info.js';
import { getConsumeStatsProcessor } from './admin/get-consume-stats.js';
import type { BrokerParts } from './broker-parts.js';
import { checkClientConfigProcessor } from './client/check-client-config.js';
import { getConsumerConnectionListProcessor, getProducerConnectionListProcessor } from './client/connection-lists.js';
import { getConsumerListByGroupProcessor } from './client/get-consumer-list-by-group.js';
import { getConsumerStatusProcessor } from './client/get-consumer-status.js';
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
import { invokeBrokerToResetOffsetProcessor } from './offset/invoke-broker-to-reset-offset.js';
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

type Handler<D> = (request: IncomingRequest<D>) => Handled<D> | Promise<Handled<D>>;

interface Served {
  readonly definition: RequestDefinition;
  readonly make: (parts: BrokerParts) => Handler<RequestDefinition>;
}

/** The proof that a processor takes and fills the headers of its request. */
function serve<D>(definition: D, make: (parts: BrokerParts) => Handler<NoInfer<D>>): Served {
  return { definition, make } as unknown as Served;
}

/** Every request this broker answers; all others are answered 3 by the remoting server. */
const SERVED: readonly Served[] = [
  serve(checkClientConfig, checkClientConfigProcessor),
  serve(consumeMessageDirectly, consumeMessageDirectlyProcessor),
  serve(consumerSendMsgBack, consumerSendMsgBackProcessor),
  serve(deleteSubscriptiongroup, deleteSubscriptiongroupProcessor),
  serve(deleteTopicInBroker, deleteTopicInBrokerProcessor),
  serve(getAllConsumerOffset, getAllConsumerOffsetProcessor),
  serve(getAllDelayOffset, getAllDelayOffsetProcessor),
  serve(getAllSubscriptiongroupConfig, getAllSubscriptiongroupConfigProcessor),
  serve(getAllTopicConfig, getAllTopicConfigProcessor),
  serve(getBrokerConfig, getBrokerConfigProcessor),
  serve(getBrokerRuntimeInfo, getBrokerRuntimeInfoProcessor),
  serve(getConsumerConnectionList, getConsumerConnectionListProcessor),
  serve(getConsumerListByGroup, getConsumerListByGroupProcessor),
  serve(getConsumerRunningInfo, getConsumerRunningInfoProcessor),
  serve(getConsumeStats, getConsumeStatsProcessor),
  serve(getEarliestMsgStoretime, getEarliestMsgStoretimeProcessor),
  serve(getMaxOffset, getMaxOffsetProcessor),
  serve(getMinOffset, getMinOffsetProcessor),
  serve(getProducerConnectionList, getProducerConnectionListProcessor),
  serve(getSubscriptiongroupConfig, getSubscriptiongroupConfigProcessor),
  serve(getTopicConfig, getTopicConfigProcessor),
  serve(getTopicStatsInfo, getTopicStatsInfoProcessor),
  serve(heartBeat, heartBeatProcessor),
  serve(invokeBrokerToGetConsumerStatus, getConsumerStatusProcessor),
  serve(invokeBrokerToResetOffset, invokeBrokerToResetOffsetProcessor),
  serve(litePullMessage, pullMessageProcessor),
  serve(lockBatchMq, lockBatchMqProcessor),
  serve(pullMessage, pullMessageProcessor),
  serve(queryConsumerOffset, queryConsumerOffsetProcessor),
  serve(queryMessage, queryMessageProcessor),
  serve(searchOffsetByTimestamp, searchOffsetByTimestampProcessor),
  serve(sendBatchMessage, sendBatchMessageProcessor),
  serve(sendMessage, sendMessageProcessor),
  serve(sendMessageV2, sendMessageProcessor),
  serve(unlockBatchMq, unlockBatchMqProcessor),
  serve(unregisterClient, unregisterClientProcessor),
  serve(updateAndCreateSubscriptiongroup, updateAndCreateSubscriptiongroupProcessor),
  serve(updateAndCreateSubscriptiongroupList, updateAndCreateSubscriptiongroupListProcessor),
  serve(updateAndCreateTopic, updateAndCreateTopicProcessor),
  serve(updateAndCreateTopicList, updateAndCreateTopicListProcessor),
  serve(updateBrokerConfig, updateBrokerConfigProcessor),
  serve(updateConsumerOffset, updateConsumerOffsetProcessor),
  serve(viewMessageById, viewMessageByIdProcessor),
];

/** All processors. While `closedReply` gives an answer, that is what every request gets. */
export function brokerProcessors(
  parts: BrokerParts,
  closedReply: () => Reply<RequestDefinition> | undefined,
): Processor[] {
  return SERVED.map(({ definition, make }) => {
    const handle = make(parts);
    return processor(definition, (request) => closedReply() ?? handle(request));
  });
}
