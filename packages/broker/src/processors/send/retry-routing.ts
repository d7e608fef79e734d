import {
  dlqTopic,
  MessageProperty,
  ResponseCode,
  RETRY_TOPIC_PREFIX,
  type TopicConfig,
  withProperty,
} from '@cometmq/protocol';
import { plainTopic } from '../../topics/topic-config.js';
import type { BrokerParts } from '../broker-parts.js';
import { FAQ, type Refusal } from './send-admission.js';

/** Clients from V3_4_9 on may set how often a message is tried again. */
const FIRST_VERSION_WITH_MAX_TIMES = 121;
const DLQ_QUEUES = 1;

/** Where a message for a retry topic goes after all. */
export interface RetryRoute {
  readonly topic: TopicConfig;
  readonly queueId: number;
  readonly properties: string;
}

export interface RetrySend {
  readonly topic: string;
  readonly queueId: number;
  readonly properties: string;
  readonly reconsumeTimes: number;
  readonly maxReconsumeTimes: number | undefined;
  readonly clientVersion: number;
}

/** How often the group's messages are tried again, as far as the client may say. */
export function maxReconsumeTimes(configured: number, wanted: number | undefined, clientVersion: number): number {
  return wanted !== undefined && clientVersion >= FIRST_VERSION_WITH_MAX_TIMES ? wanted : configured;
}

/** The dead letter topic of a group, made when it is missing. */
export function deadLetterTopic(parts: BrokerParts, group: string): Promise<TopicConfig> {
  const name = dlqTopic(group);
  return parts.topics.ensure(name, () => plainTopic(name, DLQ_QUEUES));
}

/**
 * A send to `%RETRY%group` stays there, or goes to the dead letters when it was tried often enough or the group consumes
 * orderly, so that retries would overtake (broker-semantics, 1.3).
 */
export async function routeRetry(
  parts: BrokerParts,
  topic: TopicConfig,
  send: RetrySend,
): Promise<RetryRoute | Refusal> {
  const group = groupOf(send.topic);
  const config = parts.groups.find(group);
  if (config === undefined) {
    return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `subscription group not exist, ${group} ${FAQ}` };
  }
  const max = maxReconsumeTimes(config.retryMaxTimes, send.maxReconsumeTimes, send.clientVersion);
  if (send.reconsumeTimes <= max && !parts.locks.isHeld(group))
    return { topic, queueId: send.queueId, properties: send.properties };
  parts.counters.deadLetters++;
  return {
    topic: await deadLetterTopic(parts, group),
    queueId: 0,
    properties: withProperty(send.properties, MessageProperty.DELAY_TIME_LEVEL, '-1'),
  };
}

/** The group of a retry topic; POP retry topics of the second form have the topic behind a `+`. */
function groupOf(retryTopic: string): string {
  const name = retryTopic.slice(RETRY_TOPIC_PREFIX.length);
  const plus = name.indexOf('+');
  return plus < 0 ? name : name.slice(0, plus);
}
