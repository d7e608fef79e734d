import { defineRequest } from '../schema/define-request.js';

/* Codes that only mark entries in the log of a JRaft controller. They never travel between client and server. */

/** A broker lost its connection. */
export const brokerCloseChannelRequest = defineRequest({
  code: 1014,
  name: 'BROKER_CLOSE_CHANNEL_REQUEST',
});

/** Look for dead brokers. */
export const checkNotActiveBrokerRequest = defineRequest({
  code: 1015,
  name: 'CHECK_NOT_ACTIVE_BROKER_REQUEST',
});

/** Read which brokers live. */
export const getBrokerLiveInfoRequest = defineRequest({
  code: 1016,
  name: 'GET_BROKER_LIVE_INFO_REQUEST',
});

/** Read who is in step. */
export const getSyncStateDataRequest = defineRequest({
  code: 1017,
  name: 'GET_SYNC_STATE_DATA_REQUEST',
});

/** A broker gave a sign of life. */
export const raftBrokerHeartBeatEventRequest = defineRequest({
  code: 1018,
  name: 'RAFT_BROKER_HEART_BEAT_EVENT_REQUEST',
});
