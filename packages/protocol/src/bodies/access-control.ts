import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { list, optional, text } from './shapes.js';

export const userInfo = object('UserInfo', {
  username: optional(text()),
  password: optional(text()),
  /** Super or Normal. */
  userType: optional(text()),
  /** enable or disable. */
  userStatus: optional(text()),
});
export interface UserInfo extends Infer<typeof userInfo> {}
export const userInfoList = list(userInfo);

const policyEntryInfo = object('PolicyEntryInfo', {
  resource: optional(text()),
  actions: list(text()),
  sourceIps: optional(list(text())),
  decision: optional(text()),
});

const policyInfo = object('PolicyInfo', { policyType: optional(text()), entries: list(policyEntryInfo) });

/** Who (`subject`: `User:name`) may do what. */
export const aclInfo = object('AclInfo', { subject: optional(text()), policies: list(policyInfo) });
export interface AclInfo extends Infer<typeof aclInfo> {}
export const aclInfoList = list(aclInfo);
