import {
  type Connection as ConnectionEntry,
  consumerConnection,
  type getConsumerConnectionList,
  type getProducerConnectionList,
  producerConnection,
  ResponseCode,
  type SubscriptionData,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { ClientChannel } from '../../clients/client-channel.js';
import type { BrokerParts } from '../broker-parts.js';

function entry({ clientId, connection, language, version }: ClientChannel): ConnectionEntry {
  return { clientId, clientAddr: connection.address, language, version };
}

/** GET_CONSUMER_CONNECTION_LIST 203. */
export function getConsumerConnectionListProcessor({
  clients,
}: BrokerParts): (
  request: IncomingRequest<typeof getConsumerConnectionList>,
) => Reply<typeof getConsumerConnectionList> {
  return ({ header }) => {
    const group = clients.consumerGroup(header.consumerGroup);
    if (group === undefined) {
      return {
        code: ResponseCode.CONSUMER_NOT_ONLINE,
        remark: `the consumer group[${header.consumerGroup}] not online`,
      };
    }
    const subscriptionTable = new Map<string, SubscriptionData>();
    for (const { data } of group.subscriptions()) subscriptionTable.set(data.topic, data);
    const connectionSet = [...group.channels.values()].map(entry);
    return {
      code: ResponseCode.SUCCESS,
      body: consumerConnection.encode({ connectionSet, subscriptionTable, ...group.settings }),
    };
  };
}

/** GET_PRODUCER_CONNECTION_LIST 204. */
export function getProducerConnectionListProcessor({
  clients,
}: BrokerParts): (
  request: IncomingRequest<typeof getProducerConnectionList>,
) => Reply<typeof getProducerConnectionList> {
  return ({ header }) => {
    const channels = clients.producers(header.producerGroup);
    if (channels.length === 0) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `the producer group[${header.producerGroup}] not exist` };
    }
    return { code: ResponseCode.SUCCESS, body: producerConnection.encode({ connectionSet: channels.map(entry) }) };
  };
}
