import {
  closedProperties,
  decodeBatch,
  findProperty,
  isRetryTopic,
  MessageProperty,
  ResponseCode,
  type sendBatchMessage,
  type TopicConfig,
  withoutProperty,
} from '@cometmq/protocol';
import type { IncomingRequest } from '@cometmq/remoting';
import type { MessageToStore } from '@cometmq/store';
import type { BrokerParts } from '../broker-parts.js';
import { bornHostOf } from './born-host.js';
import { delayLevel } from './final-properties.js';
import { Found, scanProperties } from './property-scan.js';
import { putCode, refusedPut } from './put-outcome.js';
import { admitSend } from './send-admission.js';
import { sendConstants } from './send-constants.js';
import { checkSize, countPut, queueOf, refuse, type SendReply, type SendRequest, storedSysFlag } from './send-reply.js';

/** Messages in one batch; more are refused. 4 MiB hold 120 000 messages of one byte. */
const MAX_BATCH_MESSAGES = 131_072;
const MAX_TOPIC_CHARS = 127;

/** Properties that each message of a batch has of its own: those of the batch never overrule them. */
const OWN_PROPERTIES = [
  MessageProperty.UNIQ_KEY,
  MessageProperty.POP_CK,
  MessageProperty.CLUSTER,
  MessageProperty.MSG_REGION,
  MessageProperty.TRACE_SWITCH,
] as const;

/** SEND_BATCH_MESSAGE 320 (broker-semantics, 1.7). */
export function sendBatchMessageProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<typeof sendBatchMessage>) => Promise<SendReply> {
  return async (request) => {
    const send = request as unknown as SendRequest;
    const admitted = await admitSend(parts, send.header, send.connection.remote);
    return 'code' in admitted ? refuse(parts, admitted) : sendBatch(parts, send, admitted.topic);
  };
}

/** Every message of the batch becomes a record of its own, side by side, all or none. */
export async function sendBatch(parts: BrokerParts, request: SendRequest, topic: TopicConfig): Promise<SendReply> {
  const { header } = request;
  const batchProperties = header.properties ?? '';
  const refusal = checkSize(parts, request, batchProperties) ?? checkTarget(header.topic, batchProperties);
  if (refusal !== undefined) return refuse(parts, refusal);
  const queueId = queueOf(parts, header, topic);
  const messages = messagesOf(parts, request, topic, queueId, batchProperties);
  if (!Array.isArray(messages)) return refuse(parts, messages);
  const scan = scanProperties(batchProperties);
  const waitStoreOk = (scan.found & Found.NO_WAIT) === 0;
  const startedAt = parts.clock.monotonic();
  const result = await parts.store.putBatch(messages, { waitStoreOk });
  if (!('queueOffset' in result)) return refuse(parts, refusedPut(parts, result));
  countPut(parts, request, messages.length, startedAt);
  return {
    code: putCode(result),
    header: {
      msgId: result.physicalOffsets.map((offset) => parts.offsetMessageId(offset)).join(','),
      queueId,
      queueOffset: result.queueOffset,
      transactionId: scan.uniqKey,
    },
    extFields: sendConstants(parts).fields,
  };
}

function checkTarget(topic: string, properties: string) {
  const illegal = (remark: string) => ({ code: ResponseCode.MESSAGE_ILLEGAL, remark });
  if (topic.length > MAX_TOPIC_CHARS) return illegal(`message topic length too long ${topic.length}`);
  if (isRetryTopic(topic)) return illegal('batch request does not support retry group ');
  const scan = scanProperties(properties);
  if ((scan.found & Found.TRANSACTION) !== 0) return illegal('batch request does not support transaction messages');
  if (delayLevel(properties) > 0) return illegal('batch request does not support delayed messages');
  return undefined;
}

function messagesOf(
  parts: BrokerParts,
  request: SendRequest,
  topic: TopicConfig,
  queueId: number,
  batchProperties: string,
): MessageToStore[] | { code: number; remark: string } {
  const { header, connection } = request;
  const items = decodeBatch(request.body, { maxMessages: MAX_BATCH_MESSAGES });
  if (items.length === 0) return { code: ResponseCode.MESSAGE_ILLEGAL, remark: 'the batch holds no message' };
  let shared = batchProperties;
  for (const name of OWN_PROPERTIES) shared = withoutProperty(shared, name);
  const behind = closedProperties(shared) + sendConstants(parts).properties;
  const bornHost = bornHostOf(connection);
  const sysFlag = storedSysFlag(header.sysFlag, topic);
  return items.map((item) => {
    const id =
      findProperty(item.properties, MessageProperty.UNIQ_KEY) === undefined
        ? `UNIQ_KEY\u0001${parts.uniqueId()}\u0002`
        : '';
    return {
      topic: topic.topicName,
      queueId,
      flag: item.flag,
      sysFlag,
      bornTimestamp: header.bornTimestamp,
      bornHost,
      reconsumeTimes: header.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
      body: item.body,
      properties: closedProperties(item.properties) + id + behind,
    };
  });
}
