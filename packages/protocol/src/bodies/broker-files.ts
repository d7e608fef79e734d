import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { bool, int, list, long, map, named, numberMap, optional, set, text } from './shapes.js';

// Files of the broker's config directory that are not also bodies (store-format, section 9.3).

const bloomFilterData = object('BloomFilterData', { bitPos: set(int()), bitNum: int() });

export const consumerFilterData = object('ConsumerFilterData', {
  consumerGroup: text(),
  topic: text(),
  expression: text(),
  expressionType: text(),
  bornTime: long(),
  deadTime: long(),
  bloomFilterData: optional(bloomFilterData),
  clientVersion: long(),
  /** deadTime >= bornTime; written by a getter, ignored on load. */
  dead: bool(),
});
export interface ConsumerFilterData extends Infer<typeof consumerFilterData> {}

/** consumerFilter.json: by topic, then by group. */
export const consumerFilterFile = object('consumerFilter.json', {
  filterDataByTopic: map(object('FilterDataMapByTopic', { groupFilterData: map(consumerFilterData), topic: text() })),
});
export interface ConsumerFilterFile extends Infer<typeof consumerFilterFile> {}

export const orderInfo = object('OrderInfo', {
  popTime: long(),
  invisibleTime: named('i', optional(long())),
  /** The first is the queue offset, the others their distance from it. */
  offsetList: named('o', list(long())),
  /** Queue offset to time. */
  offsetNextVisibleTime: named('ot', optional(numberMap(long()))),
  /** Queue offset to how often it was consumed. */
  offsetConsumedCount: named('oc', optional(numberMap(int()))),
  lastConsumeTimestamp: named('l', long()),
  commitOffsetBit: named('cm', long()),
  attemptId: named('a', optional(text())),
});
export interface OrderInfo extends Infer<typeof orderInfo> {}

/** consumerOrderInfo.json: `topic@group` to queue id. */
export const consumerOrderInfoFile = object('consumerOrderInfo.json', { table: map(numberMap(orderInfo)) });
export interface ConsumerOrderInfoFile extends Infer<typeof consumerOrderInfoFile> {}
