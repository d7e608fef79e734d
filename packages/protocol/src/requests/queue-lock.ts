import { lockBatchRequestBody, lockBatchResponseBody, unlockBatchRequestBody } from '../bodies/queue-lock.js';
import { defineRequest } from '../schema/define-request.js';
import { ofBody } from './access.js';
import { rpcFields } from './rpc-fields.js';

/* Locks on queues, for consumers that need order. */

/**
 * Locks queues for one client of a group; the answer lists those it got. A lock lives 60 s, clients renew it every 20
 * s. Clients of 4.9 and Go send no extFields.
 */
export const lockBatchMq = defineRequest({
  code: 41,
  name: 'LOCK_BATCH_MQ',
  access: [ofBody('group', ['sub']), ofBody('topic', ['sub'])],
  request: rpcFields,
  requestBody: lockBatchRequestBody,
  responseBody: lockBatchResponseBody,
});

/** Gives locks up: oneway when a queue moves away, answered at shutdown. An unknown lock is no error. */
export const unlockBatchMq = defineRequest({
  code: 42,
  name: 'UNLOCK_BATCH_MQ',
  access: [ofBody('group', ['sub']), ofBody('topic', ['sub'])],
  request: rpcFields,
  requestBody: unlockBatchRequestBody,
});
