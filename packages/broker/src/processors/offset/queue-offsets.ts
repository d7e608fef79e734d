import {
  type getEarliestMsgStoretime,
  type getMaxOffset,
  type getMinOffset,
  ResponseCode,
  type searchOffsetByTimestamp,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

/** GET_MAX_OFFSET 30: the offset that comes next; 0 for a queue that does not exist. */
export function getMaxOffsetProcessor({
  store,
}: BrokerParts): (request: IncomingRequest<typeof getMaxOffset>) => Reply<typeof getMaxOffset> {
  return ({ header }) => ({
    code: ResponseCode.SUCCESS,
    header: { offset: store.maxOffset(header.topic, header.queueId) },
  });
}

/** GET_MIN_OFFSET 31. */
export function getMinOffsetProcessor({
  store,
}: BrokerParts): (request: IncomingRequest<typeof getMinOffset>) => Reply<typeof getMinOffset> {
  return ({ header }) => ({
    code: ResponseCode.SUCCESS,
    header: { offset: store.minOffset(header.topic, header.queueId) },
  });
}

/** SEARCH_OFFSET_BY_TIMESTAMP 29; 0 for a queue that does not exist. */
export function searchOffsetByTimestampProcessor({
  store,
}: BrokerParts): (
  request: IncomingRequest<typeof searchOffsetByTimestamp>,
) => Promise<Reply<typeof searchOffsetByTimestamp>> {
  return async ({ header }) => ({
    code: ResponseCode.SUCCESS,
    header: {
      offset: await store.offsetByTimestamp(
        header.topic,
        header.queueId,
        header.timestamp,
        header.boundaryType ?? 'LOWER',
      ),
    },
  });
}

/** GET_EARLIEST_MSG_STORETIME 32: -1 when the queue holds nothing. */
export function getEarliestMsgStoretimeProcessor({
  store,
}: BrokerParts): (
  request: IncomingRequest<typeof getEarliestMsgStoretime>,
) => Promise<Reply<typeof getEarliestMsgStoretime>> {
  return async ({ header: { topic, queueId } }) => ({
    code: ResponseCode.SUCCESS,
    header: { timestamp: (await store.storeTimestampAt(topic, queueId, store.minOffset(topic, queueId))) ?? -1 },
  });
}
