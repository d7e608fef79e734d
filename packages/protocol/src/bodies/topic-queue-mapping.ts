import type { Infer } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { object } from './object-shape.js';
import { bool, int, list, long, map, numberMap, text } from './shapes.js';

/** One stretch of a static topic's logical queue on one broker; -1 means open or unknown. */
export const logicQueueMappingItem = object('LogicQueueMappingItem', {
  gen: int(),
  queueId: int(),
  bname: text(),
  logicOffset: long(),
  startOffset: long(),
  endOffset: long(-1),
  timeOfStart: long(-1),
  timeOfEnd: long(-1),
});
export interface LogicQueueMappingItem extends Infer<typeof logicQueueMappingItem> {}

const infoFields = {
  topic: text(),
  scope: text('__global__'),
  totalQueues: int(),
  bname: text(),
  epoch: long(),
  dirty: bool(),
  /** Logical queue id to the physical one on this broker. */
  currIdMap: numberMap(int()),
};

export const topicQueueMappingInfo = object('TopicQueueMappingInfo', infoFields);
export interface TopicQueueMappingInfo extends Infer<typeof topicQueueMappingInfo> {}

export const topicQueueMappingDetail = object('TopicQueueMappingDetail', {
  ...infoFields,
  hostedQueues: numberMap(list(logicQueueMappingItem)),
});
export interface TopicQueueMappingDetail extends Infer<typeof topicQueueMappingDetail> {}

/** Also the file topicQueueMapping.json. */
export const topicQueueMappingSerializeWrapper = object('TopicQueueMappingSerializeWrapper', {
  topicQueueMappingInfoMap: map(topicQueueMappingDetail),
  dataVersion,
});
export interface TopicQueueMappingSerializeWrapper extends Infer<typeof topicQueueMappingSerializeWrapper> {}
