import {
  type GetConsumerStatusBody,
  getConsumerStatusBody,
  getConsumerStatusFromClient,
  type invokeBrokerToGetConsumerStatus,
  ResponseCode,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof invokeBrokerToGetConsumerStatus;
type Status = GetConsumerStatusBody['messageQueueTable'];

/** How long a client may take, ms. */
const CLIENT_TIMEOUT_MS = 5000;
/** Clients that are asked at a time: a group may have thousands. */
const ASKED_AT_ONCE = 16;

/** INVOKE_BROKER_TO_GET_CONSUMER_STATUS 223: how far each client of a group is, or the one that is named; who is silent is left out. */
export function getConsumerStatusProcessor({
  clients,
  logger,
}: BrokerParts): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  return async ({ header }) => {
    const { clientAddr, group } = header;
    const wanted = clientAddr === undefined || clientAddr === '' ? undefined : clientAddr;
    const channels = [...(clients.consumerGroup(group)?.channels.values() ?? [])].filter(
      ({ clientId }) => wanted === undefined || clientId === wanted,
    );
    if (channels.length === 0)
      return { code: ResponseCode.SYSTEM_ERROR, remark: `No Any Consumer online in the consumer group: [${group}]` };
    const consumerTable = new Map<string, Status>();
    const ask = async (): Promise<void> => {
      for (let channel = channels.pop(); channel !== undefined; channel = channels.pop()) {
        const { clientId, connection } = channel;
        try {
          const options = { timeoutMs: CLIENT_TIMEOUT_MS };
          const { code, body } = await connection.request(getConsumerStatusFromClient, header, options);
          if (code === ResponseCode.SUCCESS)
            consumerTable.set(clientId, getConsumerStatusBody.decode(body).messageQueueTable);
        } catch (error) {
          logger.warn('a client does not tell how far it is', { group, clientId, error });
        }
      }
    };
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask));
    return { code: ResponseCode.SUCCESS, body: getConsumerStatusBody.encode({ messageQueueTable: [], consumerTable }) };
  };
}
