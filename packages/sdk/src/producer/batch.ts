import { isRetryTopic } from '@cometmq/protocol';
import { RocketMQError } from '../client/errors.js';
import type { OutgoingMessage, SendResult } from '../message/outgoing-message.js';
import type { EncodedMessage } from './encoded-message.js';
import { type Stored, toSendResult } from './sending.js';

/** Entry overhead: totalSize, magic, bodyCRC, flag, bodyLength, propertiesLength (remoting-protocol 7.4). */
const ENTRY_OVERHEAD = 4 + 4 + 4 + 4 + 4 + 2;

const entrySize = ({ body, propertiesBytes }: EncodedMessage): number => ENTRY_OVERHEAD + body.length + propertiesBytes;

/** Why these cannot be one batch, in words; undefined when they can (Java MessageBatch.generateFromList). */
export function batchProblem(messages: readonly OutgoingMessage[]): string | undefined {
  const first = messages[0];
  if (first === undefined) return undefined;
  const wait = first.waitStoreOk ?? true;
  for (const message of messages) {
    if (message.topic !== first.topic) return `a batch goes to one topic, not to ${first.topic} and ${message.topic}`;
    if ((message.waitStoreOk ?? true) !== wait) return 'all messages of a batch must have the same waitStoreOk';
    if (message.delay !== undefined) return 'messages with a delay cannot be sent in a batch';
    if (message.shardingKey !== first.shardingKey)
      return 'a batch goes to one queue: all its messages must have the same shardingKey';
  }
  return isRetryTopic(first.topic) ? 'retry topics take no batches' : undefined;
}

/**
 * Splits so that no part is over `maxBytes`. Without `split` there is one part, and a batch that is too large is refused with
 * INVALID_ARGUMENT.
 */
export function splitBatch(
  entries: readonly EncodedMessage[],
  maxBytes: number,
  split: boolean,
): (readonly EncodedMessage[])[] {
  const parts: EncodedMessage[][] = [];
  let part: EncodedMessage[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entrySize(entry);
    if (part.length > 0 && bytes + size > maxBytes) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(entry);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  if (parts.length > 1 && !split) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `${entries.length} messages are over maxMessageSize (${maxBytes} bytes) together: send fewer at once, or set split`,
    );
  }
  return parts;
}

/** One result per message: the broker names the offset of the first one, and the ids of all with commas between. */
export function batchResults(
  { status, header, queue }: Stored,
  part: readonly EncodedMessage[],
  userTopic: string,
): SendResult[] {
  const ids = header.msgId.split(',');
  return part.map((message, index) => {
    const own = {
      msgId: ids[index] ?? header.msgId,
      queueId: header.queueId,
      queueOffset: header.queueOffset + index,
      recallHandle: header.recallHandle,
    };
    return toSendResult(status, own, queue, message.msgId, userTopic);
  });
}
