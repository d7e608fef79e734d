import { batchAckMessageRequestBody } from '../bodies/pop.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofBody, ofCluster, ofGroup, ofTopic } from './access.js';
import { topicRpcFields } from './rpc-fields.js';

/* Consuming without owning queues: pop, acknowledge, change the time of invisibility. */

const popAnswer = {
  popTime: withDefault(int64(), 0),
  invisibleTime: withDefault(int64(), 0),
  reviveQid: withDefault(int32(), 0),
  restNum: withDefault(int64(), 0),
  startOffsetInfo: optional(text()),
  msgOffsetInfo: optional(text()),
  orderCountInfo: optional(text()),
} as const;

/**
 * Takes messages for invisibleTime; they come back unless acknowledged. queueId -1: any queue. Waits up to pollTime,
 * then 210; 209 when too many wait. JSON only, as all codes of this family above 32767.
 */
export const popMessage = defineRequest({
  code: 200050,
  name: 'POP_MESSAGE',
  access: [ofGroup(['sub']), ofTopic(['sub'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: withDefault(int32(), 0),
    maxMsgNums: withDefault(int32(), 0),
    invisibleTime: withDefault(int64(), 0),
    pollTime: withDefault(int64(), 0),
    bornTime: withDefault(int64(), 0),
    /** 0 min, 1 max. */
    initMode: withDefault(int32(), 0),
    /** TAG/SQL92. */
    expType: optional(text()),
    exp: optional(text()),
    order: withDefault(boolean(), false),
    attemptId: optional(text()),
  },
  response: popAnswer,
});

/** Acknowledges a popped message; extraInfo is its POP_CK. */
export const ackMessage = defineRequest({
  code: 200051,
  name: 'ACK_MESSAGE',
  access: [ofGroup(['sub']), ofTopic(['sub'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    extraInfo: text(),
    offset: int64(),
  },
});

/** Looks at messages without taking them. No official client sends it. */
export const peekMessage = defineRequest({
  code: 200052,
  name: 'PEEK_MESSAGE',
  access: [ofTopic(['sub']), ofGroup(['sub'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    queueId: withDefault(int32(), 0),
    maxMsgNums: withDefault(int32(), 0),
    consumerGroup: text(),
  },
  response: popAnswer,
});

/** Gives a popped message another time of invisibility; the client makes the new POP_CK from the answer. */
export const changeMessageInvisibletime = defineRequest({
  code: 200053,
  name: 'CHANGE_MESSAGE_INVISIBLETIME',
  access: [ofGroup(['sub']), ofTopic(['sub'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    extraInfo: text(),
    offset: int64(),
    invisibleTime: int64(),
  },
  response: {
    popTime: withDefault(int64(), 0),
    invisibleTime: withDefault(int64(), 0),
    reviveQid: withDefault(int32(), 0),
  },
});

/** Waits until a queue has something to pop; the gRPC proxy asks. */
export const notification = defineRequest({
  code: 200054,
  name: 'NOTIFICATION',
  access: [ofGroup(['sub']), ofTopic(['sub'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: withDefault(int32(), 0),
    pollTime: withDefault(int64(), 0),
    bornTime: withDefault(int64(), 0),
    order: withDefault(boolean(), false),
    attemptId: optional(text()),
  },
  response: {
    hasMsg: withDefault(boolean(), false),
    pollingFull: withDefault(boolean(), false),
  },
});

/** How many pops wait on a queue. */
export const pollingInfo = defineRequest({
  code: 200055,
  name: 'POLLING_INFO',
  access: [ofGroup(['get']), ofTopic(['get'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    topic: text(),
    queueId: withDefault(int32(), 0),
  },
  response: {
    pollingNum: withDefault(int32(), 0),
  },
});

/** Moves pop checkpoints from the key-value store into files. */
export const popRollback = defineRequest({
  code: 200056,
  name: 'POP_ROLLBACK',
  access: [ofCluster(['update'])],
});

/** Acknowledges many popped messages; everything is in the body. */
export const batchAckMessage = defineRequest({
  code: 200151,
  name: 'BATCH_ACK_MESSAGE',
  access: [ofBody('topic', ['sub']), ofBody('group', ['sub'])],
  requestBody: batchAckMessageRequestBody,
});
