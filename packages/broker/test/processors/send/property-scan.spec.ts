import { decodeProperties } from '@cometmq/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Found, type PropertyScan, scanProperties } from '../../../src/processors/send/property-scan.js';

const NAMES = [
  'DELAY',
  'WAIT',
  'UNIQ_KEY',
  'CLUSTER',
  'MSG_REGION',
  'TRACE_ON',
  'TRAN_MSG',
  'TAGS',
  'KEYS',
  'POP_CK',
  'TIMER_DELAY_MS',
  'TIMER_DELAY_SEC',
  'TIMER_DELIVER_MS',
  'TIMER_OUT_MS',
  'TIMER_ROLL_TIMES',
  'DELAYED',
  'XWAIT',
  'T',
  'TRACE_OFF',
];

/** The same, by way of the map that Java builds. */
function expected(text: string): PropertyScan {
  const map = decodeProperties(text);
  const has = (...names: string[]) => names.some((name) => map.has(name));
  let found = 0;
  if (has('DELAY')) found |= Found.DELAY;
  if (has('TIMER_DELAY_MS', 'TIMER_DELAY_SEC', 'TIMER_DELIVER_MS')) found |= Found.TIMER;
  if (has('TIMER_OUT_MS')) found |= Found.TIMER_OUT;
  if (map.get('TRAN_MSG')?.toLowerCase() === 'true') found |= Found.TRANSACTION;
  if (has('POP_CK')) found |= Found.POP_CK;
  if (has('KEYS')) found |= Found.KEYS;
  if (has('WAIT') && map.get('WAIT')?.toLowerCase() !== 'true') found |= Found.NO_WAIT;
  if (has('CLUSTER', 'MSG_REGION', 'TRACE_ON')) found |= Found.BROKER_SET;
  return { found, uniqKey: map.get('UNIQ_KEY'), keys: map.get('KEYS'), tags: map.get('TAGS') };
}

describe('scanning property text', () => {
  it('finds what the map would hold, in any text', () => {
    const pair = fc.tuple(
      fc.oneof(fc.constantFrom(...NAMES), fc.string()),
      fc.oneof(fc.constantFrom('true', 'false', 'TRUE', '1', ''), fc.string()),
    );
    const wellFormed = fc
      .array(pair)
      .map((pairs) => pairs.map(([name, value]) => `${name}\u0001${value}\u0002`).join(''));
    const torn = fc
      .array(fc.constantFrom(...NAMES, '\u0001', '\u0002', 'x', 'true', 'false'))
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(wellFormed, torn), (text) => {
        expect(scanProperties(text)).toEqual(expected(text));
      }),
      { numRuns: 2000 },
    );
  });
});
