import type { FrameBody, JsonHeader, RequestDefinition, ResponseHeader } from '@cometmq/protocol';
import type { Clock, Logger } from '@cometmq/runtime';
import type { InFlightLimits } from './in-flight-limits.js';

export interface RequestOptions {
  /** One body, or slices that are written one behind the other; nobody may change them afterwards. */
  readonly body?: FrameBody | undefined;
  /** How long the answer may take, in ms; default 3000. */
  readonly timeoutMs?: number | undefined;
  /** Monotonic moment at which the answer is of no use any more (`Deadline.at`); overrules `timeoutMs`. */
  readonly deadlineAt?: number | undefined;
  /** extFields beside those of the header. */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  /** Gives the request up; the peer may carry it out all the same. */
  readonly signal?: AbortSignal | undefined;
  /** This is the second attempt after a GO_AWAY: another one is handed to the caller. */
  readonly afterGoAway?: boolean | undefined;
}

export type OnewayOptions = Pick<RequestOptions, 'body' | 'extFields'>;

/** What an answer consists of beside the request it belongs to. */
export interface OutgoingAnswer<D extends RequestDefinition = RequestDefinition> {
  readonly code: number;
  readonly remark?: string | undefined;
  readonly header?: ResponseHeader<D> | undefined;
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  readonly body?: FrameBody | undefined;
  /** Writes the JSON header of an answer without a body. */
  readonly json?: JsonHeader | undefined;
}

/** Adds to the extFields of a request that is about to be written, e.g. a signature over them and the body. */
export type RequestSigner = (fields: Record<string, string>, body: FrameBody | undefined, code: number) => void;

export interface ConnectionOptions {
  /** The peer as messages name it; default: the channel's remote address. */
  readonly address?: string;
  readonly inFlight?: Partial<InFlightLimits>;
  /** Frames longer than this, length field included, end the connection; default 16 MiB (remoting-protocol, section 1). */
  readonly maxFrameBytes?: number;
  /**
   * Whether to stop reading from a peer that does not take its answers, until it does. For servers only: two ends that
   * both stop would wait for each other for ever. Default false.
   */
  readonly pauseWhenSlow?: boolean;
  /** Work in progress for this peer above which nothing more is read from it until half is done; default: always reads. */
  readonly maxWork?: number;
  /** Above this many unsent bytes the connection is dropped; default: never. */
  readonly maxBufferedBytes?: number;
  readonly signer?: RequestSigner | undefined;
  /** For requests that name no time of their own; default 3000 ms. */
  readonly requestTimeoutMs?: number | undefined;
}

export interface ConnectionPorts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Apache's default for one call (client-behaviour, 1.2). */
export const DEFAULT_TIMEOUT_MS = 3000;
