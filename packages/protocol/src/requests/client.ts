import {
  consumerConnection,
  getConsumerListByGroupResponseBody,
  producerConnection,
  producerTableInfo,
} from '../bodies/client-connections.js';
import { checkClientRequestBody, heartbeatData } from '../bodies/heartbeat.js';
import { defineRequest } from '../schema/define-request.js';
import { optional, text } from '../schema/field.js';
import { ofBody, ofCluster, ofGroup } from './access.js';
import { rpcFields } from './rpc-fields.js';

/* Clients tell the broker who they are; the broker tells who is there. */

/**
 * A client reports its groups and subscriptions, every 30 s, to every broker it uses. The version of the answer is what
 * clients take for the version of the broker; the extFields IS_SUPPORT_HEART_BEAT_V2 and IS_SUB_CHANGE are read by 5.x
 * clients.
 */
export const heartBeat = defineRequest({
  code: 34,
  name: 'HEART_BEAT',
  access: [ofBody('group', ['sub']), ofBody('topic', ['sub'])],
  request: rpcFields,
  requestBody: heartbeatData,
});

/** A client leaves a group; one request per group. Go and ali-ons do not send it. */
export const unregisterClient = defineRequest({
  code: 35,
  name: 'UNREGISTER_CLIENT',
  access: [ofGroup(['pub', 'sub'])],
  request: {
    ...rpcFields,
    /** Client id (capital ID). */
    clientID: text(),
    producerGroup: optional(text()),
    consumerGroup: optional(text()),
  },
});

/** Ids of the clients in a group, for the division of queues. An unknown group is code 1. Go reads the body only. */
export const getConsumerListByGroup = defineRequest({
  code: 38,
  name: 'GET_CONSUMER_LIST_BY_GROUP',
  access: [ofGroup(['sub', 'get'])],
  request: {
    ...rpcFields,
    consumerGroup: text(),
  },
  responseBody: getConsumerListByGroupResponseBody,
});

/** The broker tells the clients of a group that one came or went: they divide the queues anew. Oneway. */
export const notifyConsumerIdsChanged = defineRequest({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  access: [ofGroup(['sub'])],
  request: {
    ...rpcFields,
    consumerGroup: text(),
  },
});

/** Checks a SQL92 expression before a consumer starts; any answer but 0 ends the start, 3 of old brokers too. */
export const checkClientConfig = defineRequest({
  code: 46,
  name: 'CHECK_CLIENT_CONFIG',
  requestBody: checkClientRequestBody,
});

/** Declared by Apache, handled by nobody. */
export const getClientConfig = defineRequest({
  code: 47,
  name: 'GET_CLIENT_CONFIG',
});

/** Clients and subscriptions of a consumer group. */
export const getConsumerConnectionList = defineRequest({
  code: 203,
  name: 'GET_CONSUMER_CONNECTION_LIST',
  access: [ofGroup(['get'])],
  request: {
    ...rpcFields,
    consumerGroup: text(),
  },
  responseBody: consumerConnection,
});

/** Clients of a producer group. */
export const getProducerConnectionList = defineRequest({
  code: 204,
  name: 'GET_PRODUCER_CONNECTION_LIST',
  access: [ofCluster(['get'])],
  request: {
    ...rpcFields,
    producerGroup: text(),
  },
  responseBody: producerConnection,
});

/** Clients of all producer groups. */
export const getAllProducerInfo = defineRequest({
  code: 328,
  name: 'GET_ALL_PRODUCER_INFO',
  access: [ofCluster(['get'])],
  responseBody: producerTableInfo,
});
