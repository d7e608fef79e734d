import { ResponseCode, type viewMessageById } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof viewMessageById;

/** VIEW_MESSAGE_BY_ID 33: the record as it stands in the log. */
export function viewMessageByIdProcessor({
  store,
}: BrokerParts): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  return async ({ header: { offset } }) => {
    const body = offset < 0 ? undefined : await store.recordAt(offset);
    if (body === undefined)
      return { code: ResponseCode.SYSTEM_ERROR, remark: `can not find message by the offset, ${offset}` };
    return { code: ResponseCode.SUCCESS, body };
  };
}
