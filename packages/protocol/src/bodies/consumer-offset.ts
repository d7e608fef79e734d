import type { Infer } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { messageQueue } from './message-queue.js';
import { object } from './object-shape.js';
import { entryMap, long, map, numberMap, optional, set, text } from './shapes.js';

/** `topic@group` to queue id to offset. */
export const consumerOffsetSerializeWrapper = object('ConsumerOffsetSerializeWrapper', {
  offsetTable: map(numberMap(long())),
  dataVersion: optional(dataVersion),
});
export interface ConsumerOffsetSerializeWrapper extends Infer<typeof consumerOffsetSerializeWrapper> {}

const consumerOffsetFileFields = {
  offsetTable: map(numberMap(long())),
  groupTopicMap: optional(map(set(text()))),
  dataVersion: optional(dataVersion),
};

/** consumerOffset.json: as the wrapper; groupTopicMap is written by a getter and ignored on load (store-format, 9.3). */
export const consumerOffsetFile = object('consumerOffset.json', consumerOffsetFileFields);
export interface ConsumerOffsetFile extends Infer<typeof consumerOffsetFile> {}

/** lmqConsumerOffset.json: written instead of consumerOffset.json with enableLmq; light queues by `topic@group`. */
export const lmqConsumerOffsetFile = object('lmqConsumerOffset.json', {
  ...consumerOffsetFileFields,
  lmqOffsetTable: map(long()),
});
export interface LmqConsumerOffsetFile extends Infer<typeof lmqConsumerOffsetFile> {}

/** Delay level to offset; also the file delayOffset.json. */
export const delayOffsetSerializeWrapper = object('DelayOffsetSerializeWrapper', {
  offsetTable: numberMap(long()),
  dataVersion: optional(dataVersion),
});
export interface DelayOffsetSerializeWrapper extends Infer<typeof delayOffsetSerializeWrapper> {}

/** Pairs of queue and offset. */
export const resetOffsetBody = object('ResetOffsetBody', { offsetTable: entryMap(messageQueue, long()) });
export interface ResetOffsetBody extends Infer<typeof resetOffsetBody> {}

export const getConsumerStatusBody = object('GetConsumerStatusBody', {
  /** Answer of one client. */
  messageQueueTable: entryMap(messageQueue, long()),
  /** The broker's answer: by client id. */
  consumerTable: map(entryMap(messageQueue, long())),
});
export interface GetConsumerStatusBody extends Infer<typeof getConsumerStatusBody> {}

export const queryCorrectionOffsetBody = object('QueryCorrectionOffsetBody', { correctionOffsets: numberMap(long()) });
export interface QueryCorrectionOffsetBody extends Infer<typeof queryCorrectionOffsetBody> {}
