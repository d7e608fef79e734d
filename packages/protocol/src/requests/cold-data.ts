import { defineRequest } from '../schema/define-request.js';
import { ofCluster } from './access.js';

/* Slowing down readers of data that is no longer in memory. */

/** Sets thresholds: `group=threshold` lines. */
export const updateColdDataFlowCtrConfig = defineRequest({
  code: 2001,
  name: 'UPDATE_COLD_DATA_FLOW_CTR_CONFIG',
  access: [ofCluster(['update'])],
});

/** Removes a group's threshold; the body is the group. */
export const removeColdDataFlowCtrConfig = defineRequest({
  code: 2002,
  name: 'REMOVE_COLD_DATA_FLOW_CTR_CONFIG',
  access: [ofCluster(['update'])],
});

/** Thresholds and what they count, as JSON text. */
export const getColdDataFlowCtrInfo = defineRequest({
  code: 2003,
  name: 'GET_COLD_DATA_FLOW_CTR_INFO',
});

/** How the commit log is read ahead: extFields READ_AHEAD_MODE 0 normal, 1 random. */
export const setCommitlogReadMode = defineRequest({
  code: 2004,
  name: 'SET_COMMITLOG_READ_MODE',
  access: [ofCluster(['update'])],
});
