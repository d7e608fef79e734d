import {
  type lockBatchMq,
  lockBatchRequestBody,
  lockBatchResponseBody,
  ResponseCode,
  type unlockBatchMq,
  unlockBatchRequestBody,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

/** LOCK_BATCH_MQ 41: the answer lists every queue the client owns now; the others are lost to it. */
export function lockBatchMqProcessor({
  locks,
}: BrokerParts): (request: IncomingRequest<typeof lockBatchMq>) => Reply<typeof lockBatchMq> {
  return ({ body }) => {
    const { consumerGroup, clientId, mqSet } = lockBatchRequestBody.decode(body);
    if (consumerGroup === '' || clientId === '')
      return { code: ResponseCode.INVALID_PARAMETER, remark: 'consumerGroup and clientId must be named' };
    return {
      code: ResponseCode.SUCCESS,
      body: lockBatchResponseBody.encode({ lockOKMQSet: locks.lock(consumerGroup, clientId, mqSet) }),
    };
  };
}

/** UNLOCK_BATCH_MQ 42: a lock that is not the client's is no error. */
export function unlockBatchMqProcessor({
  locks,
}: BrokerParts): (request: IncomingRequest<typeof unlockBatchMq>) => Reply<typeof unlockBatchMq> {
  return ({ body }) => {
    const { consumerGroup, clientId, mqSet } = unlockBatchRequestBody.decode(body);
    locks.unlock(consumerGroup, clientId, mqSet);
    return { code: ResponseCode.SUCCESS };
  };
}
