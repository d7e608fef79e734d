import { type queryConsumerOffset, ResponseCode } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof queryConsumerOffset;

/**
 * QUERY_CONSUMER_OFFSET 14. A group without an offset starts at 0 while the queue's first message is still in memory,
 * whatever the client's ConsumeFromWhere says: users of fresh topics rely on it (client-behaviour, 8.2).
 */
export function queryConsumerOffsetProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Reply<Definition> {
  const { offsets, store } = parts;
  return ({ header }) => {
    const { consumerGroup, topic, queueId, setZeroIfNotFound } = header;
    const offset = offsets.query(consumerGroup, topic, queueId);
    if (offset >= 0) return { code: ResponseCode.SUCCESS, header: { offset } };
    if (setZeroIfNotFound === false) {
      return {
        code: ResponseCode.QUERY_NOT_FOUND,
        remark: 'Not found, do not set to zero, maybe this group boot first',
      };
    }
    if (queueId >= 0 && store.minOffset(topic, queueId) <= 0 && store.isInMemory(topic, queueId, 0)) {
      return { code: ResponseCode.SUCCESS, header: { offset: 0 } };
    }
    return {
      code: ResponseCode.QUERY_NOT_FOUND,
      remark: 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first',
    };
  };
}
