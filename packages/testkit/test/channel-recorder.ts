import type { Channel } from '@cometmq/runtime';

/** Records what happens on a channel. */
export class ChannelRecorder {
  readonly events: string[] = [];
  text = '';
  bytes = 0;
  drains = 0;
  closings: (Error | undefined)[] = [];

  constructor(readonly channel: Channel) {
    channel.attach({
      data: (bytes) => {
        this.bytes += bytes.length;
        const text = Buffer.from(bytes).toString('latin1');
        this.text += text;
        this.events.push(text);
      },
      drained: () => void this.drains++,
      closed: (error) => void this.closings.push(error),
    });
  }

  send(text: string): void {
    this.channel.send(Buffer.from(text, 'latin1'));
  }
}
