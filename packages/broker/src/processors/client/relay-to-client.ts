import {
  type consumeMessageDirectly,
  consumeMessageDirectly as consumeMessageDirectlyDefinition,
  decodeOffsetMessageId,
  type getConsumerRunningInfo,
  getConsumerRunningInfo as getConsumerRunningInfoDefinition,
  ResponseCode,
} from '@cometmq/protocol';
import { type IncomingRequest, RemotingError, type Reply } from '@cometmq/remoting';
import type { ClientChannel } from '../../clients/client-channel.js';
import type { BrokerParts } from '../broker-parts.js';

/** How long a client may take, ms. */
const CLIENT_TIMEOUT_MS = 10_000;
/** V3_1_8_SNAPSHOT: older clients do not know these requests. */
const FIRST_VERSION = 63;

interface Refused {
  readonly code: number;
  readonly remark: string;
}

function findClient(parts: BrokerParts, group: string, clientId: string | undefined): ClientChannel | Refused {
  const channel = clientId === undefined ? undefined : parts.clients.consumerChannel(group, clientId);
  if (channel === undefined)
    return { code: ResponseCode.SYSTEM_ERROR, remark: `The Consumer <${group}> <${clientId}> not online` };
  if (channel.version >= FIRST_VERSION) return channel;
  return {
    code: ResponseCode.SYSTEM_ERROR,
    remark: `The Consumer <${clientId}> Version <${channel.version}> too low to finish, please upgrade it to V3_1_8_SNAPSHOT`,
  };
}

function failure(error: unknown, group: string, clientId: string | undefined): Refused {
  const late = error instanceof RemotingError && error.code === 'TIMEOUT';
  const code = late ? ResponseCode.CONSUME_MSG_TIMEOUT : ResponseCode.SYSTEM_ERROR;
  return {
    code,
    remark: `consumer <${group}> <${clientId}> ${error instanceof Error ? error.message : String(error)}`,
  };
}

/** GET_CONSUMER_RUNNING_INFO 307: handed on to the client, whose answer is handed back. */
export function getConsumerRunningInfoProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<typeof getConsumerRunningInfo>) => Promise<Reply<typeof getConsumerRunningInfo>> {
  return async ({ header }) => {
    const client = findClient(parts, header.consumerGroup, header.clientId);
    if ('code' in client) return client;
    try {
      const answer = await client.connection.request(getConsumerRunningInfoDefinition, header, {
        timeoutMs: CLIENT_TIMEOUT_MS,
      });
      return { code: answer.code, remark: answer.remark, body: answer.body };
    } catch (error) {
      return failure(error, header.consumerGroup, header.clientId);
    }
  };
}

/** CONSUME_MESSAGE_DIRECTLY 309: the same, with the message as the body. */
export function consumeMessageDirectlyProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<typeof consumeMessageDirectly>) => Promise<Reply<typeof consumeMessageDirectly>> {
  return async ({ header }) => {
    const client = findClient(parts, header.consumerGroup, header.clientId);
    if ('code' in client) return client;
    const { physicalOffset } = decodeOffsetMessageId(header.msgId ?? '');
    const body = await parts.store.recordAt(physicalOffset);
    if (body === undefined) return { code: ResponseCode.SYSTEM_ERROR, remark: `there is no message ${header.msgId}` };
    const topicSysFlag = header.topic === undefined ? undefined : parts.topics.get(header.topic)?.topicSysFlag;
    const groupSysFlag = parts.groups.get(header.consumerGroup)?.groupSysFlag;
    try {
      const completed = { ...header, brokerName: parts.settings.brokerName, topicSysFlag, groupSysFlag };
      const answer = await client.connection.request(consumeMessageDirectlyDefinition, completed, {
        body,
        timeoutMs: CLIENT_TIMEOUT_MS,
      });
      return { code: answer.code, remark: answer.remark, body: answer.body };
    } catch (error) {
      return failure(error, header.consumerGroup, header.clientId);
    }
  };
}
