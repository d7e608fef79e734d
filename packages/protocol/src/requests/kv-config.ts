import { kvTable } from '../bodies/kv-table.js';
import { defineRequest } from '../schema/define-request.js';
import { optional, text } from '../schema/field.js';
import { ofCluster } from './access.js';

/* The name server's key-value store. */

/** Sets a value. Orderly topics stand in the namespace ORDER_TOPIC_CONFIG. */
export const putKvConfig = defineRequest({
  code: 100,
  name: 'PUT_KV_CONFIG',
  access: [ofCluster(['update'])],
  request: {
    namespace: text(),
    key: text(),
    value: text(),
  },
});

/** Reads a value; 22 when there is none. */
export const getKvConfig = defineRequest({
  code: 101,
  name: 'GET_KV_CONFIG',
  access: [ofCluster(['get'])],
  request: {
    namespace: text(),
    key: text(),
  },
  response: {
    value: optional(text()),
  },
});

/** Removes a value. */
export const deleteKvConfig = defineRequest({
  code: 102,
  name: 'DELETE_KV_CONFIG',
  access: [ofCluster(['update'])],
  request: {
    namespace: text(),
    key: text(),
  },
});

/** All values of a namespace. */
export const getKvlistByNamespace = defineRequest({
  code: 219,
  name: 'GET_KVLIST_BY_NAMESPACE',
  access: [ofCluster(['get'])],
  request: {
    namespace: text(),
  },
  responseBody: kvTable,
});
