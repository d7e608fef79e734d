import { type getConsumerListByGroup, getConsumerListByGroupResponseBody, ResponseCode } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof getConsumerListByGroup;

/** GET_CONSUMER_LIST_BY_GROUP 38. An empty list is code 1: clients would drop all their queues otherwise. */
export function getConsumerListByGroupProcessor({
  clients,
}: BrokerParts): (request: IncomingRequest<Definition>) => Reply<Definition> {
  return ({ header }) => {
    const consumerIdList = clients.consumerGroup(header.consumerGroup)?.clientIds() ?? [];
    if (consumerIdList.length === 0) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `no consumer for this group, ${header.consumerGroup}` };
    }
    return { code: ResponseCode.SUCCESS, body: getConsumerListByGroupResponseBody.encode({ consumerIdList }) };
  };
}
