import type { CompressionAlgorithm } from '@cometmq/runtime';
import { withCompression } from '@cometmq/protocol';

/**
 * What the properties of very many messages begin with, up to the middle of their id. `index` counts the beginnings of one
 * encoder from 0.
 */
export interface PropertiesStart {
  readonly index: number;
  readonly text: string;
}

/** A message as it goes over the wire. */
export class EncodedMessage {
  /** The user's flag of the protocol; this API has none. */
  readonly flag = 0;

  constructor(
    readonly body: Uint8Array,
    /** Undefined: the body is as it was. */
    readonly compressed: CompressionAlgorithm | undefined,
    readonly msgId: string,
    readonly bornTimestamp: number,
    readonly start: PropertiesStart,
    /** The properties behind `start`. */
    readonly rest: string,
  ) {}

  get properties(): string {
    return this.start.text + this.rest;
  }

  get sysFlag(): number {
    return this.compressed === undefined ? 0 : withCompression(0, this.compressed);
  }
}
