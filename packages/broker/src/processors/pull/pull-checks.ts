import {
  litePullMessage,
  type pullMessage,
  ProtocolError,
  ResponseCode,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { MessageFilter } from '@cometmq/store';
import { isTagType, tagFilter } from '../../filter/tag-filter.js';
import { isReadable } from '../../topics/topic-config.js';
import type { BrokerParts } from '../broker-parts.js';

export type PullRequest = IncomingRequest<typeof pullMessage>;
export type PullReply = Reply<typeof pullMessage>;

/** Bits of a pull's sysFlag (remoting-protocol, 7.5). */
export const PullFlag = { COMMIT_OFFSET: 1, SUSPEND: 2, SUBSCRIPTION: 4, CLASS_FILTER: 8 } as const;

/** Why a pull is forbidden: header field `forbiddenType` of code 16. */
const Forbidden = { BROKER: 1, GROUP: 2, TOPIC: 3, BROADCASTING: 4, SUBSCRIPTION: 5 } as const;

const FAQ = 'See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.';

/** What a pull that may go ahead needs. */
export interface PullGrant {
  readonly topic: TopicConfig;
  readonly group: SubscriptionGroupConfig;
  /** Undefined: every message. */
  readonly filter: MessageFilter | undefined;
}

const refused = (code: number, remark: string): PullReply => ({ code, remark });
const forbidden = (type: number, remark: string): PullReply => ({
  code: ResponseCode.NO_PERMISSION,
  remark,
  extFields: { forbiddenType: String(type) },
});

/** The checks of broker-semantics 2.1, in that order. */
export function checkPull(parts: BrokerParts, request: PullRequest): PullGrant | PullReply {
  const { header, command, connection } = request;
  const { settings } = parts;
  if (!isReadable(settings.brokerPermission)) {
    return forbidden(Forbidden.BROKER, `the broker[${settings.brokerName}] pulling message is forbidden`);
  }
  if (command.code === litePullMessage.code && !settings.litePullMessageEnable) {
    return forbidden(Forbidden.BROKER, `the broker[${settings.brokerName}] for lite pull consumer is forbidden`);
  }
  const group = parts.groups.find(header.consumerGroup);
  if (group === undefined) {
    return refused(
      ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group [${header.consumerGroup}] does not exist, ${FAQ}`,
    );
  }
  if (!group.consumeEnable)
    return forbidden(Forbidden.GROUP, `subscription group no permission, ${header.consumerGroup}`);
  const topic = parts.topics.get(header.topic);
  if (topic === undefined)
    return refused(ResponseCode.TOPIC_NOT_EXIST, `topic[${header.topic}] not exist, apply first please! \n${FAQ}`);
  if (!isReadable(topic.perm))
    return forbidden(Forbidden.TOPIC, `the topic[${header.topic}] pulling message is forbidden`);
  if (header.queueId < 0 || header.queueId >= topic.readQueueNums) {
    return refused(
      ResponseCode.INVALID_PARAMETER,
      `queueId[${header.queueId}] is illegal, topic:[${header.topic}] topicConfig.readQueueNums:[${topic.readQueueNums}] consumer:[${connection.address}]`,
    );
  }
  const subscribed =
    (header.sysFlag & PullFlag.SUBSCRIPTION) !== 0
      ? ownSubscription(request)
      : groupSubscription(parts, request, group);
  return 'code' in subscribed ? subscribed : { topic, group, filter: subscribed.filter };
}

const SQL_REFUSED = (expressionType: string | undefined): PullReply =>
  refused(ResponseCode.SYSTEM_ERROR, `The broker does not support consumer to filter message by ${expressionType}`);

/** The subscription stands in the pull itself. */
function ownSubscription({ header }: PullRequest): { readonly filter: MessageFilter | undefined } | PullReply {
  if (!isTagType(header.expressionType)) return SQL_REFUSED(header.expressionType);
  if ((header.sysFlag & PullFlag.CLASS_FILTER) !== 0) return { filter: undefined };
  try {
    return { filter: tagFilter(header.subscription) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refused(
      ResponseCode.SUBSCRIPTION_PARSE_FAILED,
      `parse the consumer's subscription failed: ${error.message}`,
    );
  }
}

/** The subscription is the one that the group's heartbeats have told. */
function groupSubscription(
  parts: BrokerParts,
  { header }: PullRequest,
  config: SubscriptionGroupConfig,
): { readonly filter: MessageFilter | undefined } | PullReply {
  const group = parts.clients.consumerGroup(header.consumerGroup);
  if (group === undefined)
    return refused(ResponseCode.SUBSCRIPTION_NOT_EXIST, `the consumer's group info not exist\n${FAQ}`);
  if (!config.consumeBroadcastEnable && group.settings.messageModel === 'BROADCASTING') {
    return forbidden(
      Forbidden.BROADCASTING,
      `the consumer group[${header.consumerGroup}] can not consume by broadcast way`,
    );
  }
  if (parts.groups.isReadForbidden(header.consumerGroup, header.topic)) {
    return forbidden(
      Forbidden.SUBSCRIPTION,
      `the consumer group[${header.consumerGroup}] is forbidden for topic[${header.topic}]`,
    );
  }
  const subscription = group.subscription(header.topic);
  if (subscription === undefined)
    return refused(ResponseCode.SUBSCRIPTION_NOT_EXIST, `the consumer's subscription not exist\n${FAQ}`);
  if (subscription.data.subVersion < header.subVersion)
    return refused(ResponseCode.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest");
  if (!isTagType(subscription.data.expressionType)) return SQL_REFUSED(subscription.data.expressionType);
  return subscription;
}
