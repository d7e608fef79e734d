import { MAX_PROPERTIES_BYTES } from '@cometmq/protocol';
import { utf8Length } from '@cometmq/runtime';
import type { MessageToStore, Refused } from './ports.js';

const RETRY_PREFIX = '%RETRY%';
/** Bytes of a topic's name (store-format, 2.5). */
const MAX_TOPIC_BYTES = 127;
const MAX_RETRY_TOPIC_BYTES = 255;
/** More characters than this may be more bytes than a property text can have. */
const SURELY_SHORT_CHARS = Math.floor(MAX_PROPERTIES_BYTES / 3);

/** Topics are names of directories, so some texts cannot be one. */
export function isQueueName(topic: string, queueId: number): boolean {
  if (topic.length === 0 || topic.includes('/') || topic.includes('\0') || topic === '.' || topic === '..')
    return false;
  return Number.isInteger(queueId) && queueId >= 0 && queueId <= 0x7fff_ffff;
}

const illegal = (reason: string): Refused => ({ status: 'MESSAGE_ILLEGAL', reason });

/** Why a message cannot be stored; undefined when it can. `bodyRoom`: bytes that its body may have. */
export function messageProblem(message: MessageToStore, bodyRoom: number): Refused | undefined {
  const { topic, body, properties, bornHost } = message;
  if (body.length > bodyRoom)
    return illegal(`the body is too long: ${bodyRoom} bytes (maxMessageSize) are allowed at most`);
  if (topic.length > MAX_TOPIC_BYTES / 3) {
    const limit = topic.startsWith(RETRY_PREFIX) ? MAX_RETRY_TOPIC_BYTES : MAX_TOPIC_BYTES;
    const bytes = utf8Length(topic);
    if (bytes > limit) return illegal(`the topic's name has ${bytes} bytes, ${limit} are allowed`);
  }
  if (!isQueueName(topic, message.queueId))
    return illegal(`there is no queue ${message.queueId} of a topic "${topic}"`);
  if (properties.length > SURELY_SHORT_CHARS && utf8Length(properties) > MAX_PROPERTIES_BYTES) {
    return {
      status: 'PROPERTIES_SIZE_EXCEEDED',
      reason: `the properties have more than ${MAX_PROPERTIES_BYTES} bytes`,
    };
  }
  if (bornHost.length !== 8 && bornHost.length !== 20) return illegal('the born host must have 8 or 20 bytes');
  return undefined;
}

/** Why messages cannot be stored as a batch; undefined when they can. */
export function batchProblem(messages: readonly MessageToStore[], maxMessageSize: number): Refused | undefined {
  const first = messages[0];
  if (first === undefined) return illegal('the batch is empty');
  let room = maxMessageSize;
  for (const message of messages) {
    if (message.topic !== first.topic || message.queueId !== first.queueId) {
      return illegal('all messages of a batch must go to one topic and queue');
    }
    const problem = messageProblem(message, room);
    if (problem !== undefined) return problem;
    room -= message.body.length;
  }
  return undefined;
}
