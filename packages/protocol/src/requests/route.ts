import { topicList } from '../bodies/topic-config.js';
import { clusterInfo, topicRouteData } from '../bodies/topic-route.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, optional, text } from '../schema/field.js';
import { ofAny, ofCluster, ofTopic } from './access.js';
import { topicRpcFields } from './rpc-fields.js';

/* What a name server knows of topics and brokers. */

/**
 * Which brokers have a topic; client to name server. Clients from version 401 on, or with acceptStandardJsonOnly, get
 * standard JSON, others numbers as keys without quotes. 17 makes producers ask for TBW102.
 */
export const getRouteinfoByTopic = defineRequest({
  code: 105,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  access: [ofTopic(['pub', 'sub', 'get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    /** True = quoted keys wanted. */
    acceptStandardJsonOnly: optional(boolean()),
  },
  responseBody: topicRouteData,
});

/** All clusters and brokers. Always in the non-standard JSON. */
export const getBrokerClusterInfo = defineRequest({
  code: 106,
  name: 'GET_BROKER_CLUSTER_INFO',
  responseBody: clusterInfo,
});

/** Takes the write permission from all topics of a broker. */
export const wipeWritePermOfBroker = defineRequest({
  code: 205,
  name: 'WIPE_WRITE_PERM_OF_BROKER',
  access: [ofCluster(['update'])],
  request: {
    brokerName: text(),
  },
  response: {
    wipeTopicCount: int32(),
  },
});

/** Names of all topics. Code 1 when enableAllTopicList is off. */
export const getAllTopicListFromNameserver = defineRequest({
  code: 206,
  name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
  responseBody: topicList,
});

/** Forgets a topic, in one cluster or everywhere. */
export const deleteTopicInNamesrv = defineRequest({
  code: 216,
  name: 'DELETE_TOPIC_IN_NAMESRV',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    ...topicRpcFields,
    topic: text(),
    clusterName: optional(text()),
  },
});

/** Topics of a cluster. */
export const getTopicsByCluster = defineRequest({
  code: 224,
  name: 'GET_TOPICS_BY_CLUSTER',
  access: [ofAny('topic', ['list'])],
  request: {
    cluster: text(),
  },
  responseBody: topicList,
});

/** Clusters and brokers as topics, with the address of one broker; tools go on there with 305. */
export const getSystemTopicListFromNs = defineRequest({
  code: 304,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_NS',
  responseBody: topicList,
});

/** Topics with the unit flag. */
export const getUnitTopicList = defineRequest({
  code: 311,
  name: 'GET_UNIT_TOPIC_LIST',
  responseBody: topicList,
});

/** Topics with the unit subscription flag. */
export const getHasUnitSubTopicList = defineRequest({
  code: 312,
  name: 'GET_HAS_UNIT_SUB_TOPIC_LIST',
  responseBody: topicList,
});

/** Topics with the unit subscription flag and without the unit flag. */
export const getHasUnitSubUnunitTopicList = defineRequest({
  code: 313,
  name: 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST',
  responseBody: topicList,
});

/** Gives all topics of a broker the permission 6. */
export const addWritePermOfBroker = defineRequest({
  code: 327,
  name: 'ADD_WRITE_PERM_OF_BROKER',
  access: [ofCluster(['update'])],
  request: {
    brokerName: text(),
  },
  response: {
    addTopicCount: int32(),
  },
});
