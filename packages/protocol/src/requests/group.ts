import {
  groupForbidden,
  subscriptionGroupConfig,
  subscriptionGroupList,
  subscriptionGroupWrapper,
} from '../bodies/subscription-group.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, optional, text, withDefault } from '../schema/field.js';
import { ofAny, ofBody, ofGroup, ofTopic } from './access.js';
import { rpcFields, topicRpcFields } from './rpc-fields.js';

/* Consumer groups of a broker. */

/** Creates or changes a consumer group. */
export const updateAndCreateSubscriptiongroup = defineRequest({
  code: 200,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
  access: [ofBody('group', ['create', 'update'])],
  requestBody: subscriptionGroupConfig,
});

/** All consumer groups of a broker; paged as 21. */
export const getAllSubscriptiongroupConfig = defineRequest({
  code: 201,
  name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  access: [ofAny('group', ['get'])],
  request: {
    groupSeq: optional(int32()),
    dataVersion: optional(text()),
    maxGroupNum: optional(int32()),
  },
  response: {
    totalGroupNum: optional(int32()),
  },
  responseBody: subscriptionGroupWrapper,
});

/** Deletes a consumer group. cleanOffset is removeOffset on 4.9. An unknown group is answered 0. */
export const deleteSubscriptiongroup = defineRequest({
  code: 207,
  name: 'DELETE_SUBSCRIPTIONGROUP',
  access: [ofGroup(['delete'], 'groupName')],
  request: {
    ...rpcFields,
    groupName: text(),
    /** Also drop stored offsets (4.9: removeOffset). */
    cleanOffset: withDefault(boolean(), false),
  },
});

/** Creates or changes several consumer groups. */
export const updateAndCreateSubscriptiongroupList = defineRequest({
  code: 225,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST',
  access: [ofBody('group', ['create', 'update'])],
  requestBody: subscriptionGroupList,
});

/** One consumer group. */
export const getSubscriptiongroupConfig = defineRequest({
  code: 352,
  name: 'GET_SUBSCRIPTIONGROUP_CONFIG',
  access: [ofGroup(['get'], 'group')],
  request: {
    ...rpcFields,
    group: text(),
  },
  responseBody: subscriptionGroupConfig,
});

/** Forbids a group to read a topic, or asks whether it may: readable absent only asks. */
export const updateAndGetGroupForbidden = defineRequest({
  code: 353,
  name: 'UPDATE_AND_GET_GROUP_FORBIDDEN',
  access: [ofGroup(['update'], 'group'), ofTopic(['update'])],
  request: {
    ...topicRpcFields,
    group: text(),
    topic: text(),
    readable: optional(boolean()),
  },
  responseBody: groupForbidden,
});
