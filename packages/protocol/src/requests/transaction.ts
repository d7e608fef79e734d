import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofTopic } from './access.js';
import { rpcFields } from './rpc-fields.js';

/* Transactional messages. */

/**
 * Commits (8) or rolls back (12) a half message. Oneway; 0 means unknown and is never answered. commitLogOffset comes
 * from the offsetMsgId of the send, tranStateTableOffset is its queueOffset.
 */
export const endTransaction = defineRequest({
  code: 37,
  name: 'END_TRANSACTION',
  access: [ofTopic(['pub'])],
  request: {
    ...rpcFields,
    topic: optional(text()),
    producerGroup: text(),
    /** Queue offset of the half message. */
    tranStateTableOffset: int64(),
    /** Commit-log offset of the half message. */
    commitLogOffset: int64(),
    /** 8 commit, 12 rollback, 0 unknown. */
    commitOrRollback: int32(),
    /** True when answering code 39. */
    fromTransactionCheck: withDefault(boolean(), false),
    /** UNIQ_KEY. */
    msgId: text(),
    /** UNIQ_KEY (or legacy TRAN id). */
    transactionId: optional(text()),
  },
});

/**
 * The broker asks a producer what became of a half message, which is the body. Oneway; the answer is END_TRANSACTION
 * with fromTransactionCheck. msgId and transactionId are the unique key.
 */
export const checkTransactionState = defineRequest({
  code: 39,
  name: 'CHECK_TRANSACTION_STATE',
  access: [ofTopic(['pub'])],
  request: {
    ...rpcFields,
    topic: optional(text()),
    tranStateTableOffset: int64(),
    commitLogOffset: int64(),
    msgId: optional(text()),
    transactionId: optional(text()),
    offsetMsgId: optional(text()),
  },
});

/** Checks a half message again that was given up; msgId is an offsetMsgId. */
export const resumeCheckHalfMessage = defineRequest({
  code: 323,
  name: 'RESUME_CHECK_HALF_MESSAGE',
  access: [ofTopic(['update'])],
  request: {
    topic: optional(text()),
    msgId: optional(text()),
  },
});
