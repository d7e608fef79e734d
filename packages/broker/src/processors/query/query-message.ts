import { type queryMessage, ResponseCode } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof queryMessage;

/** Beside the header: the key is a UNIQ_KEY, and the client's maxNum does not count (requests, code 12). */
const UNIQUE_KEY_QUERY = '_UNIQUE_KEY_QUERY';
/** Apache's defaultQueryMaxNum. */
const UNIQUE_KEY_MAX_NUM = 32;

/** QUERY_MESSAGE 12: records of messages with a key; others with the same hash are among them, clients tell them apart. */
export function queryMessageProcessor({
  store,
}: BrokerParts): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  return async ({ header, command }) => {
    const maxNum = command.fields?.[UNIQUE_KEY_QUERY] === 'true' ? UNIQUE_KEY_MAX_NUM : header.maxNum;
    const { topic, key, beginTimestamp, endTimestamp } = header;
    const found = await store.queryByKey(topic, key, maxNum, beginTimestamp, endTimestamp);
    const { records, indexLastUpdateTimestamp, indexLastUpdatePhyoffset } = found;
    const answer = { header: { indexLastUpdateTimestamp, indexLastUpdatePhyoffset } };
    if (records.length > 0) return { ...answer, code: ResponseCode.SUCCESS, body: records };
    const remark = 'can not find message, maybe time range not correct';
    return { ...answer, code: ResponseCode.QUERY_NOT_FOUND, remark };
  };
}
