import type { Infer, JsonReading } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { type JsonValue, isJsonArray } from './json-value.js';
import { messageQueue, messageQueueForC } from './message-queue.js';
import { object } from './object-shape.js';
import { entryMap, list, long, map, numberMap, optional, set, text } from './shapes.js';

const consumerOffsetFields = {
  /** `topic@group` to queue id to offset. */
  offsetTable: map(numberMap(long())),
  /** Group to topics: written because a getter exists, ignored when it is read (store-format, 9.3). */
  groupTopicMap: optional(map(set(text()))),
  dataVersion: optional(dataVersion),
};

export const consumerOffsetSerializeWrapper = object('ConsumerOffsetSerializeWrapper', consumerOffsetFields);
export interface ConsumerOffsetSerializeWrapper extends Infer<typeof consumerOffsetSerializeWrapper> {}

/** consumerOffset.json: the same. */
export const consumerOffsetFile = object('consumerOffset.json', consumerOffsetFields);
export interface ConsumerOffsetFile extends Infer<typeof consumerOffsetFile> {}

/** lmqConsumerOffset.json: written instead of consumerOffset.json with enableLmq; light queues by `topic@group`. */
export const lmqConsumerOffsetFile = object('lmqConsumerOffset.json', {
  ...consumerOffsetFields,
  lmqOffsetTable: map(long()),
});
export interface LmqConsumerOffsetFile extends Infer<typeof lmqConsumerOffsetFile> {}

/** Delay level to offset; also the file delayOffset.json. */
export const delayOffsetSerializeWrapper = object('DelayOffsetSerializeWrapper', {
  offsetTable: numberMap(long()),
  dataVersion: optional(dataVersion),
});
export interface DelayOffsetSerializeWrapper extends Infer<typeof delayOffsetSerializeWrapper> {}

const queueOffsets = entryMap(messageQueue, long());
const queueOffsetsForC = list(messageQueueForC);

/** Pairs of queue and offset. Read from the form for C++ too, which 5.3.3 sends to clients that it takes for such. */
export const resetOffsetBody = object('ResetOffsetBody', {
  offsetTable: {
    ...queueOffsets,
    read: (raw: JsonValue | undefined, reading: JsonReading) =>
      isJsonArray(raw)
        ? queueOffsetsForC.read(raw, reading).map(({ offset, ...queue }) => [queue, offset] as const)
        : queueOffsets.read(raw, reading),
  },
});
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
