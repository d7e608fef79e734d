import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { int, list, long, text } from './shapes.js';

export const messageQueue = object('MessageQueue', { topic: text(), brokerName: text(), queueId: int() });
export interface MessageQueue extends Infer<typeof messageQueue> {}

export const messageQueueForC = object('MessageQueueForC', {
  topic: text(),
  brokerName: text(),
  queueId: int(),
  offset: long(),
});
export interface MessageQueueForC extends Infer<typeof messageQueueForC> {}

/** RESET_CONSUMER_CLIENT_OFFSET for clients of language CPP. */
export const resetOffsetBodyForC = object('ResetOffsetBodyForC', { offsetTable: list(messageQueueForC) });
export interface ResetOffsetBodyForC extends Infer<typeof resetOffsetBodyForC> {}
