import type { Infer } from './body-shape.js';
import { CONSUME_FROM_WHERE, CONSUME_TYPES, MESSAGE_MODELS, subscriptionData } from './heartbeat.js';
import { object } from './object-shape.js';
import { choice, int, list, long, map, optional, set, text } from './shapes.js';

/** `language` is Apache's LanguageCode by name. */
export const connection = object('Connection', {
  clientId: text(),
  clientAddr: text(),
  language: text('JAVA'),
  version: int(),
});
export interface Connection extends Infer<typeof connection> {}

export const consumerConnection = object('ConsumerConnection', {
  connectionSet: set(connection),
  subscriptionTable: map(subscriptionData),
  consumeType: choice(CONSUME_TYPES, 'CONSUME_PASSIVELY'),
  messageModel: choice(MESSAGE_MODELS, 'CLUSTERING'),
  consumeFromWhere: choice(CONSUME_FROM_WHERE, 'CONSUME_FROM_LAST_OFFSET'),
});
export interface ConsumerConnection extends Infer<typeof consumerConnection> {}

export const producerConnection = object('ProducerConnection', { connectionSet: set(connection) });
export interface ProducerConnection extends Infer<typeof producerConnection> {}

export const producerInfo = object('ProducerInfo', {
  clientId: text(),
  remoteIP: text(),
  language: text('JAVA'),
  version: int(),
  lastUpdateTimestamp: long(),
});
export interface ProducerInfo extends Infer<typeof producerInfo> {}

/** By producer group. */
export const producerTableInfo = object('ProducerTableInfo', { data: map(list(producerInfo)) });
export interface ProducerTableInfo extends Infer<typeof producerTableInfo> {}

export const getConsumerListByGroupResponseBody = object('GetConsumerListByGroupResponseBody', {
  consumerIdList: list(text()),
});
export interface GetConsumerListByGroupResponseBody extends Infer<typeof getConsumerListByGroupResponseBody> {}

export const groupList = object('GroupList', { groupList: set(text()) });
export interface GroupList extends Infer<typeof groupList> {}

export const consumeByWho = object('ConsumeByWho', {
  consumedGroup: set(text()),
  notConsumedGroup: set(text()),
  topic: optional(text()),
  queueId: int(),
  offset: long(),
});
export interface ConsumeByWho extends Infer<typeof consumeByWho> {}
