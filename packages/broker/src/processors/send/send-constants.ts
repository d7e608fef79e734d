import { PreparedSendAnswers } from '@cometmq/protocol';
import type { BrokerSettings } from '../../broker-settings.js';
import type { BrokerParts } from '../broker-parts.js';

/** What stays the same in all sends as long as the settings do. */
export interface SendConstants {
  /** The properties that the broker puts behind those of the client. */
  readonly properties: string;
  /** extFields of every answer to a send (broker-semantics, 1.1). */
  readonly fields: Readonly<Record<string, string>>;
  readonly answers: PreparedSendAnswers;
}

const known = new WeakMap<BrokerSettings, SendConstants>();
/** Nearly always one broker is asked again and again. */
let last: { readonly settings: BrokerSettings; readonly constants: SendConstants } | undefined;

export function sendConstants(parts: BrokerParts): SendConstants {
  const { settings } = parts;
  if (last?.settings === settings) return last.constants;
  let constants = known.get(settings);
  if (constants === undefined) known.set(settings, (constants = make(parts, settings)));
  last = { settings, constants };
  return constants;
}

function make({ storeHost }: BrokerParts, settings: BrokerSettings): SendConstants {
  const { brokerClusterName, regionId, traceOn } = settings;
  const fields = Object.freeze({ MSG_REGION: regionId, TRACE_ON: String(traceOn) });
  return {
    properties: `CLUSTER\u0001${brokerClusterName}\u0002MSG_REGION\u0001${regionId}\u0002TRACE_ON\u0001${traceOn}\u0002`,
    fields,
    answers: new PreparedSendAnswers(storeHost, fields),
  };
}
