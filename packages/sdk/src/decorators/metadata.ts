import { RocketMQError } from '../client/errors.js';
import type { PushConsumerOptions } from '../consumer/consumer-options.js';
import type { Subscription } from '../consumer/subscriptions.js';
import type { DelaySpec, SendOptions } from '../message/outgoing-message.js';
import type { ProducerOptions } from '../producer/producer-options.js';
import type { TransactionProducerOptions } from '../producer/transaction-producer.js';

export type ConsumerEvent = 'error' | 'assigned' | 'revoked' | 'retry' | 'deadLetter';

/** What stands in `@Consumer(…)`. */
export interface ConsumerMetadata extends PushConsumerOptions {
  /** Default of the class's handlers. */
  topic?: string;
  /** Which client, when there are several; integrations look at it. */
  client?: string;
  /** false: bound but not started. Default true. */
  autoStart?: boolean;
}

/** What stands in `@Producer(…)` over a class or property. */
export interface ProducerMetadata extends ProducerOptions {
  client?: string;
  /** Default of the class's @Send members. */
  topic?: string;
}

/** What stands in `@Send(…)`. */
export interface SendMetadata {
  topic?: string;
  tags?: string;
  keys?: (body: never) => string | readonly string[];
  shardingKey?: (body: never) => string;
  delay?: DelaySpec | ((body: never) => DelaySpec | undefined);
}

/** What stands in `@TransactionListener(…)`. */
export type TransactionListenerMetadata = Omit<TransactionProducerOptions, 'listener'> & { client?: string };

export interface HandlerMetadata {
  readonly method: string | symbol;
  readonly kind: 'message' | 'batch' | 'stream' | 'dlq' | 'event';
  readonly subscription?: Partial<Subscription>;
  /** `message`: the returned value answers a request(). */
  readonly reply?: boolean;
  /** `batch`: deliveries of one call; without them the consumer's own batch size. */
  readonly size?: number;
  readonly lingerMs?: number;
  /** `stream`: unsettled deliveries at most. */
  readonly maxInFlight?: number;
  /** `dlq`: whose dead letters; default the class's group. */
  readonly group?: string;
  readonly event?: ConsumerEvent;
}

export interface SendToMetadata {
  readonly topic: string;
  readonly options: SendOptions | undefined;
}

/** All that the decorators of a class say, those of its base classes first. */
export interface ClassDescription {
  readonly consumer?: ConsumerMetadata;
  readonly producer?: ProducerMetadata;
  readonly transactionListener?: TransactionListenerMetadata;
  readonly handlers: readonly HandlerMetadata[];
  /** Members with @Send. */
  readonly sends: readonly (string | symbol)[];
  readonly sendOptions: ReadonlyMap<string | symbol, SendMetadata>;
  /** Members with @Producer. */
  readonly producers: ReadonlyMap<string | symbol, ProducerMetadata>;
  /** Methods with @SendTo. */
  readonly sendTo: ReadonlyMap<string | symbol, SendToMetadata>;
}

interface OwnMetadata {
  consumer?: ConsumerMetadata;
  producer?: ProducerMetadata;
  transactionListener?: TransactionListenerMetadata;
  readonly handlers: HandlerMetadata[];
  readonly sends: Map<string | symbol, SendMetadata>;
  readonly producers: Map<string | symbol, ProducerMetadata>;
  readonly sendTo: Map<string | symbol, SendToMetadata>;
}

/** Registered, so that two copies of this package in one process read each other's classes. */
const METADATA = Symbol.for('@cometmq/sdk:metadata');

type Carrier = { [METADATA]?: OwnMetadata };

/** What a class itself carries; made when it is asked for first. Base classes have their own. */
export function ownMetadata(cls: object): OwnMetadata {
  const carrier = cls as Carrier;
  if (!Object.hasOwn(carrier, METADATA)) {
    const value: OwnMetadata = { handlers: [], sends: new Map(), producers: new Map(), sendTo: new Map() };
    Object.defineProperty(carrier, METADATA, { value });
  }
  return carrier[METADATA]!;
}

/** The class that a member decorator stands in. Throws INVALID_ARGUMENT on static members. */
export function classOf(target: object, decorator: string, key: string | symbol): object {
  if (typeof target === 'function') {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `@${decorator} stands on the static member ${String(key)} of ${target.name}; it works on members of instances`,
    );
  }
  return target.constructor;
}

function lineage(cls: object): object[] {
  const classes: object[] = [];
  for (
    let at: object | null = cls;
    typeof at === 'function' && at !== Function.prototype;
    at = Object.getPrototypeOf(at) as object | null
  )
    classes.unshift(at);
  return classes;
}

/** Read the metadata back: what `bind` and the Nest module use. A class without decorators has empty lists. */
// oxlint-disable-next-line typescript/no-unsafe-function-type -- any class, as `instance.constructor` gives it
export function describe(cls: Function): ClassDescription {
  const handlers = new Map<string, HandlerMetadata>();
  const merged: { -readonly [Key in 'consumer' | 'producer' | 'transactionListener']?: ClassDescription[Key] } = {};
  const sendOptions = new Map<string | symbol, SendMetadata>();
  const producers = new Map<string | symbol, ProducerMetadata>();
  const sendTo = new Map<string | symbol, SendToMetadata>();
  for (const each of lineage(cls)) {
    if (!Object.hasOwn(each, METADATA)) continue;
    const own = ownMetadata(each);
    if (own.consumer !== undefined) merged.consumer = own.consumer;
    if (own.producer !== undefined) merged.producer = own.producer;
    if (own.transactionListener !== undefined) merged.transactionListener = own.transactionListener;
    // A decorated method that a subclass decorates again for the same kind is replaced.
    for (const handler of own.handlers)
      handlers.set(`${handler.kind} ${handler.event ?? ''} ${String(handler.method)}`, handler);
    for (const [key, options] of own.sends) sendOptions.set(key, options);
    for (const [key, options] of own.producers) producers.set(key, options);
    for (const [key, options] of own.sendTo) sendTo.set(key, options);
  }
  return {
    ...merged,
    handlers: [...handlers.values()],
    sends: [...sendOptions.keys()],
    sendOptions,
    producers,
    sendTo,
  };
}
