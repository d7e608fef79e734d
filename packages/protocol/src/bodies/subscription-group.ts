import type { Infer } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { object } from './object-shape.js';
import { bool, choice, int, list, long, map, optional, set, text } from './shapes.js';

export const simpleSubscriptionData = object('SimpleSubscriptionData', {
  topic: text(),
  expressionType: text(),
  expression: text(),
  version: long(),
});
export interface SimpleSubscriptionData extends Infer<typeof simpleSubscriptionData> {}

/** Milliseconds: `initial` x `multiplier` to the power of the retries, at most `max`. */
export const exponentialRetryPolicy = object('ExponentialRetryPolicy', {
  initial: long(5000),
  max: long(7_200_000),
  multiplier: long(2),
});
export interface ExponentialRetryPolicy extends Infer<typeof exponentialRetryPolicy> {}

/** Milliseconds per retry; the last one stays. */
export const customizedRetryPolicy = object('CustomizedRetryPolicy', { next: set(long()) });
export interface CustomizedRetryPolicy extends Infer<typeof customizedRetryPolicy> {}

export const groupRetryPolicy = object('GroupRetryPolicy', {
  type: choice(['EXPONENTIAL', 'CUSTOMIZED'], 'CUSTOMIZED'),
  exponentialRetryPolicy: optional(exponentialRetryPolicy),
  customizedRetryPolicy: optional(customizedRetryPolicy),
});
export interface GroupRetryPolicy extends Infer<typeof groupRetryPolicy> {}

export const subscriptionGroupConfig = object('SubscriptionGroupConfig', {
  groupName: text(),
  consumeEnable: bool(true),
  consumeFromMinEnable: bool(true),
  consumeBroadcastEnable: bool(true),
  consumeMessageOrderly: bool(),
  retryQueueNums: int(1),
  retryMaxTimes: int(16),
  groupRetryPolicy,
  brokerId: long(),
  whichBrokerWhenConsumeSlowly: long(1),
  notifyConsumerIdsChangedEnable: bool(true),
  groupSysFlag: int(),
  consumeTimeoutMinute: int(15),
  subscriptionDataSet: optional(set(simpleSubscriptionData)),
  attributes: map(text()),
});
export interface SubscriptionGroupConfig extends Infer<typeof subscriptionGroupConfig> {}

/** Also the file subscriptionGroup.json. */
export const subscriptionGroupWrapper = object('SubscriptionGroupWrapper', {
  subscriptionGroupTable: map(subscriptionGroupConfig),
  /** Group to topic to bits; bit 0 forbids reading. Written by brokers from 4.9 on. */
  forbiddenTable: optional(map(map(int()))),
  dataVersion,
});
export interface SubscriptionGroupWrapper extends Infer<typeof subscriptionGroupWrapper> {}

export const subscriptionGroupList = object('SubscriptionGroupList', {
  groupConfigList: list(subscriptionGroupConfig),
});
export interface SubscriptionGroupList extends Infer<typeof subscriptionGroupList> {}

export const groupForbidden = object('GroupForbidden', { topic: text(), group: text(), readable: optional(bool()) });
export interface GroupForbidden extends Infer<typeof groupForbidden> {}
