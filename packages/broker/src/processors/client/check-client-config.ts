import { type checkClientConfig, checkClientRequestBody, ResponseCode } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import { isTagType } from '../../filter/tag-filter.js';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof checkClientConfig;

/** CHECK_CLIENT_CONFIG 46: whether this broker can filter by the expression. Any answer but 0 ends the consumer's start. */
export function checkClientConfigProcessor(
  _parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Reply<Definition> {
  return ({ body }) => {
    const { subscriptionData } = checkClientRequestBody.decode(body);
    if (isTagType(subscriptionData.expressionType)) return { code: ResponseCode.SUCCESS };
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `The broker does not support consumer to filter message by ${subscriptionData.expressionType}`,
    };
  };
}
