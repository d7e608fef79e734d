import type { Infer } from './body-shape.js';
import { messageQueue } from './message-queue.js';
import { object } from './object-shape.js';
import { bool, set, text } from './shapes.js';

const lockFields = {
  consumerGroup: text(),
  clientId: text(),
  onlyThisBroker: bool(),
  mqSet: set(messageQueue),
};

export const lockBatchRequestBody = object('LockBatchRequestBody', lockFields);
export interface LockBatchRequestBody extends Infer<typeof lockBatchRequestBody> {}

export const unlockBatchRequestBody = object('UnlockBatchRequestBody', lockFields);
export interface UnlockBatchRequestBody extends Infer<typeof unlockBatchRequestBody> {}

/** The key is spelt like that on the wire. */
export const lockBatchResponseBody = object('LockBatchResponseBody', { lockOKMQSet: set(messageQueue) });
export interface LockBatchResponseBody extends Infer<typeof lockBatchResponseBody> {}
