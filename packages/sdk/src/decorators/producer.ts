import type { ClientHandle } from '../client/client-instance.js';
import type { DelaySpec, SendOptions, SendResult } from '../message/outgoing-message.js';
import type { ProducerOptions } from '../producer/producer-options.js';
import { DefaultProducer } from '../producer/default-producer.js';
import type { Producer as ProducerInterface } from '../producer/producer.js';
import { classOf, ownMetadata, type ProducerMetadata, type SendMetadata } from './metadata.js';

/** Made by `mq.producer()`, `@Producer()`, Nest, or `new Producer(client)`. */
export interface Producer extends ProducerInterface {}

/**
 * One name for four things: the type, `new Producer(client, options)`, Nest's token of the default producer, and the decorator.
 * As a property decorator: a started producer. As a class decorator: the default options of the class's @Send members.
 */
export interface ProducerStatic {
  new (client: ClientHandle, options?: ProducerOptions): Producer;
  (options?: ProducerMetadata): ClassDecorator & PropertyDecorator;
}

function decorator(options: ProducerMetadata = {}): ClassDecorator & PropertyDecorator {
  return (target: object, key?: string | symbol): void => {
    if (key === undefined) ownMetadata(target).producer = options;
    else ownMetadata(classOf(target, 'Producer', key)).producers.set(key, options);
  };
}

// A Proxy over the class, because of an interface and a function of one name tsc emits `Object` as design:type and oxc the
// function: neither is a token for a container.
export const Producer: ProducerStatic = new Proxy(DefaultProducer, {
  apply: (_class, _this, [options]: [ProducerMetadata?]) => decorator(options),
  get: (cls, key, receiver) => (key === 'name' ? 'Producer' : (Reflect.get(cls, key, receiver) as unknown)),
}) as unknown as ProducerStatic;

/** A typed outlet: sends a body to the topic of its decorator. */
export type Sender<T> = (body: T, options?: SendOptions<T>) => Promise<SendResult>;

export interface SendDecoratorOptions<T> {
  /** Default: that of the class's @Producer. */
  topic?: string;
  tags?: string;
  keys?: (body: T) => string | readonly string[];
  shardingKey?: (body: T) => string;
  delay?: DelaySpec | ((body: T) => DelaySpec | undefined);
}

/** Property of type {@link Sender}: a typed outlet. Assigned by bind() or by Nest, after construction. */
export function Send<T = unknown>(options: SendDecoratorOptions<T> = {}): PropertyDecorator {
  return (target, key) => {
    ownMetadata(classOf(target, 'Send', key)).sends.set(key, options as SendMetadata);
  };
}
