import type { RequestDefinition } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from './processor.js';

/**
 * Looks at every request beside its processor: access control, tracing, metrics. Interceptors run in the order they are
 * given; a failure of one is answered SYSTEM_ERROR. None registered costs nothing.
 */
export interface Interceptor {
  readonly name: string;
  /** Before the processor. A reply is answered instead, and neither later interceptors nor the processor are asked. */
  before?(
    definition: RequestDefinition,
    request: IncomingRequest<RequestDefinition>,
  ): Reply<RequestDefinition> | undefined | Promise<Reply<RequestDefinition> | undefined>;
  /** When the reply stands, before it is written; undefined: none is. Called for refused requests, too. Must not throw. */
  after?(
    definition: RequestDefinition,
    request: IncomingRequest<RequestDefinition>,
    reply: Reply<RequestDefinition> | undefined,
    durationMs: number,
  ): void;
}
