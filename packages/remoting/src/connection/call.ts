import type { FrameBody, FrameWriter, RemotingCommand, RequestDefinition, RequestHeader } from '@cometmq/protocol';
import type { Answer } from './answer.js';

/** What a call is when its frame cannot be written as usual: signed, or a second time to another connection. */
export interface CallRequest {
  readonly header: RequestHeader<RequestDefinition>;
  readonly body: FrameBody | undefined;
  readonly extFields: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal | undefined;
  /** This is the second attempt after a GO_AWAY: another one is handed to the caller. */
  readonly afterGoAway: boolean;
}

/**
 * A request that somebody waits for: one object from its start to its end. `Connection.request` makes one with a promise;
 * where a promise more counts, callers make their own and give it to `Connection.start`. Exactly one of `answered`, `failed`
 * and `handedOver` is called, once.
 */
export abstract class Call {
  /** Given by the connection it goes over. */
  opaque = -1;
  /** Set when the caller can give the call up. */
  unlisten: (() => void) | undefined = undefined;

  constructor(
    readonly definition: RequestDefinition,
    /** Of the body. */
    readonly bytes: number,
    /** Monotonic. */
    readonly startedAt: number,
    /** Monotonic; Infinity: waits for ever. */
    readonly deadlineAt: number,
  ) {}

  /** Asked for only where `write` does not do. */
  abstract get request(): CallRequest;

  /** Writes the frame, with `opaque`. Throws ProtocolError. */
  abstract write(writer: FrameWriter): void;

  /** The answer, whatever its code. Must not throw. */
  abstract answered(command: RemotingCommand, address: string): void;

  abstract failed(error: Error): void;

  /** The peer was going away: the request has been sent once more, to somebody else. */
  abstract handedOver(answer: Promise<Answer<RequestDefinition>>): void;
}
