import { type RequestHeader, ResponseCode, type sendMessageV2, SysFlag, type TopicConfig } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import { randomInt } from '@cometmq/runtime';
import type { BrokerParts } from '../broker-parts.js';
import { illegalMessage } from './put-outcome.js';
import type { Refusal } from './send-admission.js';
import { sendConstants } from './send-constants.js';

export type SendRequest = IncomingRequest<typeof sendMessageV2>;
export type SendReply = Reply<typeof sendMessageV2>;

/** Longer property text is refused before anything is done with it; the exact limit is in bytes and the store's. */
const MAX_PROPERTY_CHARS = 32_767;

/** Body and property limits (broker-semantics, 1.5). */
export function checkSize(parts: BrokerParts, request: SendRequest, properties: string): Refusal | undefined {
  const bytes = request.body.length;
  if (bytes > 0 && bytes <= parts.settings.maxMessageSize && properties.length <= MAX_PROPERTY_CHARS) return undefined;
  const remark = bytes === 0 ? 'the message has no body' : illegalMessage(parts);
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
}

/** The queue the client wants; a negative number leaves the choice to chance. */
export function queueOf(parts: BrokerParts, header: RequestHeader<typeof sendMessageV2>, topic: TopicConfig): number {
  return header.queueId >= 0 ? header.queueId : randomInt(parts.random, topic.writeQueueNums);
}

/** What a client has no say in: half messages and inner batches would be hidden from consumers, or break them. */
const BROKER_FLAGS = SysFlag.TRANSACTION_ROLLBACK | SysFlag.NEED_UNWRAP | SysFlag.INNER_BATCH;

/** The sysFlag as it is stored. */
export function storedSysFlag(sysFlag: number, topic: TopicConfig): number {
  const own = sysFlag & ~BROKER_FLAGS;
  return topic.topicFilterType === 'MULTI_TAG' ? own | SysFlag.MULTI_TAGS : own;
}

export function countPut(parts: BrokerParts, request: SendRequest, messages: number, startedAt: number): void {
  const { counters } = parts;
  counters.messagesIn += messages;
  counters.bytesIn += request.body.length;
  counters.putLatency.record(parts.clock.monotonic() - startedAt);
}

/** A refusal of a send; like every answer to a send it names region and trace switch. */
export function refuse(parts: BrokerParts, refusal: Refusal): SendReply {
  return { code: refusal.code, remark: refusal.remark, extFields: sendConstants(parts).fields };
}
