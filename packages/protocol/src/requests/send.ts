import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofGroup, ofTopic } from './access.js';
import { rpcFields, topicRpcFields } from './rpc-fields.js';

/* What producers send, and what comes back to the queue. */

const sendFields = {
  ...topicRpcFields,
  producerGroup: text(),
  topic: text(),
  /** Topic used as template for auto creation (TBW102). */
  defaultTopic: text(),
  /** Queues for auto created topic (client default 4). */
  defaultTopicQueueNums: int32(),
  queueId: int32(),
  sysFlag: int32(),
  /** Client time ms. */
  bornTimestamp: int64(),
  /** User flag of the message. */
  flag: int32(),
  /** Message properties, `name 0x01 value 0x02 …`. */
  properties: optional(text()),
  /** Retry count so far. */
  reconsumeTimes: optional(int32()),
  unitMode: optional(boolean()),
  /** True for a batch body. */
  batch: optional(boolean()),
  /** Max retries, used for %RETRY% sends. */
  maxReconsumeTimes: optional(int32()),
} as const;

const sendAnswer = {
  /** Offset message id (32 or 56 hex chars); comma joined for batches. */
  msgId: text(),
  queueId: int32(),
  /** Logical offset of the (first) message. */
  queueOffset: int64(),
  /** UNIQ_KEY of the message. */
  transactionId: optional(text()),
  /** Only for inner batch topics. */
  batchUniqId: optional(text()),
  /** 5.3.2+, only for timer messages when recall is enabled. */
  recallHandle: optional(text()),
} as const;

const sendFieldsV2 = {
  ...topicRpcFields,
  producerGroup: text('a'),
  topic: text('b'),
  defaultTopic: text('c'),
  defaultTopicQueueNums: int32('d'),
  queueId: int32('e'),
  sysFlag: int32('f'),
  /** Client time ms. */
  bornTimestamp: int64('g'),
  flag: int32('h'),
  properties: optional(text('i')),
  reconsumeTimes: optional(int32('j')),
  unitMode: optional(boolean('k')),
  maxReconsumeTimes: optional(int32('l')),
  batch: optional(boolean('m')),
  /** Short for the bname of other headers. */
  bname: optional(text('n')),
} as const;

/**
 * Puts one message into a queue; producer to broker. Long names; the Go client sends it, Java 310. queueId below 0: the
 * broker picks a queue. Answers 10, 11, 12 mean stored too, and carry the same header.
 */
export const sendMessage = defineRequest({
  code: 10,
  name: 'SEND_MESSAGE',
  access: [ofTopic(['pub'])],
  request: sendFields,
  response: sendAnswer,
  copyRequest: (header) => ({ ...header }),
  copyResponse: (header) => ({ ...header }),
});

/**
 * SEND_MESSAGE with one-letter names, what Java clients send. The answer must have msgId, queueId and queueOffset: they
 * are read without a check.
 */
export const sendMessageV2 = defineRequest({
  code: 310,
  name: 'SEND_MESSAGE_V2',
  access: [ofTopic(['pub'])],
  request: sendFieldsV2,
  response: sendAnswer,
  copyRequest: (header) => ({ ...header }),
  copyResponse: (header) => ({ ...header }),
});

/**
 * Puts several messages into one queue; the body is a batch (remoting-protocol, 7.4). msgId of the answer lists one id
 * per message, with commas; queueOffset is that of the first.
 */
export const sendBatchMessage = defineRequest({
  code: 320,
  name: 'SEND_BATCH_MESSAGE',
  access: [ofTopic(['pub'])],
  request: sendFieldsV2,
  response: sendAnswer,
});

/** The answer of a request-reply, consumer to broker, with long names; Go sends it. */
export const sendReplyMessage = defineRequest({
  code: 324,
  name: 'SEND_REPLY_MESSAGE',
  request: sendFields,
  response: sendAnswer,
});

/**
 * The answer of a request-reply, consumer to broker. The broker pushes it (326) to the client named by the property
 * REPLY_TO_CLIENT and answers for the push: not pushed is code 1, even when the reply was stored.
 */
export const sendReplyMessageV2 = defineRequest({
  code: 325,
  name: 'SEND_REPLY_MESSAGE_V2',
  request: sendFieldsV2,
  response: sendAnswer,
});

/**
 * The broker hands a reply to the producer that waits for it. `properties` is the whole text with CORRELATION_ID; hosts
 * are `ip:port`.
 */
export const pushReplyMessageToClient = defineRequest({
  code: 326,
  name: 'PUSH_REPLY_MESSAGE_TO_CLIENT',
  access: [ofGroup(['sub'], 'producerGroup'), ofTopic(['sub'])],
  request: {
    ...topicRpcFields,
    producerGroup: text(),
    topic: text(),
    /** Topic used as template for auto creation (TBW102). */
    defaultTopic: text(),
    /** Queues for auto created topic (client default 4). */
    defaultTopicQueueNums: int32(),
    queueId: int32(),
    sysFlag: int32(),
    /** Client time ms. */
    bornTimestamp: int64(),
    /** User flag of the message. */
    flag: int32(),
    /** Message properties, `name 0x01 value 0x02 …`. */
    properties: optional(text()),
    /** Retry count so far. */
    reconsumeTimes: optional(int32()),
    unitMode: withDefault(boolean(), false),
    bornHost: text(),
    storeHost: text(),
    storeTimestamp: withDefault(int64(), 0),
  },
});

/**
 * A consumer could not process a message: the broker reads it at commit log offset `offset` and puts it into the retry
 * queue, or after too many times into the dead letter queue. delayLevel 0: level 3 + reconsumeTimes; below 0: dead
 * letter at once. maxReconsumeTimes counts from client version 121 on.
 */
export const consumerSendMsgBack = defineRequest({
  code: 36,
  name: 'CONSUMER_SEND_MSG_BACK',
  access: [ofGroup(['sub'], 'group')],
  request: {
    ...rpcFields,
    /** Commit-log offset of the message. */
    offset: int64(),
    group: text(),
    /** -1 = DLQ now, 0 = server decides (3+reconsumeTimes), >0 fixed level. */
    delayLevel: int32(),
    /** OffsetMsgId of the consumed message. */
    originMsgId: optional(text()),
    /** Topic of the consumed message. */
    originTopic: optional(text()),
    unitMode: withDefault(boolean(), false),
    /** Max retries, used for %RETRY% sends. */
    maxReconsumeTimes: optional(int32()),
  },
});

/**
 * Takes back a timer message before its time, 5.3.2 and later; off by default on Apache (recallMessageEnable), then
 * answered 16.
 */
export const recallMessage = defineRequest({
  code: 370,
  name: 'RECALL_MESSAGE',
  access: [ofTopic(['pub'])],
  request: {
    ...topicRpcFields,
    producerGroup: optional(text()),
    topic: text(),
    recallHandle: text(),
  },
  response: {
    msgId: text(),
  },
});
