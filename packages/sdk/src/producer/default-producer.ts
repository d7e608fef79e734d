import { BatchBody, recallMessage, ResponseCode, validateTopic } from '@cometmq/protocol';
import type { OperatorFunction } from 'rxjs';
import { withoutScheme } from '../client/addresses.js';
import type { ClientHandle, ClientInstance } from '../client/client-instance.js';
import { brokerError, RocketMQError, unsupported } from '../client/errors.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import type { OutgoingMessage, SendOptions, SendResult } from '../message/outgoing-message.js';
import type { PublishInfo } from '../routing/publish-info.js';
import { publishOperator } from '../rx/publish.js';
import { batchProblem, batchResults, splitBatch } from './batch.js';
import { type MessageAttributes, MessageEncoder, waitProperty } from './encode-message.js';
import type { EncodedMessage } from './encoded-message.js';
import { MessageSender } from './message-sender.js';
import { type ProducerOptions, producerSettings, type ProducerSettings } from './producer-options.js';
import { isObserved, observedBatch, observedOneway, observedSend } from './observed-send.js';
import type { Producer, PublishOptions } from './producer.js';
import { byShardingKey, indexOfQueue } from './queue-selector.js';
import { parseRecallHandle, type RecallHandle } from './recall-handle.js';
import { beforeDeadline } from './route-wait.js';
import { SendCall } from './send-call.js';
import type { SendPlan } from './sending.js';

type State =
  | { readonly name: 'new' }
  | { readonly name: 'open' }
  | { readonly name: 'closed'; readonly done: Promise<void> };

type AnyOptions = SendOptions<never> & MessageAttributes;

const NO_ATTRIBUTES: MessageAttributes = Object.freeze({});

/** The producer over a client. Opens itself with its first message. */
export class DefaultProducer implements Producer {
  readonly #instance: ClientInstance;
  readonly #settings: ProducerSettings;
  readonly #encoder: MessageEncoder;
  readonly #sender: MessageSender;
  readonly #member: { readonly group: string; readonly close: () => Promise<void> };
  #state: State = { name: 'new' };
  #inFlight = 0;
  #whenIdle: (() => void) | undefined;

