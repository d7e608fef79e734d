import {
  messageRequestModeSerializeWrapper,
  queryAssignmentRequestBody,
  queryAssignmentResponseBody,
  setMessageRequestModeRequestBody,
} from '../bodies/pop.js';
import { defineRequest } from '../schema/define-request.js';
import { ofBody } from './access.js';

/* Which client of a group consumes which queue, decided by the broker. */

/**
 * Which queues a client shall consume; 5.x push consumers with clientRebalance=false. On failure the client decides
 * itself.
 */
export const queryAssignment = defineRequest({
  code: 400,
  name: 'QUERY_ASSIGNMENT',
  requestBody: queryAssignmentRequestBody,
  responseBody: queryAssignmentResponseBody,
});

/** Lets a group pull or pop a topic. `%RETRY%` topics are refused with 16. */
export const setMessageRequestMode = defineRequest({
  code: 401,
  name: 'SET_MESSAGE_REQUEST_MODE',
  access: [ofBody('group', ['update'])],
  requestBody: setMessageRequestModeRequestBody,
});

/** All modes set by 401, for a replica. */
export const getAllMessageRequestMode = defineRequest({
  code: 402,
  name: 'GET_ALL_MESSAGE_REQUEST_MODE',
  responseBody: messageRequestModeSerializeWrapper,
});
