import type { Clock, Codecs } from '@cometmq/runtime';

/** What the signs of a trace's third column mean. */
export const LEGEND: Readonly<Record<string, string>> = {
  '>': 'is about to send a message',
  '+': 'a message is acknowledged, with the place it got',
  '-': 'a send has failed: the message may be stored or not',
  '(': 'a handler begins on a message',
  ')': 'it is done with it',
  '!': 'it fails, the message has to come again',
  c: 'the broker holds a new committed offset of a group',
  q: 'the queues a member owns now',
  u: 'a program is up',
  d: 'a program is down, and how',
  F: 'a fault begins',
  H: 'a fault is healed',
  n: 'something happens to a connection or link',
  w: 'a program warns',
  V: 'a checker finds something',
};

export type Sign = keyof typeof LEGEND;

/** What happened, a line an event: virtual ms, who, a sign of the legend, what. Two runs of one seed write the same lines. */
export class Trace {
  readonly lines: string[] = [];
  #wire = 0;
  #wireBytes = 0;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly codecs: Pick<Codecs, 'crc32' | 'md5'>,
  ) {}

  add(who: string, sign: Sign, detail: string): void {
    this.lines.push(`${this.clock.monotonic().toFixed(3).padStart(11)} ${who.padEnd(10)} ${sign} ${detail}`);
  }

  /** Bytes that arrived somewhere: they stand in the digest alone. */
  wire(bytes: Uint8Array): void {
    this.#wire = (Math.imul(this.#wire, 31) + this.codecs.crc32(bytes)) | 0;
    this.#wireBytes += bytes.length;
  }

  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Over every line and every byte that travelled: equal for runs that were equal. */
  digest(): string {
    const text = `${this.lines.join('\n')}\n${this.#wireBytes} ${this.#wire}`;
    return Buffer.from(this.codecs.md5(Buffer.from(text))).toString('hex', 0, 6);
  }
}
