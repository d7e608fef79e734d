import type { FrameBody, ResponseHeader, sendMessageV2 } from '@cometmq/protocol';
import type { MessageQueue } from '../message/message-queue.js';
import type { SendResult, SendStatus } from '../message/outgoing-message.js';

/** What is sent in one request: a message, or several of one topic. */
export interface Sending {
  /** As the servers know it. */
  readonly topic: string;
  readonly body: FrameBody;
  readonly properties: string;
  readonly sysFlag: number;
  readonly batch: boolean;
}

export interface SendPlan {
  /** Index into the queues of the route; undefined: round robin and further tries. */
  readonly fixed: number | undefined;
  readonly startedAt: number;
  /** Monotonic. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
}

/** What the broker said about a message it has stored. */
export interface Stored {
  readonly status: SendStatus;
  /** That it was sent to. */
  readonly queue: MessageQueue;
  /** `msgId` of a batch: several, comma between. */
  readonly header: StoredHeader;
}

type StoredHeader = ResponseHeader<typeof sendMessageV2>;

/** What the user gets of a stored message; `userTopic` is what the topic is without its namespace. */
export function toSendResult(
  status: SendStatus,
  header: StoredHeader,
  asked: MessageQueue,
  msgId: string,
  userTopic: string,
): SendResult {
  const { msgId: offsetMsgId, queueId, queueOffset, transactionId, recallHandle } = header;
  const same = queueId === asked.queueId && userTopic === asked.topic;
  // The broker may put it elsewhere (queueId -1 in static topics).
  const queue = same ? asked : { ...asked, topic: userTopic, queueId };
  if (recallHandle === undefined) {
    if (transactionId === undefined) return { status, msgId, offsetMsgId, queue, queueOffset };
    return { status, msgId, offsetMsgId, queue, queueOffset, transactionId };
  }
  const result = { status, msgId, offsetMsgId, queue, queueOffset, recallHandle };
  return transactionId === undefined ? result : { ...result, transactionId };
}
