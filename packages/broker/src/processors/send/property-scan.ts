import type { FoundProperties } from '@cometmq/store';

/** What a send has to know of the property text, as bits. */
export const Found = {
  /** A delay level, whatever its value. */
  DELAY: 1,
  /** One of TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS, without TIMER_OUT_MS. */
  TIMER: 2,
  TRANSACTION: 4,
  POP_CK: 8,
  /** WAIT is "false". */
  NO_WAIT: 16,
  /** One of those the broker sets itself: CLUSTER, MSG_REGION, TRACE_ON. */
  BROKER_SET: 32,
  TIMER_OUT: 64,
  KEYS: 128,
} as const;

export interface PropertyScan extends FoundProperties {
  readonly found: number;
}

const NO_PROPERTIES: PropertyScan = { found: 0, uniqKey: undefined, keys: undefined, tags: undefined };

/**
 * Reads the property text once, without a map: this is the hot path. Pieces that Java would drop are passed over, and
 * the last of several wins, as in Java (remoting-protocol, 7.3).
 */
export function scanProperties(text: string): PropertyScan {
  if (text === '') return NO_PROPERTIES;
  let found = 0;
  let uniqKey: string | undefined;
  let keys: string | undefined;
  let tags: string | undefined;
  let from = 0;
  while (from < text.length) {
    let to = text.indexOf('\u0002', from);
    if (to < 0) to = text.length;
    const nameEnd = to - from >= 3 ? text.indexOf('\u0001', from) : -1;
    if (nameEnd > from && nameEnd < to - 1) {
      const bit = classify(text, from, nameEnd - from, nameEnd + 1, to);
      if (bit < 0) found &= bit;
      else if (bit === UNIQ_KEY) uniqKey = text.slice(nameEnd + 1, to);
      else if (bit === TAGS) tags = text.slice(nameEnd + 1, to);
      else found |= bit;
      if (bit === Found.KEYS) keys = text.slice(nameEnd + 1, to);
    }
    from = to + 1;
  }
  return { found, uniqKey, keys, tags };
}

const UNIQ_KEY = 1 << 20;
const TAGS = 1 << 21;

/** A bit to set, UNIQ_KEY or TAGS, a negative mask that clears a bit, or 0. */
function classify(text: string, at: number, length: number, value: number, end: number): number {
  switch (text.charCodeAt(at)) {
    case 0x43: // C
      return length === 7 && text.startsWith('CLUSTER', at) ? Found.BROKER_SET : 0;
    case 0x44: // D
      return length === 5 && text.startsWith('DELAY', at) ? Found.DELAY : 0;
    case 0x4b: // K
      return length === 4 && text.startsWith('KEYS', at) ? Found.KEYS : 0;
    case 0x4d: // M
      return length === 10 && text.startsWith('MSG_REGION', at) ? Found.BROKER_SET : 0;
    case 0x50: // P
      return length === 6 && text.startsWith('POP_CK', at) ? Found.POP_CK : 0;
    case 0x54: // T
      return classifyT(text, at, length, value, end);
    case 0x55: // U
      return length === 8 && text.startsWith('UNIQ_KEY', at) ? UNIQ_KEY : 0;
    case 0x57: // W
      if (length !== 4 || !text.startsWith('WAIT', at)) return 0;
      return isFalse(text, value, end) ? Found.NO_WAIT : ~Found.NO_WAIT;
    default:
      return 0;
  }
}

function classifyT(text: string, at: number, length: number, value: number, end: number): number {
  if (length === 4) return text.startsWith('TAGS', at) ? TAGS : 0;
  if (length === 8 && text.startsWith('TRACE_ON', at)) return Found.BROKER_SET;
  if (length === 8 && text.startsWith('TRAN_MSG', at)) {
    return text.slice(value, end).toLowerCase() === 'true' ? Found.TRANSACTION : ~Found.TRANSACTION;
  }
  if (!text.startsWith('TIMER_', at)) return 0;
  switch (text.slice(at + 6, at + length)) {
    case 'DELAY_SEC':
    case 'DELAY_MS':
    case 'DELIVER_MS':
      return Found.TIMER;
    case 'OUT_MS':
      return Found.TIMER_OUT;
    default:
      return 0;
  }
}

/** Java's parseBoolean: all but "true" in any case is false. */
function isFalse(text: string, from: number, to: number): boolean {
  if (to - from !== 4) return true;
  return !text.startsWith('true', from) && text.slice(from, to).toLowerCase() !== 'true';
}
