import { defineRequest } from '../schema/define-request.js';
import { int32, int64, optional, text } from '../schema/field.js';
import { ofGroup, ofTopic } from './access.js';
import { topicRpcFields } from './rpc-fields.js';

/* Reading messages by queue and offset. */

const pullFields = {
  ...topicRpcFields,
  consumerGroup: text(),
  topic: text(),
  queueId: int32(),
  /** Offset to read from. */
  queueOffset: int64(),
  /** Max messages (client default 32). */
  maxMsgNums: int32(),
  /** Pull flags: 1 commitOffset valid, 2 suspend (long poll), 4 subscription present, 8 class filter, 16 lite pull. */
  sysFlag: int32(),
  /** Offset to store when flag 1 is set. */
  commitOffset: int64(),
  /** How long the broker may park the request (Java 15000, Go 20000). */
  suspendTimeoutMillis: int64(),
  /** Expression, only with flag 4 (Java push: absent). */
  subscription: optional(text()),
  /** Subscription version in ms (Go sends 0 for TAG). */
  subVersion: int64(),
  /** TAG (default when absent) or SQL92. */
  expressionType: optional(text()),
  /** 5.x: max bytes of the batch. */
  maxMsgBytes: optional(int32()),
  /** Proxy only: -1 SDK, 0 proxy ordered, 1 proxy broadcast, 2 proxy stream. */
  requestSource: optional(int32()),
  /** Proxy only (spelling is as on the wire). */
  proxyFrowardClientId: optional(text()),
} as const;

const pullAnswer = {
  /** Broker id to pull from next time (0 master). */
  suggestWhichBrokerId: int64(),
  /** Next offset to pull. */
  nextBeginOffset: int64(),
  /** Min offset of the queue. */
  minOffset: int64(),
  /** Max offset of the queue (next to be written). */
  maxOffset: int64(),
  /** Static topics: add to queueOffset of every message. */
  offsetDelta: optional(int64()),
  topicSysFlag: optional(int32()),
  groupSysFlag: optional(int32()),
  /** 1 broker, 2 group, 3 topic, 4 broadcasting, 5 subscription. */
  forbiddenType: optional(int32()),
} as const;

/**
 * Reads messages from a queue; consumer to broker. With bit 2 of sysFlag and nothing there the broker parks the request
 * for suspendTimeoutMillis and answers later, out of order. Codes 0, 19, 20, 21 must carry the first four header
 * fields; 0 must have a body.
 */
export const pullMessage = defineRequest({
  code: 11,
  name: 'PULL_MESSAGE',
  access: [ofGroup(['sub']), ofTopic(['sub'])],
  request: pullFields,
  response: pullAnswer,
});

/** PULL_MESSAGE of the 5.x lite pull consumer (bit 16 of sysFlag), served by its own threads on Apache. */
export const litePullMessage = defineRequest({
  code: 361,
  name: 'LITE_PULL_MESSAGE',
  access: [ofTopic(['sub']), ofGroup(['sub'])],
  request: pullFields,
  response: pullAnswer,
});
