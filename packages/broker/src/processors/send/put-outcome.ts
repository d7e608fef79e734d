import { ResponseCode } from '@cometmq/protocol';
import type { PutResult, Refused } from '@cometmq/store';
import type { BrokerParts } from '../broker-parts.js';
import type { Refusal } from './send-admission.js';

/** What the store says, as a response code (broker-semantics, 1.6). */
const CODES: Readonly<Record<PutResult['status'], number>> = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
  IN_SYNC_REPLICAS_NOT_ENOUGH: ResponseCode.SYSTEM_ERROR,
  CREATE_MAPPED_FILE_FAILED: ResponseCode.SYSTEM_ERROR,
  UNKNOWN_ERROR: ResponseCode.SYSTEM_ERROR,
  MESSAGE_ILLEGAL: ResponseCode.MESSAGE_ILLEGAL,
  PROPERTIES_SIZE_EXCEEDED: ResponseCode.MESSAGE_ILLEGAL,
  SERVICE_NOT_AVAILABLE: ResponseCode.SERVICE_NOT_AVAILABLE,
};

export const putCode = (result: PutResult): number => CODES[result.status];

export function refusedPut(parts: BrokerParts, result: Refused): Refusal {
  parts.counters.putsRefused++;
  const code = putCode(result);
  return {
    code,
    remark: code === ResponseCode.MESSAGE_ILLEGAL ? `${illegalMessage(parts)} ${result.reason}` : result.reason,
  };
}

export function illegalMessage(parts: BrokerParts): string {
  return `the message is illegal, maybe msg body or properties length not matched. msg body length limit ${parts.settings.maxMessageSize}B, msg properties length limit 32KB.`;
}
