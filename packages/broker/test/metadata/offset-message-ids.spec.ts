import { encodeOffsetMessageId, hostBytes } from '@cometmq/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { offsetMessageIds } from '../../src/metadata/offset-message-ids.js';

it.each(['10.0.0.2', '2001:db8::2'])('makes the ids that the protocol makes, for %s', (address) => {
  const host = hostBytes(address, 10_911);
  const idOf = offsetMessageIds(host);
  const offsets = [0, Number.MAX_SAFE_INTEGER, ...fc.sample(fc.maxSafeNat(), 200)];
  expect(offsets.map(idOf)).toEqual(offsets.map((offset) => encodeOffsetMessageId(host, offset)));
});
