import type { ClientHandle } from '../client/client-instance.js';
import { RocketMQError, unsupported } from '../client/errors.js';
import type { PushConsumerOptions } from '../consumer/consumer-options.js';
import type { PushConsumer } from '../consumer/push-consumer.js';
import type { SendOptions } from '../message/outgoing-message.js';
import type { ProducerOptions } from '../producer/producer-options.js';
import type { Producer } from '../producer/producer.js';
import { type Bound, handlerPlans } from './handler-plans.js';
import {
  callMethod,
  type HandlerInvoker,
  listenToEvents,
  type Registration,
  subscribeDeadLetters,
  subscribePlan,
} from './handlers.js';
import { mergeConsumers } from './merge-consumers.js';
import { type ClassDescription, describe, type SendToMetadata } from './metadata.js';
import { sendOn } from './send-on.js';
import { sender, topicOf } from './senders.js';

/** What bind needs of a client. */
export interface BindTarget extends ClientHandle {
  producer(options?: ProducerOptions): Producer;
  pushConsumer(options: PushConsumerOptions): PushConsumer;
}

/** One consumer of a binding with its handlers. */
export interface BoundConsumer {
  readonly group: string;
  readonly consumer: PushConsumer;
  /** What its classes say; default true. */
  readonly autoStart: boolean;
  /** Joins the group and subscribes its streams. Idempotent; after a failure it may be called again. */
  start(): Promise<void>;
}

export interface Binding extends AsyncDisposable {
  /** One per group, those of dead letters included. */
  readonly consumers: readonly PushConsumer[];
  /** The same with what starts them one by one. */
  readonly bound: readonly BoundConsumer[];
  /** Starts the consumers that were bound with `autoStart: false`, and with `BindOptions.start: false` all. */
  start(): Promise<void>;
  /** Consumers first, then the producers of the bound members. Idempotent. */
  close(): Promise<void>;
}

export interface BindOptions {
  /** How a handler is called; default: the method of the instance. Integrations put their own around it. */
  readonly invoke?: HandlerInvoker;
  /** The last word on the options of a group's consumer; undefined: the group is not bound. */
  readonly consumerOptions?: (options: PushConsumerOptions) => PushConsumerOptions | undefined;
  /** The client of members whose @Producer names one; default: the one that binds. */
  readonly client?: (name: string) => BindTarget;
  /** false: no consumer is started, whatever its classes say; `Binding` starts them. Default true. */
  readonly start?: boolean;
}

interface Described {
  readonly instance: object;
  readonly name: string;
  readonly description: ClassDescription;
}

/** What has been made so far, in the order in which it is closed in reverse. */
class Parts {
  readonly producers: Producer[] = [];
  readonly consumers: PushConsumer[] = [];
  readonly registrations: Registration[] = [];
  #closing: Promise<void> | undefined;

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = await Promise.allSettled(this.consumers.map((consumer) => consumer.close()));
    for (const registration of this.registrations) registration.stop();
    const outcomes = [...closed, ...(await Promise.allSettled(this.producers.map((producer) => producer.close())))];
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/** Wires decorated objects: assigns @Producer and @Send members, merges @Consumer classes by group, starts their consumers. */
export async function bindInstances(
  target: BindTarget,
  instances: readonly object[],
  options: BindOptions = {},
): Promise<Binding> {
  const described = instances.map(describeInstance);
  const parts = new Parts();
  try {
    const shared = lazy(() => keep(parts, target.producer()));
    const named = (name: string | undefined) =>
      name === undefined || options.client === undefined ? target : options.client(name);
    for (const one of described) bindSenders(named, one, parts, shared);
    const manual = bindConsumers(target, described, options, parts, shared);
    const bound = parts.registrations.map((one) => boundConsumer(one, !manual.has(one)));
    if (options.start !== false) await startAll(bound.filter(({ autoStart }) => autoStart));
    return {
      consumers: parts.consumers,
      bound,
      start: () => startAll(bound),
      close: () => parts.close(),
      [Symbol.asyncDispose]: () => parts.close(),
    };
  } catch (error) {
    await parts.close().catch(() => undefined);
    throw error;
  }
}

function describeInstance(instance: object): Described {
  const cls = instance.constructor;
  const description = describe(cls);
  const name = cls.name || 'anonymous class';
  if (description.transactionListener !== undefined) throw unsupported(`@TransactionListener (${name})`, '0.2');
  const { consumer, producer, handlers, sends, producers, sendTo } = description;
  if (
    consumer === undefined &&
    producer === undefined &&
    handlers.length + sends.length + producers.size + sendTo.size === 0
  ) {
    throw new RocketMQError('INVALID_ARGUMENT', `${name} carries none of the decorators that bind looks for`);
  }
  if (consumer === undefined && handlers.length > 0) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `${name} has handlers (${handlers.map(({ method }) => String(method)).join(', ')}) but no @Consumer: which group are they of?`,
    );
  }
  return { instance, name, description };
}

