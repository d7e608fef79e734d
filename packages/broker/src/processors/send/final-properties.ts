import { closedProperties, findProperty, MessageProperty, ResponseCode, withoutProperty } from '@cometmq/protocol';
import { type Destination, scheduled } from '../../delay/schedule-message.js';
import type { BrokerParts } from '../broker-parts.js';
import { Found, type PropertyScan } from './property-scan.js';
import type { Refusal } from './send-admission.js';
import { sendConstants } from './send-constants.js';

const BROKER_SET = [MessageProperty.CLUSTER, MessageProperty.MSG_REGION, MessageProperty.TRACE_SWITCH] as const;

/** The text as it is stored: closedProperties, with an id and with what the broker adds (broker-semantics, 1.4). */
export function finalProperties(parts: BrokerParts, text: string, scan: PropertyScan, uniqKey: string): string {
  let properties = text;
  if ((scan.found & Found.POP_CK) !== 0) properties = withoutProperty(properties, MessageProperty.POP_CK);
  // A message that is sent again carries what a broker has set before.
  if ((scan.found & Found.BROKER_SET) !== 0)
    for (const name of BROKER_SET) properties = withoutProperty(properties, name);
  const id = scan.uniqKey === undefined ? `UNIQ_KEY\u0001${uniqKey}\u0002` : '';
  return closedProperties(properties) + id + sendConstants(parts).properties;
}

/** The delay level that a message asks for; 0 for none, and for text that is no number. */
export function delayLevel(properties: string): number {
  const level = Number(findProperty(properties, MessageProperty.DELAY_TIME_LEVEL) ?? 0);
  return Number.isSafeInteger(level) ? level : 0;
}

/** Leads messages that want to be delayed into the delay topic; refuses what this broker cannot do (broker-semantics, 1.5). */
export function applyDelay(parts: BrokerParts, message: Destination, scan: PropertyScan): Destination | Refusal {
  const level = (scan.found & Found.DELAY) === 0 ? 0 : delayLevel(message.properties);
  if (level > 0) return scheduled(message, level, parts.delayLevels.length);
  if ((scan.found & Found.TIMER) !== 0 && (scan.found & Found.TIMER_OUT) === 0) {
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark:
        'timer message is not supported: this broker has no timer wheel; use one of the delay levels (property DELAY)',
    };
  }
  return message;
}

/** Why a half message is refused. */
export const NO_TRANSACTIONS: Refusal = {
  code: ResponseCode.NO_PERMISSION,
  remark: 'the broker sending transaction message is forbidden: transactions are not supported here',
};
