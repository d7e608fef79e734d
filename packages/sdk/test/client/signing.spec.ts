import { FrameDecoder, type RemotingCommand } from '@cometmq/protocol';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { requestSigner } from '../../src/client/signing.js';
import { goldenBytes, goldenJson } from '../golden.js';

const codecs = nodeCodecs();

interface Frame {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly kind: string;
  readonly direction: string;
  readonly scenario: string;
  readonly stored?: boolean;
}

function commandOf({ file, offset, bytes }: Frame): RemotingCommand {
  const commands: RemotingCommand[] = [];
  new FrameDecoder({ maxFrameBytes: 16 * 1024 * 1024 }).push(
    goldenBytes(`wire/${file}`).subarray(offset, offset + bytes),
    (command) => void commands.push(command),
  );
  return commands[0]!;
}

const signed = goldenJson<Frame[]>('wire/index.json').filter(
  ({ scenario, kind, direction, stored }) =>
    scenario.startsWith('signed requests') && kind !== 'response' && direction.startsWith('client') && stored !== false,
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
