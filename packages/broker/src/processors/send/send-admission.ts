import { isClosedToClients, ResponseCode, type TopicConfig, validateTopic } from '@cometmq/protocol';
import { formatAddress, type HostPort } from '@cometmq/runtime';
import { inheritedTopic } from '../../topics/auto-creation.js';
import { isWriteable, permissionText } from '../../topics/topic-config.js';
import type { BrokerParts } from '../broker-parts.js';

/** The parts of a send header that admission looks at. */
export interface SendTarget {
  readonly topic: string;
  readonly defaultTopic: string;
  readonly defaultTopicQueueNums: number;
  readonly queueId: number;
  readonly unitMode?: boolean | undefined;
}

export interface Refusal {
  readonly code: number;
  readonly remark: string;
}

/** Whom a send goes to, or why not. */
export type Admitted = { readonly topic: TopicConfig } | Refusal;

export const FAQ = 'See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.';

/** Checks 4 to 9 of broker-semantics 1.1. A promise only when the topic is being made. */
export function admitSend(parts: BrokerParts, target: SendTarget, from: HostPort): Admitted | Promise<Admitted> {
  const { settings } = parts;
  const { startAcceptSendRequestTimeStamp } = settings;
  if (startAcceptSendRequestTimeStamp > 0 && parts.clock.now() < startAcceptSendRequestTimeStamp) {
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `broker unable to service, until ${startAcceptSendRequestTimeStamp}`,
    };
  }
  const making = parts.topics.making(target.topic);
  if (making !== undefined) return making.then((made) => checkQueue(made, target, from));
  const topic = parts.topics.get(target.topic);
  if (topic === undefined) return admitUnknown(parts, target, from);
  if (!isWriteable(settings.brokerPermission) && topic.order) {
    return {
      code: ResponseCode.NO_PERMISSION,
      remark: `the broker[${settings.brokerName}] sending message is forbidden`,
    };
  }
  if (isClosedToClients(target.topic)) return forbidden(target.topic);
  return checkQueue(topic, target, from);
}

async function admitUnknown(parts: BrokerParts, target: SendTarget, from: HostPort): Promise<Admitted> {
  const problem = validateTopic(target.topic);
  if (problem !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: problem };
  if (isClosedToClients(target.topic)) return forbidden(target.topic);
  const { topic: name, defaultTopic, defaultTopicQueueNums, unitMode = false } = target;
  const made = inheritedTopic(
    parts.topics,
    { topic: name, defaultTopic, defaultTopicQueueNums, unitMode },
    parts.settings.autoCreateTopicEnable,
  );
  if (made === undefined) {
    return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `topic[${name}] not exist, apply first please!\n${FAQ}` };
  }
  parts.logger.info('a send makes its topic', { topic: name, queues: made.writeQueueNums, from: formatAddress(from) });
  return checkQueue(await parts.topics.ensure(name, () => made), target, from);
}

function checkQueue(topic: TopicConfig, target: SendTarget, from: HostPort): Admitted {
  if (target.queueId < Math.max(topic.writeQueueNums, topic.readQueueNums)) {
    if (target.queueId >= 0 || topic.writeQueueNums > 0) return { topic };
  }
  const shown = `TopicConfig [topicName=${topic.topicName}, readQueueNums=${topic.readQueueNums}, writeQueueNums=${topic.writeQueueNums}, perm=${permissionText(topic.perm)}]`;
  return {
    code: ResponseCode.INVALID_PARAMETER,
    remark: `request queueId[${target.queueId}] is illegal, ${shown} Producer: ${formatAddress(from)}`,
  };
}

function forbidden(topic: string): Refusal {
  return { code: ResponseCode.NO_PERMISSION, remark: `Sending message to topic[${topic}] is forbidden.` };
}
