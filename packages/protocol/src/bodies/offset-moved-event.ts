import type { Infer } from './body-shape.js';
import { messageQueue } from './message-queue.js';
import { object } from './object-shape.js';
import { long, optional, text } from './shapes.js';

/** Body of a message in OFFSET_MOVED_EVENT. */
export const offsetMovedEvent = object('OffsetMovedEvent', {
  consumerGroup: text(),
  messageQueue: optional(messageQueue),
  offsetRequest: long(),
  offsetNew: long(),
});
export interface OffsetMovedEvent extends Infer<typeof offsetMovedEvent> {}
