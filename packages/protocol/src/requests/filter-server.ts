import { defineRequest } from '../schema/define-request.js';

/* Of a feature that Apache removed; nobody handles them. */

/** A filter server reports to a broker. */
export const registerFilterServer = defineRequest({
  code: 301,
  name: 'REGISTER_FILTER_SERVER',
});

/** A consumer hands over a filter class. */
export const registerMessageFilterClass = defineRequest({
  code: 302,
  name: 'REGISTER_MESSAGE_FILTER_CLASS',
});
