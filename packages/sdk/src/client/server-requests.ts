import {
  checkTransactionState,
  consumeMessageDirectly,
  getConsumerRunningInfo,
  getConsumerStatusFromClient,
  notifyConsumerIdsChanged,
  pushReplyMessageToClient,
  type RequestDefinition,
  resetConsumerClientOffset,
  ResponseCode,
} from '@cometmq/protocol';
import { type IncomingRequest, type Processor, processor, type Reply } from '@cometmq/remoting';

/** What servers ask of clients (client-behaviour 13). All other codes are answered REQUEST_CODE_NOT_SUPPORTED. */
const DEFINITIONS = [
  checkTransactionState,
  notifyConsumerIdsChanged,
  resetConsumerClientOffset,
  getConsumerStatusFromClient,
  getConsumerRunningInfo,
  consumeMessageDirectly,
  pushReplyMessageToClient,
] as const;

type AnyHandler = (
  request: IncomingRequest<RequestDefinition>,
) => Reply<RequestDefinition> | undefined | Promise<Reply<RequestDefinition> | undefined>;

export type ServerRequestHandler<D> = (
  request: IncomingRequest<D>,
) => Reply<D> | undefined | Promise<Reply<D> | undefined>;

/**
 * Requests that brokers send to this client, and the rooms that answer them. Several may listen to one request (each
 * consumer to "members of a group changed"): they are asked in the order they came, and the first answer counts. A handler
 * that is not meant (another group) returns undefined.
 */
export class ServerRequests {
  readonly #handlers = new Map<number, Set<AnyHandler>>(DEFINITIONS.map((definition) => [definition.code, new Set()]));

  /** For the remoting client. */
  readonly processors: readonly Processor[] = DEFINITIONS.map((definition) =>
    processor(definition as RequestDefinition, (request) => this.#handle(definition, request)),
  );

  /** Listens to one kind of request; returns how to stop. */
  on<D extends RequestDefinition<never, never, never, never> | RequestDefinition>(
    definition: D,
    handler: ServerRequestHandler<D>,
  ): () => void {
    const handlers = this.#handlers.get(definition.code);
    if (handlers === undefined) throw new TypeError(`${definition.name} is not a request that servers send to clients`);
    handlers.add(handler as unknown as AnyHandler);
    return () => void handlers.delete(handler as unknown as AnyHandler);
  }

  async #handle(
    definition: { readonly code: number; readonly name: string },
    request: IncomingRequest<RequestDefinition>,
  ): Promise<Reply<RequestDefinition>> {
    for (const handler of this.#handlers.get(definition.code) ?? []) {
      const reply = await handler(request);
      if (reply !== undefined) return reply;
    }
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `nobody in this client answers ${definition.name} for that group`,
    };
  }
}
