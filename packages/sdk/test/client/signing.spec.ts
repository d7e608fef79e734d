import type { RemotingCommand } from '@cometmq/protocol';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { requestSigner } from '../../src/client/signing.js';
import {
  decodeFrame,
  frameBytes,
  type GoldenFrame,
  goldenFrames,
} from '../../../../tools/golden-reader/golden-wire.js';

const codecs = nodeCodecs();

const commandOf = (frame: GoldenFrame): RemotingCommand => decodeFrame(frameBytes(frame));

const signed = goldenFrames.filter(
  ({ scenario, kind, direction }) =>
    scenario.startsWith('signed requests') && kind !== 'response' && direction.startsWith('client'),
);

describe('signatures', () => {
  it('has real ones to compare with', () => {
    expect(signed.length).toBeGreaterThan(10);
  });

  it.each(signed)('signs as Apache does: $file at $offset', (frame) => {
    const command = commandOf(frame);
    const { Signature, AccessKey, SecurityToken, ...fields } = command.fields as Record<string, string>;
    const sign = requestSigner(
      {
        accessKey: 'golden-access',
        secretKey: 'golden-secret',
        ...(SecurityToken !== undefined && { securityToken: 'golden-token' }),
      },
      codecs,
    );
    sign(fields, command.body, command.code);
    expect(fields['Signature']).toBe(Signature);
    expect(fields['AccessKey']).toBe(AccessKey);
    expect(fields['SecurityToken']).toBe(SecurityToken);
  });

  it('signs slices as the body they make', () => {
    const sign = requestSigner({ accessKey: 'a', secretKey: 's' }, codecs);
    const whole: Record<string, string> = { b: '2', B: '1' };
    const parts: Record<string, string> = { b: '2', B: '1' };
    sign(whole, Buffer.from('hello'), 10);
    sign(parts, [Buffer.from('he'), Buffer.from('llo')], 10);
    expect(parts).toEqual(whole);
  });
});
