import {
  consumerOffsetSerializeWrapper,
  delayOffsetSerializeWrapper,
  type getAllConsumerOffset,
  type getAllDelayOffset,
  ResponseCode,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

/** GET_ALL_CONSUMER_OFFSET 43, for replicas and tools. */
export function getAllConsumerOffsetProcessor({
  offsets,
}: BrokerParts): (request: IncomingRequest<typeof getAllConsumerOffset>) => Reply<typeof getAllConsumerOffset> {
  return () => ({
    code: ResponseCode.SUCCESS,
    body: consumerOffsetSerializeWrapper.encode(offsets.snapshot(), 'fastjson'),
  });
}

/** GET_ALL_DELAY_OFFSET 45. */
export function getAllDelayOffsetProcessor({
  delayOffsets,
}: BrokerParts): (request: IncomingRequest<typeof getAllDelayOffset>) => Reply<typeof getAllDelayOffset> {
  return () => ({
    code: ResponseCode.SUCCESS,
    body: delayOffsetSerializeWrapper.encode(delayOffsets.snapshot(), 'fastjson'),
  });
}
