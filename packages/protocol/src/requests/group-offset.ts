import { queryCorrectionOffsetBody, resetOffsetBody } from '../bodies/consumer-offset.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, clampedInt64, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofGroup, ofTopic } from './access.js';
import { rpcFields, topicRpcFields } from './rpc-fields.js';

/* Moving a group's offsets. */

const resetOffsetFields = {
  ...topicRpcFields,
  group: text(),
  topic: text(),
  queueId: withDefault(int32(), -1),
  offset: optional(int64()),
  /** Ms, -1 = latest. */
  timestamp: withDefault(clampedInt64(), 0),
  isForce: withDefault(boolean(), false),
} as const;

/** Declared by Apache, handled by nobody. */
export const resetConsumerOffsetInConsumer = defineRequest({
  code: 211,
  name: 'RESET_CONSUMER_OFFSET_IN_CONSUMER',
});

/** Declared by Apache, handled by nobody. */
export const resetConsumerOffsetInBroker = defineRequest({
  code: 212,
  name: 'RESET_CONSUMER_OFFSET_IN_BROKER',
});

/**
 * The broker tells a consumer to go on at other offsets. Oneway, and only without useServerSideResetOffset. The body's
 * map has objects as keys; C++ clients get a list.
 */
export const resetConsumerClientOffset = defineRequest({
  code: 220,
  name: 'RESET_CONSUMER_CLIENT_OFFSET',
  request: resetOffsetFields,
  requestBody: resetOffsetBody,
});

/**
 * Sets a group's offsets of a topic to a time; admin to broker. timestamp -1 is the end; offset counts only with
 * queueId at or above 0. By default the consumer learns of it as code 21 of its next pull.
 */
export const invokeBrokerToResetOffset = defineRequest({
  code: 222,
  name: 'INVOKE_BROKER_TO_RESET_OFFSET',
  access: [ofGroup(['update'], 'group'), ofTopic(['update'])],
  request: resetOffsetFields,
  responseBody: resetOffsetBody,
});

/** The offsets of several groups on a topic, to compare them. */
export const queryCorrectionOffset = defineRequest({
  code: 308,
  name: 'QUERY_CORRECTION_OFFSET',
  access: [ofGroup(['get'], 'filterGroups', ','), ofGroup(['get'], 'compareGroup'), ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    filterGroups: optional(text()),
    compareGroup: text(),
    topic: text(),
  },
  responseBody: queryCorrectionOffsetBody,
});

/** Copies one group's offsets to another. */
export const cloneGroupOffset = defineRequest({
  code: 314,
  name: 'CLONE_GROUP_OFFSET',
  access: [ofGroup(['update'], 'destGroup'), ofTopic(['update'])],
  request: {
    ...rpcFields,
    srcGroup: text(),
    destGroup: text(),
    topic: optional(text()),
    offline: withDefault(boolean(), false),
  },
});
