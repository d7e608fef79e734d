import { pullMessage, type RequestHeader, type sendMessageV2 } from '@cometmq/protocol';

type Send = RequestHeader<typeof sendMessageV2>;
type Pull = RequestHeader<typeof pullMessage>;

/** Bits of a pull's sysFlag. */
export const SUSPEND = 2;
export const SUBSCRIPTION = 4;

export const sendHeader = (topic: string, more: Partial<Send> = {}): Send => ({
  producerGroup: 'p',
  topic,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 0,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  flag: 0,
  properties: '',
  reconsumeTimes: 0,
  unitMode: false,
  batch: false,
  ...more,
});

export const pullHeader = (topic: string, queueOffset: number, more: Partial<Pull> = {}): Pull => ({
  consumerGroup: 'c',
  topic,
  queueId: 0,
  queueOffset,
  maxMsgNums: 32,
  sysFlag: SUBSCRIPTION,
  commitOffset: 0,
  suspendTimeoutMillis: 0,
  subscription: '*',
  subVersion: 0,
  ...more,
});
