import type { Infer } from './body-shape.js';
import { subscriptionData } from './heartbeat.js';
import { messageQueue } from './message-queue.js';
import { object } from './object-shape.js';
import { bool, choice, double, entryMap, int, long, map, optional, set, text } from './shapes.js';

/** `droped` is spelt like that on the wire. */
export const processQueueInfo = object('ProcessQueueInfo', {
  commitOffset: long(),
  cachedMsgMinOffset: long(),
  cachedMsgMaxOffset: long(),
  cachedMsgCount: int(),
  cachedMsgSizeInMiB: int(),
  transactionMsgMinOffset: long(),
  transactionMsgMaxOffset: long(),
  transactionMsgCount: int(),
  locked: bool(),
  tryUnlockTimes: long(),
  lastLockTimestamp: long(),
  droped: bool(),
  lastPullTimestamp: long(),
  lastConsumeTimestamp: long(),
});
export interface ProcessQueueInfo extends Infer<typeof processQueueInfo> {}

export const popProcessQueueInfo = object('PopProcessQueueInfo', {
  waitAckCount: int(),
  droped: bool(),
  lastPopTimestamp: long(),
});
export interface PopProcessQueueInfo extends Infer<typeof popProcessQueueInfo> {}

export const consumeStatus = object('ConsumeStatus', {
  pullRT: double(),
  pullTPS: double(),
  consumeRT: double(),
  consumeOKTPS: double(),
  consumeFailedTPS: double(),
  consumeFailedMsgs: long(),
});
export interface ConsumeStatus extends Infer<typeof consumeStatus> {}

/** What a consumer says of itself; `properties` carries PROP_CONSUME_TYPE, PROP_CLIENT_VERSION and the like. */
export const consumerRunningInfo = object('ConsumerRunningInfo', {
  properties: map(text()),
  subscriptionSet: set(subscriptionData),
  mqTable: entryMap(messageQueue, processQueueInfo),
  mqPopTable: entryMap(messageQueue, popProcessQueueInfo),
  statusTable: map(consumeStatus),
  userConsumerInfo: map(text()),
  jstack: optional(text()),
});
export interface ConsumerRunningInfo extends Infer<typeof consumerRunningInfo> {}

export const CM_RESULTS = [
  'CR_SUCCESS',
  'CR_LATER',
  'CR_ROLLBACK',
  'CR_COMMIT',
  'CR_THROW_EXCEPTION',
  'CR_RETURN_NULL',
] as const;
export type CMResult = (typeof CM_RESULTS)[number];

export const consumeMessageDirectlyResult = object('ConsumeMessageDirectlyResult', {
  order: bool(),
  autoCommit: bool(true),
  /** Go writes the ordinal. */
  consumeResult: choice(CM_RESULTS, 'CR_RETURN_NULL'),
  remark: optional(text()),
  spentTimeMills: long(),
});
export interface ConsumeMessageDirectlyResult extends Infer<typeof consumeMessageDirectlyResult> {}
