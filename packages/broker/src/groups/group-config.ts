import type { SubscriptionGroupConfig } from '@cometmq/protocol';

/** A subscription group with Apache's defaults, in Apache's order of keys. */
export function completeGroup(from: Partial<SubscriptionGroupConfig> & { readonly groupName: string }): SubscriptionGroupConfig {
  return {
    attributes: from.attributes ?? {},
    brokerId: from.brokerId ?? 0,
    consumeBroadcastEnable: from.consumeBroadcastEnable ?? true,
    consumeEnable: from.consumeEnable ?? true,
    consumeFromMinEnable: from.consumeFromMinEnable ?? true,
    consumeMessageOrderly: from.consumeMessageOrderly ?? false,
    consumeTimeoutMinute: from.consumeTimeoutMinute ?? 15,
    groupName: from.groupName,
    groupRetryPolicy: from.groupRetryPolicy ?? { type: 'CUSTOMIZED' },
    groupSysFlag: from.groupSysFlag ?? 0,
    notifyConsumerIdsChangedEnable: from.notifyConsumerIdsChangedEnable ?? true,
    retryMaxTimes: from.retryMaxTimes ?? 16,
    retryQueueNums: from.retryQueueNums ?? 1,
    ...(from.subscriptionDataSet === undefined ? {} : { subscriptionDataSet: from.subscriptionDataSet }),
    whichBrokerWhenConsumeSlowly: from.whichBrokerWhenConsumeSlowly ?? 1,
  };
}

/** Groups that stand on every broker (broker-semantics, 0.5). */
export const BUILT_IN_GROUPS = [
  'TOOLS_CONSUMER',
  'FILTERSRV_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PULL',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_RMQ_SYS_TRANS',
] as const;

/** Groups that clients of the system itself use; they exist whatever `autoCreateSubscriptionGroup` says. */
export const isSystemGroup = (group: string): boolean => group.startsWith('CID_RMQ_SYS_');
