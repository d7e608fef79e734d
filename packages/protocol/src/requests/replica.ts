import { consumerOffsetSerializeWrapper, delayOffsetSerializeWrapper } from '../bodies/consumer-offset.js';
import { epochEntryCache, haRuntimeInfo, syncStateSet } from '../bodies/replication.js';
import { timerMetrics } from '../bodies/statistics.js';
import { defineRequest } from '../schema/define-request.js';
import { int32, int64, optional, text } from '../schema/field.js';
import { ofCluster } from './access.js';

/* Between the brokers of one name. */

/** All offsets of a broker, for its replica. */
export const getAllConsumerOffset = defineRequest({
  code: 43,
  name: 'GET_ALL_CONSUMER_OFFSET',
  responseBody: consumerOffsetSerializeWrapper,
});

/** How far the delay levels are delivered, as text, for a replica. */
export const getAllDelayOffset = defineRequest({
  code: 45,
  name: 'GET_ALL_DELAY_OFFSET',
  responseBody: delayOffsetSerializeWrapper,
});

/** Checkpoint of the timer store: seven 64-bit integers. */
export const getTimerCheckPoint = defineRequest({
  code: 60,
  name: 'GET_TIMER_CHECK_POINT',
});

/** How many timer messages wait per topic. */
export const getTimerMetrics = defineRequest({
  code: 61,
  name: 'GET_TIMER_METRICS',
  responseBody: timerMetrics,
});

/** A replica tells its addresses and learns the master's; without masterHaAddress a master answers with its own. */
export const exchangeBrokerHaInfo = defineRequest({
  code: 906,
  name: 'EXCHANGE_BROKER_HA_INFO',
  access: [ofCluster(['update'])],
  request: {
    masterHaAddress: optional(text()),
    masterFlushOffset: optional(int64()),
    masterAddress: optional(text()),
  },
  response: {
    masterHaAddress: optional(text()),
    masterFlushOffset: optional(int64()),
    masterAddress: optional(text()),
  },
});

/** State of replication. */
export const getBrokerHaStatus = defineRequest({
  code: 907,
  name: 'GET_BROKER_HA_STATUS',
  responseBody: haRuntimeInfo,
});

/** Sets how far a replica may take its master's log for flushed. A master ignores it. */
export const resetMasterFlushOffset = defineRequest({
  code: 908,
  name: 'RESET_MASTER_FLUSH_OFFSET',
  access: [ofCluster(['update'])],
  request: {
    masterFlushOffset: int64(),
  },
});

/** The epochs of masters that a broker has seen, in controller mode. */
export const getBrokerEpochCache = defineRequest({
  code: 1007,
  name: 'GET_BROKER_EPOCH_CACHE',
  responseBody: epochEntryCache,
});

/** The controller tells a broker who is master now. Oneway. */
export const notifyBrokerRoleChanged = defineRequest({
  code: 1008,
  name: 'NOTIFY_BROKER_ROLE_CHANGED',
  access: [ofCluster(['update'])],
  request: {
    masterAddress: optional(text()),
    masterEpoch: optional(int32()),
    syncStateSetEpoch: optional(int32()),
    masterBrokerId: optional(int64()),
  },
  requestBody: syncStateSet,
});
