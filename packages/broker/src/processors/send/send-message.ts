import { isRetryTopic, ResponseCode, type sendMessage, type sendMessageV2, type TopicConfig } from '@cometmq/protocol';
import { type IncomingRequest, LATER } from '@cometmq/remoting';
import type { PutResult } from '@cometmq/store';
import type { Destination } from '../../delay/schedule-message.js';
import type { BrokerParts } from '../broker-parts.js';
import { bornHostOf } from './born-host.js';
import { applyDelay, finalProperties, NO_TRANSACTIONS } from './final-properties.js';
import { Found, type PropertyScan, scanProperties } from './property-scan.js';
import { putCode, refusedPut } from './put-outcome.js';
import { type RetryRoute, routeRetry } from './retry-routing.js';
import { type Admitted, admitSend, type Refusal } from './send-admission.js';
import { sendBatch } from './send-batch.js';
import { sendConstants } from './send-constants.js';
import { checkSize, countPut, queueOf, refuse, type SendReply, type SendRequest, storedSysFlag } from './send-reply.js';
import { StoredReply } from './stored-reply.js';

type SendDefinition = typeof sendMessage | typeof sendMessageV2;
/** Messages that are taken are answered when they are as safe as they have to be. */
type Sent = SendReply | typeof LATER;

/** SEND_MESSAGE 10 and SEND_MESSAGE_V2 310: one header, long or short names on the wire (broker-semantics, section 1). */
export function sendMessageProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<SendDefinition>) => Sent | Promise<Sent> {
  return (request) => {
    const send = request as SendRequest;
    const admitted = admitSend(parts, send.header, send.connection.remote);
    if (admitted instanceof Promise) return admitted.then((outcome) => proceed(parts, send, outcome));
    return proceed(parts, send, admitted);
  };
}

function proceed(parts: BrokerParts, request: SendRequest, admitted: Admitted): Sent | Promise<Sent> {
  if ('code' in admitted) return refuse(parts, admitted);
  const { header } = request;
  if (header.batch === true) return sendBatch(parts, request, admitted.topic);
  const properties = header.properties ?? '';
  const problem = checkSize(parts, request, properties);
  if (problem !== undefined) return refuse(parts, problem);
  const scan = scanProperties(properties);
  if (isRetryTopic(header.topic)) return sendRetry(parts, request, admitted.topic, scan);
  return put(
    parts,
    request,
    { topic: admitted.topic, queueId: queueOf(parts, header, admitted.topic), properties },
    scan,
  );
}

async function sendRetry(
  parts: BrokerParts,
  request: SendRequest,
  topic: TopicConfig,
  scan: PropertyScan,
): Promise<Sent> {
  const { header, command } = request;
  const route = await routeRetry(parts, topic, {
    topic: header.topic,
    queueId: queueOf(parts, header, topic),
    properties: header.properties ?? '',
    reconsumeTimes: header.reconsumeTimes ?? 0,
    maxReconsumeTimes: header.maxReconsumeTimes,
    clientVersion: command.version,
  });
  if ('code' in route) return refuse(parts, route);
  return put(parts, request, route, scan);
}

function put(parts: BrokerParts, request: SendRequest, route: RetryRoute, scan: PropertyScan): Sent {
  const { header } = request;
  const { topic, queueId } = route;
  const reconsumeTimes = header.reconsumeTimes ?? 0;
  if ((scan.found & Found.TRANSACTION) !== 0 && !(reconsumeTimes > 0 && (scan.found & Found.DELAY) !== 0)) {
    return refuse(parts, NO_TRANSACTIONS);
  }
  if ((scan.found & Found.KEYS) === 0 && topic.attributes.get('cleanup.policy') === 'COMPACTION') {
    return refuse(parts, { code: ResponseCode.MESSAGE_ILLEGAL, remark: 'Required message key is missing' });
  }
  const uniqKey = scan.uniqKey ?? parts.uniqueId();
  let destination: Destination | Refusal = {
    topic: topic.topicName,
    queueId,
    properties: finalProperties(parts, route.properties, scan, uniqKey),
  };
  if ((scan.found & (Found.DELAY | Found.TIMER)) !== 0) {
    destination = applyDelay(parts, destination, scan);
    if ('code' in destination) return refuse(parts, destination);
  }
  const startedAt = parts.clock.monotonic();
  const { keys, tags } = scan;
  const message = {
    topic: destination.topic,
    queueId: destination.queueId,
    flag: header.flag,
    sysFlag: storedSysFlag(header.sysFlag, topic),
    bornTimestamp: header.bornTimestamp,
    bornHost: bornHostOf(request.connection),
    reconsumeTimes,
    preparedTransactionOffset: 0,
    body: request.body,
    properties: destination.properties,
    found: { uniqKey, keys, tags },
  };
  const answer = (result: PutResult) => answerPut(parts, request, result, { queueId, uniqKey, startedAt });
  parts.store.append(message, (scan.found & Found.NO_WAIT) === 0, request.later(answer));
  return LATER;
}

interface Answered {
  readonly queueId: number;
  readonly uniqKey: string;
  readonly startedAt: number;
}

function answerPut(parts: BrokerParts, request: SendRequest, result: PutResult, sent: Answered): SendReply {
  if (!('queueOffset' in result)) return refuse(parts, refusedPut(parts, result));
  countPut(parts, request, 1, sent.startedAt);
  const code = putCode(result);
  if (code === ResponseCode.SUCCESS)
    return new StoredReply(parts, result.physicalOffset, sent.queueId, result.queueOffset, sent.uniqKey);
  return {
    code,
    header: {
      msgId: parts.offsetMessageId(result.physicalOffset),
      queueId: sent.queueId,
      queueOffset: result.queueOffset,
      transactionId: sent.uniqKey,
    },
    extFields: sendConstants(parts).fields,
  };
}
