import type { JsonHeader, RemotingCommand, RequestDefinition, RequestHeader, ResponseHeader } from '@cometmq/protocol';
import type { Connection } from '../connection/connection.js';

/** A request on its way to its processor. */
export interface IncomingRequest<D> {
  readonly header: RequestHeader<D>;
  /**
   * A view into the network buffer it came in. It stays valid, but keeping it keeps the whole buffer (64 KiB and more)
   * alive: copy what is kept beyond the request's end.
   */
  readonly body: Uint8Array;
  /** The frame: extra extFields (access control, proxies), language and version of the client, oneway flag. */
  readonly command: RemotingCommand;
  readonly connection: Connection;
  /** `clock.now()` when the frame was decoded. */
  readonly receivedAt: number;
  /**
   * From now on the request only waits (long polling): it no longer counts as work in progress for admission. Idempotent.
   */
  park(): void;
  /**
   * For processors that return LATER: what they give away to be called once, with what the answer is made of. It may be
   * called before the processor has returned. A throw of `make` is answered SYSTEM_ERROR.
   */
  later<T>(make: (value: T) => Reply<D> | undefined): (value: T) => void;
}

/** The processor answers through `IncomingRequest.later`: as a promise, but without one for each of many requests. */
export const LATER = Symbol('later');

/** What a processor answers. */
export interface Reply<D> {
  /** A response code; 0 is SUCCESS. */
  readonly code: number;
  /** For people; no client parses it. */
  readonly remark?: string | undefined;
  readonly header?: ResponseHeader<D> | undefined;
  /** extFields beside the header class (MSG_REGION, TRACE_ON, IS_SUPPORT_HEART_BEAT_V2 …). */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  /** Writes the header, when the client speaks JSON and there is no body: the same as code, header and extFields say. */
  readonly json?: JsonHeader | undefined;
  /**
   * One body, or slices that are written one behind the other. They are handed to the network as they are and must not
   * change afterwards.
   */
  readonly body?: Uint8Array | readonly Uint8Array[] | undefined;
}

/** Answers one kind of request. A throw is answered SYSTEM_ERROR (1) with its message; `undefined` writes no answer. */
export interface Processor {
  readonly definition: RequestDefinition;
  handle(request: IncomingRequest<RequestDefinition>): Handled<RequestDefinition> | Promise<Handled<RequestDefinition>>;
}

export type Handled<D> = Reply<D> | undefined | typeof LATER;

/** Ties a handler to its request, with the types of both headers. */
export function processor<D extends RequestDefinition<never, never, never, never> | RequestDefinition>(
  definition: D,
  handle: (request: IncomingRequest<D>) => Handled<D> | Promise<Handled<D>>,
): Processor {
  return { definition, handle } as unknown as Processor;
}
