import type { ArgumentsHost } from '@nestjs/common';
import { type Delivery, type HandlerContext, type MessageView, RocketMQError } from '@cometmq/sdk';
import { callOf, type HandlerCall } from './handler-call.js';

/** `ExecutionContext.getType()` of handlers. */
export const ROCKETMQ_CONTEXT_TYPE = 'rocketmq';

/** For guards, interceptors and filters that are used for HTTP, too: is this the call of a message handler? */
export const isRocketMQContext = (host: ArgumentsHost): boolean => host.getType<string>() === ROCKETMQ_CONTEXT_TYPE;

/** What guards, interceptors and filters may want to know: `RocketMQExecutionContext.from(context)`. */
export class RocketMQExecutionContext {
  readonly #call: HandlerCall;

  private constructor(call: HandlerCall) {
    this.#call = call;
  }

  /** Takes an ExecutionContext and an ArgumentsHost alike. Throws INVALID_ARGUMENT for those of HTTP and others. */
  static from(host: ArgumentsHost): RocketMQExecutionContext {
    const call = isRocketMQContext(host) ? callOf(host.getArgs<unknown[]>()) : undefined;
    if (call === undefined) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `this is a context of type '${host.getType<string>()}', not of a message handler: ask isRocketMQContext(context) first`,
      );
    }
    return new RocketMQExecutionContext(call);
  }

  /** The decoded body before pipes; of a batch handler the bodies. */
  getPayload<T = unknown>(): T {
    return this.#call.payload as T;
  }

  /** The message; of a batch handler the first one. */
  getMessage<T = unknown>(): MessageView<T> {
    return this.#call.messages[0] as MessageView<T>;
  }

  /** All messages of the call: one, unless a batch handler is called. */
  getMessages<T = unknown>(): readonly MessageView<T>[] {
    return this.#call.messages as readonly MessageView<T>[];
  }

  /** Settles the call: what is said here first wins over what the handler or a filter returns or throws. */
  getDelivery(): Delivery {
    return this.#call.delivery;
  }

  /** Queue, attempt and signal. */
  getHandlerContext(): HandlerContext {
    return this.#call.context;
  }

  getGroup(): string {
    return this.#call.context.group;
  }
}

/** What `@Inject(REQUEST)` gives in a request-scoped consumer. */
export interface RocketMQRequest {
  readonly type: 'rocketmq';
  /** Of a batch handler the first one. */
  readonly message: MessageView;
  readonly messages: readonly MessageView[];
  readonly group: string;
}
