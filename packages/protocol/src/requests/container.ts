import { defineRequest } from '../schema/define-request.js';
import { int64, optional, text } from '../schema/field.js';
import { ofCluster } from './access.js';

/* Several brokers in one process of Apache. */

/** Starts a broker from a settings file. */
export const addBroker = defineRequest({
  code: 902,
  name: 'ADD_BROKER',
  access: [ofCluster(['update'])],
  request: {
    configPath: optional(text()),
  },
});

/** Stops a broker. */
export const removeBroker = defineRequest({
  code: 903,
  name: 'REMOVE_BROKER',
  access: [ofCluster(['update'], 'brokerClusterName')],
  request: {
    brokerName: text(),
    brokerClusterName: text(),
    /** 0 = master. */
    brokerId: int64(),
  },
});
