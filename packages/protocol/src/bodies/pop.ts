import { bitSet } from './base64.js';
import type { Infer } from './body-shape.js';
import { MESSAGE_MODELS } from './heartbeat.js';
import { messageQueue } from './message-queue.js';
import { object } from './object-shape.js';
import { choice, int, list, long, map, named, optional, set, text } from './shapes.js';

export const MESSAGE_REQUEST_MODES = ['PULL', 'POP'] as const;
export type MessageRequestMode = (typeof MESSAGE_REQUEST_MODES)[number];

export const batchAck = object('BatchAck', {
  consumerGroup: named('c', text()),
  topic: named('t', text()),
  /** `0` the topic itself, `1` and `2` its retry topics. */
  retry: named('r', text()),
  startOffset: named('so', long()),
  queueId: named('q', int()),
  reviveQueueId: named('rq', int()),
  popTime: named('pt', long()),
  invisibleTime: named('it', long()),
  /** Offsets to acknowledge, relative to startOffset. */
  bitSet: named('b', bitSet()),
});
export interface BatchAck extends Infer<typeof batchAck> {}

export const batchAckMessageRequestBody = object('BatchAckMessageRequestBody', {
  brokerName: text(),
  acks: list(batchAck),
});
export interface BatchAckMessageRequestBody extends Infer<typeof batchAckMessageRequestBody> {}

export const messageQueueAssignment = object('MessageQueueAssignment', {
  messageQueue: optional(messageQueue),
  mode: choice(MESSAGE_REQUEST_MODES, 'PULL'),
  attachments: optional(map(text())),
});
export interface MessageQueueAssignment extends Infer<typeof messageQueueAssignment> {}

export const queryAssignmentRequestBody = object('QueryAssignmentRequestBody', {
  topic: text(),
  consumerGroup: text(),
  clientId: text(),
  strategyName: text(),
  messageModel: choice(MESSAGE_MODELS, 'CLUSTERING'),
});
export interface QueryAssignmentRequestBody extends Infer<typeof queryAssignmentRequestBody> {}

/** Absent means that the broker cannot say (unknown strategy, group not there): clients keep what they have. */
export const queryAssignmentResponseBody = object('QueryAssignmentResponseBody', {
  messageQueueAssignments: optional(set(messageQueueAssignment)),
});
export interface QueryAssignmentResponseBody extends Infer<typeof queryAssignmentResponseBody> {}

export const setMessageRequestModeRequestBody = object('SetMessageRequestModeRequestBody', {
  topic: text(),
  consumerGroup: text(),
  mode: choice(MESSAGE_REQUEST_MODES, 'PULL'),
  popShareQueueNum: int(),
});
export interface SetMessageRequestModeRequestBody extends Infer<typeof setMessageRequestModeRequestBody> {}

/** Topic to group to mode; also the file messageRequestMode.json. */
export const messageRequestModeSerializeWrapper = object('MessageRequestModeSerializeWrapper', {
  messageRequestModeMap: map(map(setMessageRequestModeRequestBody)),
});
export interface MessageRequestModeSerializeWrapper extends Infer<typeof messageRequestModeSerializeWrapper> {}

/** Body of a `ck` message in the revive topic. */
export const popCheckPoint = object(
  'PopCheckPoint',
  {
    startOffset: named('so', long()),
    popTime: named('pt', long()),
    invisibleTime: named('it', long()),
    bitMap: named('bm', int()),
    num: named('n', int()),
    queueId: named('q', int()),
    topic: named('t', text()),
    cid: named('c', text()),
    reviveOffset: named('ro', long()),
    queueOffsetDiff: named('d', list(int())),
    brokerName: named('bn', optional(text())),
    rePutTimes: named('rp', optional(text())),
  },
  { reviveTime: ({ popTime, invisibleTime }) => popTime + invisibleTime },
);
export interface PopCheckPoint extends Infer<typeof popCheckPoint> {}

const ackFields = {
  ackOffset: named('ao', long()),
  startOffset: named('so', long()),
  consumerGroup: named('c', text()),
  topic: named('t', text()),
  queueId: named('q', int()),
  popTime: named('pt', long()),
  brokerName: named('bn', optional(text())),
};

/** Body of an `ack` message in the revive topic. */
export const ackMsg = object('AckMsg', ackFields);
export interface AckMsg extends Infer<typeof ackMsg> {}

/** Body of a `bAck` message in the revive topic. */
export const batchAckMsg = object('BatchAckMsg', { ...ackFields, ackOffsetList: named('aol', list(long())) });
export interface BatchAckMsg extends Infer<typeof batchAckMsg> {}
