import type { Infer } from './body-shape.js';
import { subscriptionData } from './heartbeat.js';
import { object } from './object-shape.js';
import { bool, int, list, long, optional, text } from './shapes.js';

/** One entry of a consume queue, for people who look for a lost message. */
export const consumeQueueData = object('ConsumeQueueData', {
  physicOffset: long(),
  physicSize: int(),
  tagsCode: long(),
  extendDataJson: optional(text()),
  bitMap: optional(text()),
  eval: bool(),
  msg: optional(text()),
});
export interface ConsumeQueueData extends Infer<typeof consumeQueueData> {}

export const queryConsumeQueueResponseBody = object('QueryConsumeQueueResponseBody', {
  subscriptionData: optional(subscriptionData),
  filterData: optional(text()),
  queueData: list(consumeQueueData),
  maxQueueIndex: long(),
  minQueueIndex: long(),
});
export interface QueryConsumeQueueResponseBody extends Infer<typeof queryConsumeQueueResponseBody> {}
