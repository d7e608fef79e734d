import { type CustomTransportStrategy, type MessageHandler, type ReadPacket, Server } from '@nestjs/microservices';
import {
  ack,
  type ConsumeResult,
  isConsumeResult,
  type MessageView,
  type PushConsumer,
  type PushConsumerOptions,
  RocketMQ,
  RocketMQError,
  type RocketMQOptions,
} from '@cometmq/sdk';
import { isObservable, lastValueFrom, Subscription } from 'rxjs';
import { nestLogger } from '../client/nest-logger.js';
import { RocketMQContext } from './context.js';
import { subscriptionOf } from './pattern.js';
import { replyUnsupported } from './unsupported.js';

/** The transport of `@EventPattern('topic', ROCKETMQ_TRANSPORT)`. */
export const ROCKETMQ_TRANSPORT: unique symbol = Symbol.for('@cometmq/nest:transport');

export interface RocketMQServerOptions extends RocketMQOptions {
  /** The consumer group of the service. */
  group: string;
  /** What else a push consumer takes. */
  consumer?: Omit<PushConsumerOptions, 'group'>;
}

export interface RocketMQServerOfClient {
  /** It is started when it is not, and stays open when the service closes. */
  client: RocketMQ;
  group: string;
  consumer?: Omit<PushConsumerOptions, 'group'>;
}

type StatusListener = (status: string) => void;

/**
 * Nest's microservice strategy: `@EventPattern('topic')`, `@EventPattern({ topic, tags })`. Events are awaited: what fails is consumed
 * again, what is rejected goes to the dead letters, and a handler may return `ack()`, `retry()` or `reject()`. `@MessagePattern` comes
 * with request-reply.
 */
export class ServerRocketMQ
  extends Server<{ status: StatusListener }, 'connected' | 'closed'>
  implements CustomTransportStrategy
{
  override readonly transportId: typeof ROCKETMQ_TRANSPORT = ROCKETMQ_TRANSPORT;
  readonly #options: RocketMQServerOptions | RocketMQServerOfClient;
  #client: RocketMQ | undefined;
  #consumer: PushConsumer | undefined;
  readonly #statuses = new Subscription();
  /** Nest would chain handlers of one pattern and join their streams, which forgets verdicts and does not wait after an empty one. */
  readonly #handlers = new Map<string, MessageHandler[]>();
  #closing: Promise<void> | undefined;

  constructor(options: RocketMQServerOptions | RocketMQServerOfClient) {
    super();
    this.#options = options;
    // Nest 12 logs an RpcException of an event as lost unless this says that somebody hears it. Nest 11 does not know the name, so it
    // cannot be a field that overrides.
    Object.defineProperty(this, 'propagatesEventHandlerErrors', { value: true });
  }

  /** Joins the group with a subscription per pattern. `callback` gets what keeps it from that. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      await this.close().catch(() => undefined);
      callback(error);
      return;
    }
    callback();
  }

  /** Waits for running handlers, commits, leaves the group; a client of its own is closed. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** 'status': `connected`, `degraded`, `disconnected`, `closed`, whenever it changes. Throws INVALID_ARGUMENT for other events. */
  override on<Event extends 'status'>(event: Event, callback: StatusListener): void {
    if (event !== 'status')
      throw new RocketMQError('INVALID_ARGUMENT', `there is no event '${String(event)}': listen to 'status'`);
    this.#statuses.add(this.#open().status$.subscribe(({ state }) => callback(state)));
  }

  /** The `RocketMQ` client. */
  override unwrap<T>(): T {
    return this.#open() as T;
  }

  /** Several handlers of one event stand beside each other. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const route = this.normalizePattern(pattern as string);
    const known = this.#handlers.get(route);
    if (known === undefined || !isEventHandler) {
      this.#handlers.set(route, [callback]);
      super.addHandler(pattern, callback, isEventHandler, extras);
    } else known.push(callback);
  }

  /**
   * Runs the handlers of a pattern to their end; Nest's own would not wait for streams, and failures would count as done. All of
   * them run; then the first failure counts, else the first verdict that is not `ack()`.
   */
  override handleEvent(pattern: string, packet: ReadPacket, context: RocketMQContext): Promise<unknown> {
    const handlers = this.#handlers.get(this.getRouteFromPattern(pattern)) ?? [];
    if (handlers.length === 0) {
      return Promise.reject(
        new RocketMQError('INVALID_ARGUMENT', `no @EventPattern fits ${pattern}: its message is consumed again`),
      );
    }
    return new Promise((resolve, reject) => {
      const run = async () => {
        const outcomes = await Promise.allSettled(handlers.map((handler) => runToEnd(handler, packet.data, context)));
        this.onProcessingEndHook?.(this.transportId, context);
        const failure = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failure !== undefined) return reject(asError(failure.reason));
        const values = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined));
        resolve(values.find((value) => isConsumeResult(value) && value.action !== 'ack') ?? ack());
      };
      // Nest 11 has hooks only in its later versions.
      const start = this.onProcessingStartHook as typeof this.onProcessingStartHook | undefined;
      if (start === undefined) void run();
      else start(this.transportId, context, run);
    });
  }

  async #listen(): Promise<void> {
    if (this.#closing !== undefined) throw new RocketMQError('CLOSED', 'this service has been closed; make a new one');
    const { group, consumer: options } = this.#options;
    const requests = [...this.messageHandlers].filter(([, { isEventHandler }]) => isEventHandler !== true);
    if (requests.length > 0) throw replyUnsupported(`@MessagePattern (${requests.map(([each]) => each).join(', ')})`);
    const client = this.#open();
    await client.start();
    const consumer = client.pushConsumer({ ...options, group });
    this.#consumer = consumer;
    for (const pattern of this.messageHandlers.keys())
      consumer.subscribe(subscriptionOf(pattern), (message) => this.#handle(pattern, message));
    await consumer.start();
    this._status$.next('connected');
  }

  async #handle(pattern: string, message: MessageView): Promise<ConsumeResult> {
    const packet = { pattern, data: message.body };
    return (await this.handleEvent(pattern, packet, new RocketMQContext([message]))) as ConsumeResult;
  }

  #open(): RocketMQ {
    if (this.#client !== undefined) return this.#client;
    if ('client' in this.#options) this.#client = this.#options.client;
    else {
      const { group: _group, consumer: _consumer, ...options } = this.#options;
      this.#client = new RocketMQ({ logger: nestLogger('default'), ...options });
    }
    return this.#client;
  }

  async #close(): Promise<void> {
    try {
      await this.#consumer?.close();
    } finally {
      if (!('client' in this.#options)) await this.#client?.close();
      this.#statuses.unsubscribe();
      this._status$.next('closed');
    }
  }
}

async function runToEnd(handler: MessageHandler, data: unknown, context: RocketMQContext): Promise<unknown> {
  const returned: unknown = await handler(data, context);
  return isObservable(returned) ? lastValueFrom(returned, { defaultValue: undefined }) : returned;
}

/** Nest's filter makes plain objects of exceptions: `{ status: 'error', message }`. */
function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const { message } = (error ?? {}) as { message?: unknown };
  return new Error(typeof message === 'string' ? message : `an event handler failed: ${String(error)}`, {
    cause: error,
  });
}
