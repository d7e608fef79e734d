import { FrameWriter, heartBeat } from '@cometmq/protocol';
import { VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { borrowWriter, sendWritten } from '../../src/connection/writer-pool.js';

type Sent = (error?: unknown) => void;

/** A channel that tells when it has sent only when the test says so. */
class HeldChannel {
  readonly bufferedBytes = 0;
  readonly sent: Sent[] = [];
  send(_bytes: Uint8Array, sent?: Sent): void {
    this.sent.push(sent!);
  }
}

function written(clock: VirtualClock, bytes = 10): { readonly writer: FrameWriter; readonly channel: HeldChannel } {
  const writer = borrowWriter(clock);
  writer.writeRequest(heartBeat, { opaque: 1, header: {}, body: new Uint8Array(bytes) });
  const channel = new HeldChannel();
  sendWritten(writer, channel, clock);
  return { writer, channel };
}

describe('a writer whose frames are sent', () => {
  it('is lent again when the network has taken all of them, and not before', () => {
    const clock = new VirtualClock();
    const { writer, channel } = written(clock, 65_000);
    expect(channel.sent.length).toBeGreaterThan(0);
    for (const sent of channel.sent) {
      expect(borrowWriter(clock)).not.toBe(writer);
      sent();
    }
    expect(borrowWriter(clock)).toBe(writer);
  });

  it('belongs to one connection at a time, also when a failed write is told twice', () => {
    const clock = new VirtualClock();
    const { channel } = written(clock);
    const [sent] = channel.sent;
    sent!();
    sent!(new Error('the peer is gone'));
    sent!(new Error('the peer is gone'));
    expect(borrowWriter(clock)).not.toBe(borrowWriter(clock));
  });

  it('is not lent again when a write has failed: its memory may still be read', () => {
    const clock = new VirtualClock();
    const { writer, channel } = written(clock);
    channel.sent[0]!(new Error('the peer is gone'));
    channel.sent[0]!();
    expect(borrowWriter(clock)).not.toBe(writer);
  });
});
