import { queryConsumeQueueResponseBody } from '../bodies/consume-queue-data.js';
import { defineRequest } from '../schema/define-request.js';
import { clampedInt64, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofGroup, ofTopic } from './access.js';
import { topicRpcFields } from './rpc-fields.js';

/* Finding messages by key, by id, by place. */

/**
 * Finds messages by a KEYS token, or by unique id when extFields has `_UNIQUE_KEY_QUERY` = `true`. Hashes collide:
 * clients compare the keys themselves.
 */
export const queryMessage = defineRequest({
  code: 12,
  name: 'QUERY_MESSAGE',
  access: [ofTopic(['sub', 'get'])],
  request: {
    ...topicRpcFields,
    topic: text(),
    /** KEYS token or UNIQ_KEY. */
    key: text(),
    maxNum: int32(),
    beginTimestamp: clampedInt64(),
    endTimestamp: clampedInt64(),
  },
  response: {
    indexLastUpdateTimestamp: int64(),
    indexLastUpdatePhyoffset: int64(),
  },
});

/** Reads one message at the commit log offset of an offsetMsgId. */
export const viewMessageById = defineRequest({
  code: 33,
  name: 'VIEW_MESSAGE_BY_ID',
  access: [ofTopic(['get'])],
  request: {
    topic: optional(text()),
    /** Commit-log offset. */
    offset: int64(),
  },
});

/** Entries of a consume queue, for the dashboard. An index beyond the end: code 0, a remark and no body. */
export const queryConsumeQueue = defineRequest({
  code: 321,
  name: 'QUERY_CONSUME_QUEUE',
  access: [ofTopic(['get']), ofGroup(['get'])],
  request: {
    ...topicRpcFields,
    topic: optional(text()),
    queueId: withDefault(int32(), 0),
    index: withDefault(int64(), 0),
    count: withDefault(int32(), 0),
    consumerGroup: optional(text()),
  },
  responseBody: queryConsumeQueueResponseBody,
});
