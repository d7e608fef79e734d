import { ResponseCode, type unregisterClient } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof unregisterClient;

/** UNREGISTER_CLIENT 35: leaves one producer group, one consumer group or both; never fails. */
export function unregisterClientProcessor({
  clients,
}: BrokerParts): (request: IncomingRequest<Definition>) => Reply<Definition> {
  return ({ header, connection }) => {
    if (header.producerGroup !== undefined) clients.unregisterProducer(header.producerGroup, connection);
    if (header.consumerGroup !== undefined) clients.unregisterConsumer(header.consumerGroup, connection);
    return { code: ResponseCode.SUCCESS };
  };
}
