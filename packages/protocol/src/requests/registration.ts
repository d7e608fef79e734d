import { dataVersion } from '../bodies/data-version.js';
import { kvTable } from '../bodies/kv-table.js';
import { registerBrokerBody } from '../bodies/register-broker.js';
import { getBrokerMemberGroupResponseBody, topicRouteData } from '../bodies/topic-route.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofCluster } from './access.js';
import { topicRpcFields } from './rpc-fields.js';

/* Brokers report to the name server. */

/**
 * A broker reports itself and its topics to every name server, every 30 s. bodyCrc32 = crc32(body) & 0x7fffffff, 0 is
 * unchecked. Topics missing here are not removed. Apache compresses the body with compressed=false in the header: do
 * not compress.
 */
export const registerBroker = defineRequest({
  code: 103,
  name: 'REGISTER_BROKER',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    brokerName: text(),
    /** `ip:port` of the broker. */
    brokerAddr: text(),
    clusterName: text(),
    /** `ip:port` of the HA service. */
    haServerAddr: text(),
    /** 0 = master. */
    brokerId: int64(),
    heartbeatTimeoutMillis: optional(int64()),
    enableActingMaster: optional(boolean()),
    compressed: withDefault(boolean(), false),
    /** CRC-32 of the body & 0x7fffffff; 0 is not checked. */
    bodyCrc32: withDefault(int32(), 0),
  },
  response: {
    haServerAddr: optional(text()),
    masterAddr: optional(text()),
  },
  requestBody: registerBrokerBody,
  responseBody: kvTable,
});

/** A broker leaves. */
export const unregisterBroker = defineRequest({
  code: 104,
  name: 'UNREGISTER_BROKER',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    brokerName: text(),
    /** `ip:port` of the broker. */
    brokerAddr: text(),
    clusterName: text(),
    /** 0 = master. */
    brokerId: int64(),
  },
});

/** Reports one topic (5.x enableSingleTopicRegister); only queueDatas count. */
export const registerTopicInNamesrv = defineRequest({
  code: 217,
  name: 'REGISTER_TOPIC_IN_NAMESRV',
  access: [ofCluster(['update'])],
  request: {
    ...topicRpcFields,
    topic: text(),
  },
  requestBody: topicRouteData,
});

/** Whether the name server has the latest topics of a broker; counts as a sign of life. */
export const queryDataVersion = defineRequest({
  code: 322,
  name: 'QUERY_DATA_VERSION',
  access: [ofCluster(['get'], 'clusterName')],
  request: {
    brokerName: text(),
    /** `ip:port` of the broker. */
    brokerAddr: text(),
    clusterName: text(),
    /** 0 = master. */
    brokerId: int64(),
  },
  response: {
    changed: boolean(),
  },
  requestBody: dataVersion,
  responseBody: dataVersion,
});

/**
 * The brokers of one name. Older name servers answer 3, brokers then ask for the route of
 * rmq_sys_SYNC_BROKER_MEMBER_<brokerName>.
 */
export const getBrokerMemberGroup = defineRequest({
  code: 901,
  name: 'GET_BROKER_MEMBER_GROUP',
  access: [ofCluster(['get'], 'clusterName')],
  request: {
    clusterName: text(),
    brokerName: text(),
  },
  responseBody: getBrokerMemberGroupResponseBody,
});

/** Sign of life, oneway, every second: to name servers (without brokerId) or to the controller (with it). */
export const brokerHeartbeat = defineRequest({
  code: 904,
  name: 'BROKER_HEARTBEAT',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    clusterName: text(),
    /** `ip:port` of the broker. */
    brokerAddr: text(),
    brokerName: text(),
    /** 0 = master. */
    brokerId: optional(int64()),
    epoch: optional(int32()),
    maxOffset: optional(int64()),
    confirmOffset: optional(int64()),
    heartbeatTimeoutMills: optional(int64()),
    electionPriority: optional(int32()),
  },
});

/** The name server tells the brokers of one name that the smallest broker id changed. Oneway. */
export const notifyMinBrokerIdChange = defineRequest({
  code: 905,
  name: 'NOTIFY_MIN_BROKER_ID_CHANGE',
  access: [ofCluster(['update'])],
  request: {
    minBrokerId: optional(int64()),
    brokerName: optional(text()),
    minBrokerAddr: optional(text()),
    offlineBrokerAddr: optional(text()),
    haBrokerAddr: optional(text()),
  },
});