function keep(parts: Parts, producer: Producer): Producer {
  parts.producers.push(producer);
  return producer;
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Fields are defined on the instance by its constructor, so members are assigned there, not on the prototype. */
function assign(instance: object, key: string | symbol, value: unknown): void {
  Object.defineProperty(instance, key, { value, writable: true, enumerable: true, configurable: true });
}

function bindSenders(
  named: (client: string | undefined) => BindTarget,
  { instance, name, description }: Described,
  parts: Parts,
  shared: () => Producer,
): void {
  for (const [key, { client, topic: _topic, ...options }] of description.producers)
    assign(instance, key, keep(parts, named(client).producer(options)));
  const own = description.producer;
  const ofClass =
    own === undefined ? shared : lazy(() => keep(parts, named(own.client).producer(withoutClassOptions(own))));
  for (const [key, options] of description.sendOptions)
    assign(instance, key, sender(ofClass(), topicOf(name, key, options.topic, own?.topic), options));
  for (const [key, sendTo] of description.sendTo) {
    const handled = description.handlers.some(({ method, kind }) => method === key && kind !== 'event');
    if (handled) continue;
    const method = (instance as Record<string | symbol, (...args: unknown[]) => unknown>)[key]!;
    const producer = lazy(ofClass);
    assign(instance, key, (...args: unknown[]) => sendOn(method.apply(instance, args), sendToWith(producer, sendTo)));
  }
}

function withoutClassOptions({
  client: _client,
  topic: _topic,
  ...options
}: ProducerOptions & { client?: string; topic?: string }): ProducerOptions {
  return options;
}

const sendToWith =
  (producer: () => Producer, { topic, options }: SendToMetadata) =>
  (body: unknown) =>
    producer().send(topic, body, options as SendOptions<unknown> | undefined);

/** Returns the registrations that wait for `Binding.start`. */
function bindConsumers(
  target: BindTarget,
  described: readonly Described[],
  options: BindOptions,
  parts: Parts,
  shared: () => Producer,
): ReadonlySet<Registration> {
  const bound = described.flatMap(({ instance, name, description }): Bound[] =>
    description.consumer === undefined ? [] : [{ instance, name, description, consumer: description.consumer }],
  );
  const merged = mergeConsumers(bound);
  // Every conflict is found before anything is made.
  const planned = merged.map((one) => ({ ...one, plans: handlerPlans(one.classes) }));
  const manual = new Set<Registration>();
  const readers = new Map<string, string>();
  const add = (registration: Registration, autoStart: boolean) => {
    parts.registrations.push(registration);
    parts.consumers.push(registration.consumer);
    if (!autoStart) manual.add(registration);
  };
  for (const { options: said, autoStart, classes, plans } of planned) {
    const settings = options.consumerOptions === undefined ? said : options.consumerOptions(said);
    if (settings === undefined) continue;
    const call = { invoke: options.invoke ?? callMethod, producer: shared, instance: target.instance };
    if (plans.length > 0) {
      const consumer = target.pushConsumer(settings);
      const stopEvents = listenToEvents(consumer, classes, target.instance);
      add(subscribePlan(consumer, plans, call, stopEvents), autoStart);
    }
    for (const registration of subscribeDeadLetters(target, settings, classes, call, readers))
      add(registration, autoStart);
  }
  return manual;
}

function boundConsumer(registration: Registration, autoStart: boolean): BoundConsumer {
  const { consumer } = registration;
  let started: Promise<void> | undefined;
  const start = () =>
    (started ??= registration.start().catch((error: unknown) => {
      started = undefined;
      throw error;
    }));
  return { group: consumer.group, consumer, autoStart, start };
}

async function startAll(bound: readonly BoundConsumer[]): Promise<void> {
  for (const one of bound) await one.start();
}
