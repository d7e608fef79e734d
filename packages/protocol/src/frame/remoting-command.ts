import type { ExtFields } from '../schema/header-codec.js';

export type Serialization = 'json' | 'rocketmq';

/** Bit 0 of `flag`: this is an answer. */
export const RESPONSE_FLAG = 1;
/** Bit 1 of `flag`: nobody waits for an answer, none may be written. */
export const ONEWAY_FLAG = 2;

/** One decoded frame. */
export interface RemotingCommand {
  /** Request code, or response code in an answer. */
  readonly code: number;
  /** Name of the sender's LanguageCode, e.g. `JAVA`; `OTHER` when it is unknown. */
  readonly language: string;
  /** Ordinal of the sender's MQVersion (remoting-protocol, 4.1). */
  readonly version: number;
  /** Id that an answer repeats. */
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string | undefined;
  readonly fields: ExtFields | undefined;
  /** A view into the bytes that came; empty when there is none. */
  readonly body: Uint8Array;
  /** How the header was written, for answers in kind. */
  readonly serialization: Serialization;
}
