import { aclInfo, aclInfoList, userInfo, userInfoList } from '../bodies/access-control.js';
import { defineRequest } from '../schema/define-request.js';
import { optional, text } from '../schema/field.js';
import { ofCluster } from './access.js';

/* Users and access control lists of a 5.3 broker. */

/** Creates a user: userType Super or Normal, userStatus enable or disable. Only super users may create super users. */
export const authCreateUser = defineRequest({
  code: 3001,
  name: 'AUTH_CREATE_USER',
  access: [ofCluster(['update'])],
  request: {
    username: optional(text()),
  },
  requestBody: userInfo,
});

/** Changes a user. */
export const authUpdateUser = defineRequest({
  code: 3002,
  name: 'AUTH_UPDATE_USER',
  access: [ofCluster(['update'])],
  request: {
    username: optional(text()),
  },
  requestBody: userInfo,
});

/** Deletes a user; an unknown one is answered 0. */
export const authDeleteUser = defineRequest({
  code: 3003,
  name: 'AUTH_DELETE_USER',
  access: [ofCluster(['update'])],
  request: {
    username: optional(text()),
  },
});

/** One user; an unknown one is answered 0 without a body. */
export const authGetUser = defineRequest({
  code: 3004,
  name: 'AUTH_GET_USER',
  access: [ofCluster(['get'])],
  request: {
    username: optional(text()),
  },
  responseBody: userInfo,
});

/** Users whose name contains `filter`. None: 0 without a body. */
export const authListUser = defineRequest({
  code: 3005,
  name: 'AUTH_LIST_USER',
  access: [ofCluster(['get'])],
  request: {
    filter: optional(text()),
  },
  responseBody: userInfoList,
});

/** Creates the policies of a subject (`User:name`). */
export const authCreateAcl = defineRequest({
  code: 3006,
  name: 'AUTH_CREATE_ACL',
  access: [ofCluster(['update'])],
  request: {
    subject: optional(text()),
  },
  requestBody: aclInfo,
});

/** Changes the policies of a subject. */
export const authUpdateAcl = defineRequest({
  code: 3007,
  name: 'AUTH_UPDATE_ACL',
  access: [ofCluster(['update'])],
  request: {
    subject: optional(text()),
  },
  requestBody: aclInfo,
});

/** Deletes the policies of a subject, or those of one resource. */
export const authDeleteAcl = defineRequest({
  code: 3008,
  name: 'AUTH_DELETE_ACL',
  access: [ofCluster(['update'])],
  request: {
    subject: optional(text()),
    policyType: optional(text()),
    resource: optional(text()),
  },
});

/** The policies of a subject. Unknown: 0 without a body. */
export const authGetAcl = defineRequest({
  code: 3009,
  name: 'AUTH_GET_ACL',
  access: [ofCluster(['get'])],
  request: {
    subject: optional(text()),
  },
  responseBody: aclInfo,
});

/** The policies of all subjects. None: 0 without a body. */
export const authListAcl = defineRequest({
  code: 3010,
  name: 'AUTH_LIST_ACL',
  access: [ofCluster(['get'])],
  request: {
    subjectFilter: optional(text()),
    resourceFilter: optional(text()),
  },
  responseBody: aclInfoList,
});
