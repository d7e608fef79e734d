import { defineRequest } from '../schema/define-request.js';
import { text } from '../schema/field.js';
import { ofCluster } from './access.js';

/* Settings of servers, as text of Java properties. */

/** Changes settings of a broker; some keys are refused with 16. */
export const updateBrokerConfig = defineRequest({
  code: 25,
  name: 'UPDATE_BROKER_CONFIG',
  access: [ofCluster(['update'])],
});

/** Settings of a broker; version is its DataVersion as JSON. */
export const getBrokerConfig = defineRequest({
  code: 26,
  name: 'GET_BROKER_CONFIG',
  response: {
    version: text(),
  },
});

/** Changes settings of a name server; some keys are refused with 16. */
export const updateNamesrvConfig = defineRequest({
  code: 318,
  name: 'UPDATE_NAMESRV_CONFIG',
  access: [ofCluster(['update'])],
});

/** Settings of a name server. */
export const getNamesrvConfig = defineRequest({
  code: 319,
  name: 'GET_NAMESRV_CONFIG',
});

/** Changes settings of a controller. */
export const updateControllerConfig = defineRequest({
  code: 1009,
  name: 'UPDATE_CONTROLLER_CONFIG',
  access: [ofCluster(['update'])],
});

/** Settings of a controller. */
export const getControllerConfig = defineRequest({
  code: 1010,
  name: 'GET_CONTROLLER_CONFIG',
});
