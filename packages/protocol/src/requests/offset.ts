import { defineRequest } from '../schema/define-request.js';
import { boolean, boundary, clampedInt64, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofGroup, ofTopic } from './access.js';
import { topicRpcFields } from './rpc-fields.js';

/* Offsets of queues, and how far a group has consumed them. */

/** Declared by Apache, handled by nobody. */
export const queryBrokerOffset = defineRequest({
  code: 13,
  name: 'QUERY_BROKER_OFFSET',
});

/**
 * How far a group has consumed a queue. 22 means "nothing stored yet", the client then starts by its ConsumeFromWhere;
 * any other error makes it skip the queue for now. setZeroIfNotFound = false forces 22.
 */
export const queryConsumerOffset = defineRequest({
  code: 14,
  name: 'QUERY_CONSUMER_OFFSET',
  access: [ofTopic(['sub', 'get']), ofGroup(['sub', 'get'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    /** 5.x: false = never answer 0 for unknown offset. */
    setZeroIfNotFound: optional(boolean()),
  },
  response: {
    offset: int64(),
  },
});

/**
 * A consumer reports how far it is: oneway, per queue, every 5 s. Negative offsets are stored as they are (ali-ons
 * sends -1).
 */
export const updateConsumerOffset = defineRequest({
  code: 15,
  name: 'UPDATE_CONSUMER_OFFSET',
  access: [ofTopic(['sub', 'update']), ofGroup(['sub', 'update'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    commitOffset: int64(),
  },
});

/**
 * The offset of the first message stored at or after a time. UPPER takes the last of several with the same time, 5.x
 * only.
 */
export const searchOffsetByTimestamp = defineRequest({
  code: 29,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    queueId: int32(),
    /** Ms. */
    timestamp: clampedInt64(),
    boundaryType: optional(boundary()),
  },
  response: {
    offset: int64(),
  },
});

/** The offset behind the last message of a queue. `committed` is ignored by 5.3. */
export const getMaxOffset = defineRequest({
  code: 30,
  name: 'GET_MAX_OFFSET',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    queueId: int32(),
    committed: withDefault(boolean(), true),
  },
  response: {
    offset: int64(),
  },
});

/** The offset of the first message a queue still has. */
export const getMinOffset = defineRequest({
  code: 31,
  name: 'GET_MIN_OFFSET',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    queueId: int32(),
  },
  response: {
    offset: int64(),
  },
});

/** When the first message of a queue was stored; -1 for an empty queue. */
export const getEarliestMsgStoretime = defineRequest({
  code: 32,
  name: 'GET_EARLIEST_MSG_STORETIME',
  access: [ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    queueId: int32(),
  },
  response: {
    timestamp: int64(),
  },
});
