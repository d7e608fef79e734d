import { encodeOffsetMessageId, hostBytes } from '@cometmq/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { offsetMessageIds } from '../../src/metadata/offset-message-ids.js';

it.each(['10.0.0.2', '2001:db8::2'])('makes the ids that the protocol makes, for %s', (address) => {
  const host = hostBytes(address, 10_911);
  const idOf = offsetMessageIds(host);
  fc.assert(
    fc.property(fc.maxSafeNat(), (offset) => void expect(idOf(offset)).toBe(encodeOffsetMessageId(host, offset))),
  );
});
