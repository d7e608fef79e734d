import { type BatchPart, withCompression } from '@cometmq/protocol';
import { type CompressionAlgorithm, utf8Length } from '@cometmq/runtime';

/**
 * What the properties of very many messages begin with, up to the middle of their id. `index` counts the beginnings of one
 * encoder from 0.
 */
export interface PropertiesStart {
  readonly index: number;
  readonly text: string;
  /** The same in UTF-8. */
  readonly bytes: Uint8Array;
}

/** Up to this length a loop is faster than the platform. */
const SHORT = 24;

function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return false;
  return true;
}

/** A message as it goes over the wire. */
export class EncodedMessage implements BatchPart {
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

  get propertiesStart(): Uint8Array {
    return this.start.bytes;
  }

  get propertiesRest(): string {
    return this.rest;
  }

  get propertiesBytes(): number {
    const { rest, start } = this;
    return start.bytes.length + (isShortAscii(rest) ? rest.length : utf8Length(rest));
  }

  get properties(): string {
    return this.start.text + this.rest;
  }

  get sysFlag(): number {
    return this.compressed === undefined ? 0 : withCompression(0, this.compressed);
  }
}
