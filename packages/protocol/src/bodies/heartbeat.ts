import { javaStringHash } from '../message/tags.js';
import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { bool, choice, int, long, optional, set, text } from './shapes.js';

export const CONSUME_TYPES = ['CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP'] as const;
export type ConsumeType = (typeof CONSUME_TYPES)[number];

export const MESSAGE_MODELS = ['BROADCASTING', 'CLUSTERING'] as const;
export type MessageModel = (typeof MESSAGE_MODELS)[number];

/** The second to fourth are deprecated, but their ordinals count. */
export const CONSUME_FROM_WHERE = [
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST',
  'CONSUME_FROM_MIN_OFFSET',
  'CONSUME_FROM_MAX_OFFSET',
  'CONSUME_FROM_FIRST_OFFSET',
  'CONSUME_FROM_TIMESTAMP',
] as const;
export type ConsumeFromWhere = (typeof CONSUME_FROM_WHERE)[number];

export const subscriptionData = object('SubscriptionData', {
  topic: text(),
  /** The expression; `*` is all. */
  subString: text(),
  expressionType: text('TAG'),
  tagsSet: set(text()),
  /** Java hash codes of the tags; Go writes them as texts. */
  codeSet: set(int()),
  subVersion: long(),
  classFilterMode: bool(),
});
export interface SubscriptionData extends Infer<typeof subscriptionData> {}

export const consumerData = object('ConsumerData', {
  groupName: text(),
  consumeType: choice(CONSUME_TYPES, 'CONSUME_PASSIVELY'),
  messageModel: choice(MESSAGE_MODELS, 'CLUSTERING'),
  consumeFromWhere: choice(CONSUME_FROM_WHERE, 'CONSUME_FROM_LAST_OFFSET'),
  subscriptionDataSet: set(subscriptionData),
  unitMode: bool(),
});
export interface ConsumerData extends Infer<typeof consumerData> {}

export const producerData = object('ProducerData', { groupName: text() });
export interface ProducerData extends Infer<typeof producerData> {}

export const heartbeatData = object('HeartbeatData', {
  clientID: text(),
  producerDataSet: set(producerData),
  consumerDataSet: set(consumerData),
  /** Only the client computes it; the broker compares. */
  heartbeatFingerprint: int(),
  withoutSub: bool(),
});
export interface HeartbeatData extends Infer<typeof heartbeatData> {}

export const checkClientRequestBody = object('CheckClientRequestBody', {
  clientId: text(),
  group: text(),
  subscriptionData,
  namespace: optional(text()),
});
export interface CheckClientRequestBody extends Infer<typeof checkClientRequestBody> {}

export const querySubscriptionResponseBody = object('QuerySubscriptionResponseBody', {
  subscriptionData: optional(subscriptionData),
  group: text(),
  topic: text(),
});
export interface QuerySubscriptionResponseBody extends Infer<typeof querySubscriptionResponseBody> {}

/**
 * What a 5.x client puts into `heartbeatFingerprint`, so that it may leave its subscriptions out while they stay the same
 * (`withoutSub`). Brokers only compare it with the last one.
 */
export function heartbeatFingerprint(data: HeartbeatData): number {
  const plain: HeartbeatData = {
    ...data,
    clientID: '',
    heartbeatFingerprint: 0,
    withoutSub: false,
    consumerDataSet: data.consumerDataSet.map((consumer) => ({
      ...consumer,
      subscriptionDataSet: consumer.subscriptionDataSet.map((subscription) => ({ ...subscription, subVersion: 0 })),
    })),
  };
  return javaStringHash(heartbeatData.format(plain, 'fastjson'));
}