  constructor(client: ClientHandle, options: ProducerOptions = {}) {
    this.#instance = client.instance;
    this.#settings = producerSettings(options);
    const { codec, codecs, uniqueIds } = this.#instance;
    const { compression } = this.#instance.options;
    this.#encoder = new MessageEncoder({
      codec: options.codec ?? codec,
      codecs,
      uniqueIds,
      compression,
      maxMessageSize: this.#settings.maxMessageSize,
    });
    const group = this.#instance.wireName(this.#settings.group);
    this.#sender = new MessageSender(this.#instance, { ...this.#settings, group }, () => this.#end());
    this.#member = { group, close: () => this.close() };
  }

  get group(): string {
    return this.#settings.group;
  }

  send<T>(message: OutgoingMessage<T> | string, second?: unknown, third?: SendOptions<T>): Promise<SendResult> {
    const plain = !isObserved(this.#instance);
    if (typeof message === 'string') {
      const options = third as AnyOptions | undefined;
      if (plain) return this.#send(message, second, options ?? NO_ATTRIBUTES, undefined, options);
      return this.#observed({ ...third, topic: message, body: second }, options);
    }
    if (typeof message !== 'object' || message === null) {
      const problem = 'send needs a message ({ topic, body }) or a topic and a body';
      return Promise.reject(new RocketMQError('INVALID_ARGUMENT', problem));
    }
    const options = second as AnyOptions | undefined;
    if (plain) return this.#send(message.topic, message.body, options ?? message, options && message, options);
    return this.#observed(options === undefined ? message : { ...message, ...options }, options);
  }

  sendBatch<T>(
    messages: readonly OutgoingMessage<T>[],
    options: SendOptions<T> & { split?: boolean } = {},
  ): Promise<SendResult[]> {
    if (!isObserved(this.#instance)) return this.#sendBatch(messages, options);
    return observedBatch(this.#instance, this.group, messages, (sent) =>
      this.#sendBatch(sent, options as SendOptions<unknown> & { split?: boolean }),
    );
  }

  async #sendBatch<T>(
    messages: readonly OutgoingMessage<T>[],
    options: SendOptions<T> & { split?: boolean },
  ): Promise<SendResult[]> {
    if (messages.length === 0) return [];
    const problem = batchProblem(messages) ?? (options.delay === undefined ? undefined : 'a batch cannot be delayed');
    if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', problem);
    this.#begin();
    try {
      const { topic } = messages[0]!;
      const now = this.#instance.clock.now();
      const entries = messages.map((message) =>
        this.#encoder.encode(topic, message.body, now, options as AnyOptions, message, false),
      );
      const results: SendResult[] = [];
      for (const part of splitBatch(entries, this.#settings.maxMessageSize, options.split ?? false)) {
        const stored = await this.#sendPart(messages[0]!, part, options as AnyOptions);
        for (const result of stored) results.push(result);
      }
      return results;
    } finally {
      this.#end();
    }
  }

  sendOneway<T>(message: OutgoingMessage<T>): Promise<void> {
    if (!isObserved(this.#instance)) return this.#sendOneway(message);
    return observedOneway(this.#instance, this.group, message, (sent) => this.#sendOneway(sent));
  }

  async #sendOneway(message: OutgoingMessage): Promise<void> {
    this.#begin();
    try {
      const { body, properties, sysFlag } = this.#encoder.encode(
        message.topic,
        message.body,
        this.#instance.clock.now(),
        message,
      );
      const topic = this.#instance.wireName(message.topic);
      const plan = this.#plan(undefined);
      const info = this.#known(topic) ?? (await this.#route(topic, plan));
      plan.fixed = this.#fixed(info, message, message, undefined, undefined);
      await this.#sender.sendOneway({ topic, body, properties, sysFlag, batch: false }, info, plan);
    } finally {
      this.#end();
    }
  }

  request<R, T = unknown>(
    _message: OutgoingMessage<T>,
    _options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<MessageView<R>> {
    return Promise.reject(unsupported('request/reply', '0.2'));
  }

  async recall(topic: string, recallHandle: string): Promise<string> {
    const handle = parseHandle(recallHandle);
    this.#begin();
    try {
      const wireTopic = this.#instance.wireName(topic);
      await this.#instance.routes.forPublish(wireTopic);
      const address = this.#instance.brokers.master(handle.brokerName);
      if (address === undefined)
        throw new RocketMQError(
          'NO_BROKER',
          `the handle names broker ${handle.brokerName}, which is not in the route of ${topic}`,
        );
      const header = { producerGroup: this.#member.group, topic: wireTopic, recallHandle };
      const answer = await this.#instance.invoke(address, recallMessage, header, {
        timeoutMs: this.#settings.sendTimeoutMs,
      });
      if (answer.code !== ResponseCode.SUCCESS || answer.header === undefined) {
        throw brokerError(`the recall of a message of ${topic}`, withoutScheme(address), answer);
      }
      return answer.header.msgId;
    } finally {
      this.#end();
    }
  }

  publish<T>(
    target: string | ((body: T) => OutgoingMessage<T>),
    options: PublishOptions<T> = {},
  ): OperatorFunction<T, SendResult> {
    const { concurrency, batch, ...sendOptions } = options;
    const toMessage = typeof target === 'string' ? (body: T): OutgoingMessage<T> => ({ topic: target, body }) : target;
    return publishOperator<T>({
      clock: this.#instance.clock,
      concurrency: concurrency ?? 32,
      batch,
      send: async (bodies) =>
        batch === undefined
          ? [await this.send(toMessage(bodies[0]!), sendOptions as SendOptions<T>)]
          : this.sendBatch(bodies.map(toMessage), { ...(sendOptions as SendOptions<T>), split: true }),
    });
  }

  close(): Promise<void> {
    if (this.#state.name === 'closed') return this.#state.done;
    const registered = this.#state.name === 'open';
    const done = this.#drain(registered);
    this.#state = { name: 'closed', done };
    return done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The hot path: one object and one promise from here to the answer. */
  #send(
    userTopic: string,
    body: unknown,
    first: MessageAttributes,
    second: MessageAttributes | undefined,
    options: AnyOptions | undefined,
  ): Promise<SendResult> {
    try {
      this.#begin();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    try {
      const startedAt = this.#instance.clock.monotonic();
      const now = this.#instance.wallClock.at(startedAt);
      const message = this.#encoder.encode(userTopic, body, now, first, second);
      const topic = this.#instance.wireName(userTopic);
      const deadlineAt = startedAt + (options?.timeoutMs ?? this.#settings.sendTimeoutMs);
      const call = new SendCall(this.#sender, topic, message, userTopic, options?.signal, startedAt, deadlineAt);
      const info = this.#known(topic);
      if (info === undefined) this.#postLater(call, body, first, second, options);
      else this.#post(call, info, body, first, second, options);
      return call.promise;
    } catch (error) {
      this.#end();
      return Promise.reject(error as Error);
    }
  }

  #post(
    call: SendCall,
    info: PublishInfo,
    body: unknown,
    first: MessageAttributes,
    second: MessageAttributes | undefined,
    options: AnyOptions | undefined,
  ): void {
    const anyQueue =
      options?.queue === undefined && first.shardingKey === undefined && second?.shardingKey === undefined;
    if (!anyQueue) call.fixed = this.#fixed(info, { topic: call.userTopic, body }, first, second, options);
    this.#sender.post(call, info);
  }

  #postLater(
    call: SendCall,
    body: unknown,
    first: MessageAttributes,
    second: MessageAttributes | undefined,
    options: AnyOptions | undefined,
  ): void {
    this.#route(call.topic, call)
      .then((info) => this.#post(call, info, body, first, second, options))
      .catch((error: unknown) => {
        this.#end();
        call.reject(error);
      });
  }

  #observed(message: OutgoingMessage, options: AnyOptions | undefined): Promise<SendResult> {
    return observedSend(this.#instance, this.group, message, (sent) =>
      this.#send(sent.topic, sent.body, sent, undefined, options),
    );
  }

  async #sendPart(first: OutgoingMessage, part: readonly EncodedMessage[], options: AnyOptions): Promise<SendResult[]> {
    const topic = this.#instance.wireName(first.topic);
    const plan = this.#plan(options);
    const info = this.#known(topic) ?? (await this.#route(topic, plan));
    plan.fixed = this.#fixed(info, first, options, first, options);
    const stored = await this.#sender.send(
      {
        topic,
        body: new BatchBody(part),
        properties: waitProperty(options.waitStoreOk ?? first.waitStoreOk ?? true),
        sysFlag: 0,
        batch: true,
      },
      info,
      plan,
    );
    return batchResults(stored, part, first.topic);
  }

  #plan(options: AnyOptions | undefined): { -readonly [Key in keyof SendPlan]: SendPlan[Key] } {
    const startedAt = this.#instance.clock.monotonic();
    return {
      fixed: undefined,
      startedAt,
      deadlineAt: startedAt + (options?.timeoutMs ?? this.#settings.sendTimeoutMs),
      signal: options?.signal,
    };
  }

  #known(topic: string): PublishInfo | undefined {
    const info = this.#instance.routes.get(topic)?.publish;
    return info === undefined || info.queues.length === 0 ? undefined : info;
  }

  /** The route of a topic that is used for the first time, or has no queue to write to now. */
  async #route(topic: string, plan: SendPlan): Promise<PublishInfo> {
    const problem = validateTopic(topic);
    if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', `'${topic}' cannot be a topic: ${problem}`);
    const asked = this.#instance.routes.forPublish(topic);
    return beforeDeadline(this.#instance.clock, asked, plan, `the route of ${topic}`);
  }

  /** The queue that the caller asks for; undefined: any. */
  #fixed(
    info: PublishInfo,
    message: OutgoingMessage,
    first: MessageAttributes,
    second: MessageAttributes | undefined,
    options: AnyOptions | undefined,
  ): number | undefined {
    const wanted = options?.queue;
    if (wanted === undefined) {
      const shardingKey = first.shardingKey ?? second?.shardingKey;
      return shardingKey === undefined ? undefined : byShardingKey(info.queues.length, shardingKey);
    }
    const queue: MessageQueue =
      typeof wanted === 'function' ? wanted(info.queues, message as OutgoingMessage<never>) : wanted;
    const index = indexOfQueue(info.queues, queue);
    if (index < 0) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `topic ${message.topic} has no queue ${queue?.queueId} on ${queue?.brokerName} that can be written`,
      );
    }
    return index;
  }

  /** Throws CLOSED or NOT_STARTED. */
  #begin(): void {
    if (this.#state.name === 'new') {
      this.#instance.addProducer(this.#member);
      this.#state = { name: 'open' };
    } else if (this.#state.name === 'closed') {
      throw new RocketMQError('CLOSED', `the producer of group ${this.group} has been closed; make a new one`);
    }
    this.#inFlight++;
  }

  #end(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#whenIdle?.();
  }

  async #drain(registered: boolean): Promise<void> {
    // Bounded by the sends' own deadlines.
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    if (registered) await this.#instance.removeProducer(this.#member);
  }
}

function parseHandle(recallHandle: string): RecallHandle {
  const handle = parseRecallHandle(recallHandle);
  if (handle !== undefined) return handle;
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    'this is no recall handle: pass recallHandle of the send result of a delayed message',
  );
}
