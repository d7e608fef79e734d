import { Injectable, Logger } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ContextIdFactory, ExternalContextCreator, ModuleRef } from '@nestjs/core';
import {
  type ConsumeResult,
  type HandlerContext,
  type HandlerInvoker,
  type HandlerMetadata,
  type MessageView,
  RocketMQError,
  type SendOptions,
} from '@cometmq/sdk';
import { ClientHosts } from '../client/client-hosts.js';
import type { Discovered } from '../discovery/explorer.js';
import { refuseUnmadeEnhancers } from './enhancers.js';
import { ROCKETMQ_CONTEXT_TYPE, type RocketMQRequest } from './execution-context.js';
import { failureOf, filterFor } from './failure.js';
import { HandlerCall, openCall } from './handler-call.js';
import { isManuallyAcked, parameterValue } from './parameters.js';
import { creatorFor } from './context-creator.js';

type Method = (...args: readonly unknown[]) => unknown;
type ContextId = ReturnType<typeof ContextIdFactory.create>;

/** One handler with all that stays the same from call to call. */
interface Handler {
  readonly of: Discovered;
  readonly metadata: HandlerMetadata;
  /** The prototype's own function, whose metadata `getHandler()` gives to guards and interceptors. */
  readonly method: Method;
  readonly name: string;
  readonly manualAck: boolean;
  readonly creator: ExternalContextCreator;
  /** With Nest around it; of classes with one instance. */
  readonly proxy: Method | undefined;
  /** A filter that let an exception pass has been told of once. */
  warned: boolean;
}

const PARAMS_FACTORY = {
  exchangeKeyForValue: (type: number, data: unknown, args: unknown): unknown =>
    parameterValue(type, data, args as readonly unknown[]),
};
const ENHANCERS = { guards: true, interceptors: true, filters: true };

/** Calls handlers with Nest around them: guards, interceptors, pipes, filters, request scope. */
@Injectable()
export class NestInvoker {
  readonly #logger = new Logger('RocketMQ');
  readonly #handlers = new Map<object, Map<string, Handler>>();

  constructor(
    private readonly creator: ExternalContextCreator,
    private readonly hosts: ClientHosts,
  ) {}

  /** Prepares the handlers of a class. Throws INVALID_ARGUMENT for those that cannot work. */
  prepare(of: Discovered): void {
    const handlers = new Map<string, Handler>();
    for (const metadata of of.description.handlers) {
      if (metadata.kind === 'stream' || metadata.kind === 'event') continue;
      handlers.set(keyOf(metadata), this.#prepare(of, metadata));
    }
    refuseUnmadeEnhancers(of);
    this.#handlers.set(of.instance, handlers);
  }

  /** For `bindInstances`. Streams and events are called as they are: there is no message to guard, pipe or filter. */
  readonly invoke: HandlerInvoker = ({ instance, handler: metadata, args, messages, context }) => {
    const handler = this.#handlers.get(instance)?.get(keyOf(metadata));
    if (handler === undefined || context === undefined)
      return (instance as Record<string | symbol, Method>)[metadata.method]!(...args);
    return this.#call(handler, args, messages, context);
  };

  #prepare(of: Discovered, metadata: HandlerMetadata): Handler {
    const cls = of.instance.constructor;
    const name = `${of.name}.${String(metadata.method)}`;
    const manualAck = isManuallyAcked(cls, metadata.method);
    const sendTo = of.description.sendTo.get(metadata.method);
    if (manualAck && (metadata.kind === 'batch' || sendTo !== undefined)) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `${name} has @ManualAck() and ${metadata.kind === 'batch' ? '@OnBatch' : '@SendTo'}: what it returns says what becomes of its messages; leave one of them out`,
      );
    }
    const send = (body: unknown) =>
      this.hosts
        .get(of.client, name)
        .defaultProducer.send(sendTo!.topic, body, sendTo!.options as SendOptions<unknown> | undefined);
    const creator = creatorFor(this.creator, of.wrapper.host?.token, sendTo === undefined ? undefined : send);
    const method = (of.instance as Record<string | symbol, Method>)[metadata.method]!;
    const handler = { of, metadata, method, name, manualAck, creator, proxy: undefined, warned: false };
    return { ...handler, proxy: of.isStatic ? create(handler, of.instance) : undefined };
  }

  async #call(
    handler: Handler,
    args: readonly unknown[],
    messages: readonly MessageView[],
    context: HandlerContext,
  ): Promise<ConsumeResult> {
    const call = new HandlerCall(args[0], messages, handler.metadata.kind !== 'batch', context);
    openCall(call);
    try {
      const proxy = handler.proxy ?? (await this.#proxyFor(handler, call));
      const returned = await proxy(...args);
      if (call.verdict !== undefined) return call.verdict.value;
      return handler.manualAck ? await call.settled() : (returned as ConsumeResult);
    } catch (error) {
      if (call.verdict !== undefined) return call.verdict.value;
      this.#explain(handler, error);
      throw failureOf(error);
    }
  }

  /** An instance of its own for this message, and all that its class injects from the request scope. */
  async #proxyFor(handler: Handler, { messages, context }: HandlerCall): Promise<Method> {
    const { wrapper, instance: stand } = handler.of;
    const request: RocketMQRequest = { type: 'rocketmq', message: messages[0]!, messages, group: context.group };
    const contextId = ContextIdFactory.getByRequest(request);
    const moduleRef = wrapper.host?.providers.get(ModuleRef)?.instance as ModuleRef;
    // A durable tree belongs to a tenant, not to a message: it sees the strategy's payload alone.
    const provided: unknown = wrapper.isDependencyTreeDurable() ? contextId.payload : request;
    moduleRef.registerRequestByContextId(provided, contextId);
    const instance = await moduleRef.resolve<object>(wrapper.token as string, contextId, { strict: true });
    assignMembers(handler.of, stand, instance);
    return create(handler, instance, contextId);
  }

  /** A filter that returns nothing has not handled the exception, as Nest sees it: people expect the opposite. */
  #explain(handler: Handler, error: unknown): void {
    if (handler.warned) return;
    const filter = filterFor(error, handler.method, handler.of.instance.constructor);
    if (filter === undefined) return;
    handler.warned = true;
    this.#logger.warn(
      `filter ${filter} let an exception of ${handler.name} pass, so the exception decides about the message: return ack(), retry() or reject() from catch() (nothing, or the exception thrown again, counts as not handled)`,
    );
  }
}

/** A method may handle messages and dead letters. */
const keyOf = ({ kind, method }: HandlerMetadata): string => `${kind} ${String(method)}`;

function create({ of, method, metadata, creator }: Handler, instance: object, contextId?: ContextId): Method {
  return creator.create(
    instance,
    method as (...args: unknown[]) => unknown,
    metadata.method as string,
    ROUTE_ARGS_METADATA,
    PARAMS_FACTORY,
    contextId,
    of.wrapper.id,
    ENHANCERS,
    ROCKETMQ_CONTEXT_TYPE,
  ) as Method;
}

/** Senders and producers were assigned to the object that stands for all instances. */
function assignMembers({ description }: Discovered, from: object, to: object): void {
  const { sends, producers } = description;
  for (const key of [...sends, ...producers.keys()]) {
    const value: unknown = Reflect.get(from, key);
    Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
  }
}
