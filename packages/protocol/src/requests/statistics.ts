import { groupList } from '../bodies/client-connections.js';
import { querySubscriptionResponseBody } from '../bodies/heartbeat.js';
import {
  brokerStatsData,
  consumeStats,
  consumeStatsList,
  queryConsumeTimeSpanBody,
  topicStatsTable,
} from '../bodies/statistics.js';
import { topicList } from '../bodies/topic-config.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, optional, text, withDefault } from '../schema/field.js';
import { ofCluster, ofGroup, ofTopic } from './access.js';
import { rpcFields, topicRpcFields } from './rpc-fields.js';

/* How much was sent and consumed. */

/** First and last offset of each queue of a topic. */
export const getTopicStatsInfo = defineRequest({
  code: 202,
  name: 'GET_TOPIC_STATS_INFO',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
  },
  responseBody: topicStatsTable,
});

/** How far a group is behind, per queue. topicList is a list with `;`. */
export const getConsumeStats = defineRequest({
  code: 208,
  name: 'GET_CONSUME_STATS',
  access: [ofGroup(['get']), ofTopic(['get']), ofTopic(['get'], 'topicList', ';')],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: optional(text()),
    topicList: optional(text()),
  },
  responseBody: consumeStats,
});

/** The groups that consume a topic. */
export const queryTopicConsumeByWho = defineRequest({
  code: 300,
  name: 'QUERY_TOPIC_CONSUME_BY_WHO',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
  },
  responseBody: groupList,
});

/** Between which times the messages lie that a group has yet to consume. */
export const queryConsumeTimeSpan = defineRequest({
  code: 303,
  name: 'QUERY_CONSUME_TIME_SPAN',
  access: [ofTopic(['get']), ofGroup(['get'], 'group')],
  request: {
    ...topicRpcFields,
    topic: text(),
    group: text(),
  },
  responseBody: queryConsumeTimeSpanBody,
});

/**
 * One counter of a broker: statsName TOPIC_PUT_NUMS with key topic, GROUP_GET_NUMS with key topic@group. An unknown one
 * is code 1, which tools expect.
 */
export const viewBrokerStatsData = defineRequest({
  code: 315,
  name: 'VIEW_BROKER_STATS_DATA',
  access: [ofCluster(['get'])],
  request: {
    statsName: text(),
    statsKey: text(),
  },
  responseBody: brokerStatsData,
});

/** How far every group of a broker is behind. */
export const getBrokerConsumeStats = defineRequest({
  code: 317,
  name: 'GET_BROKER_CONSUME_STATS',
  access: [ofCluster(['get'])],
  request: {
    isOrder: withDefault(boolean(), false),
  },
  responseBody: consumeStatsList,
});

/** The topics that a group consumes. */
export const queryTopicsByConsumer = defineRequest({
  code: 343,
  name: 'QUERY_TOPICS_BY_CONSUMER',
  access: [ofGroup(['get'], 'group')],
  request: {
    ...rpcFields,
    group: text(),
  },
  responseBody: topicList,
});

/** The subscription of a group on a topic. */
export const querySubscriptionByConsumer = defineRequest({
  code: 345,
  name: 'QUERY_SUBSCRIPTION_BY_CONSUMER',
  access: [ofGroup(['get'], 'group'), ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    group: text(),
    topic: optional(text()),
  },
  responseBody: querySubscriptionResponseBody,
});
