import {
  createTopicListRequestBody,
  topicConfigAndMappingSerializeWrapper,
  topicConfigAndQueueMapping,
  topicList,
} from '../bodies/topic-config.js';
import { topicQueueMappingDetail } from '../bodies/topic-queue-mapping.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, optional, text, withDefault } from '../schema/field.js';
import { ofAny, ofBody, ofCluster, ofTopic } from './access.js';
import { rpcFields, topicRpcFields } from './rpc-fields.js';

/* Topics of a broker. */

const topicFields = {
  ...topicRpcFields,
  topic: text(),
  /** Topic used as template for auto creation (TBW102). */
  defaultTopic: text(),
  readQueueNums: int32(),
  writeQueueNums: int32(),
  /** 4 read + 2 write (+1 inherit). */
  perm: int32(),
  /** SINGLE_TAG or MULTI_TAG. */
  topicFilterType: text(),
  topicSysFlag: optional(int32()),
  order: withDefault(boolean(), false),
  /** "+k=v,-k" text. */
  attributes: optional(text()),
  force: withDefault(boolean(), false),
} as const;

/**
 * Creates or changes a topic; admin or client to every master. `attributes` is `+key=value,-key`. An unchanged topic is
 * answered 0 at once.
 */
export const updateAndCreateTopic = defineRequest({
  code: 17,
  name: 'UPDATE_AND_CREATE_TOPIC',
  access: [ofTopic(['create'])],
  request: topicFields,
});

/** Creates or changes several topics. Apache stops at the first one that is already so and answers 0. */
export const updateAndCreateTopicList = defineRequest({
  code: 18,
  name: 'UPDATE_AND_CREATE_TOPIC_LIST',
  access: [ofBody('topic', ['create'])],
  request: rpcFields,
  requestBody: createTopicListRequestBody,
});

/**
 * All topics of a broker, for replicas and tools. With the paging fields of the develop branch: one page; 5.3.3 neither
 * sends them nor answers totalTopicNum.
 */
export const getAllTopicConfig = defineRequest({
  code: 21,
  name: 'GET_ALL_TOPIC_CONFIG',
  access: [ofAny('topic', ['get'])],
  request: {
    topicSeq: optional(int32()),
    dataVersion: optional(text()),
    maxTopicNum: optional(int32()),
  },
  response: {
    totalTopicNum: optional(int32()),
  },
  responseBody: topicConfigAndMappingSerializeWrapper,
});

/** Declared by Apache, handled by nobody. */
export const getTopicConfigList = defineRequest({
  code: 22,
  name: 'GET_TOPIC_CONFIG_LIST',
});

/** Declared by Apache, handled by nobody. */
export const getTopicNameList = defineRequest({
  code: 23,
  name: 'GET_TOPIC_NAME_LIST',
});

/** Deletes a topic on one broker. */
export const deleteTopicInBroker = defineRequest({
  code: 215,
  name: 'DELETE_TOPIC_IN_BROKER',
  access: [ofTopic(['delete'])],
  request: {
    ...topicRpcFields,
    topic: text(),
  },
});

/** A broker's own system topics. */
export const getSystemTopicListFromBroker = defineRequest({
  code: 305,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  responseBody: topicList,
});

/** Deletes consume queues of topics that no longer exist. */
export const cleanUnusedTopic = defineRequest({
  code: 316,
  name: 'CLEAN_UNUSED_TOPIC',
  access: [ofCluster(['update'])],
});

/** One topic; with `lo` its static queues too. */
export const getTopicConfig = defineRequest({
  code: 351,
  name: 'GET_TOPIC_CONFIG',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
  },
  responseBody: topicConfigAndQueueMapping,
});

/** Creates or changes a static topic, whose logical queues lie on several brokers. */
export const updateAndCreateStaticTopic = defineRequest({
  code: 513,
  name: 'UPDATE_AND_CREATE_STATIC_TOPIC',
  access: [ofTopic(['create'])],
  request: topicFields,
  requestBody: topicQueueMappingDetail,
});
