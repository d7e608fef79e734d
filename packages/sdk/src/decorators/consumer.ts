import { RocketMQError } from '../client/errors.js';
import type { Subscription } from '../consumer/subscriptions.js';
import type { SendOptions } from '../message/outgoing-message.js';
import { classOf, type ConsumerEvent, type ConsumerMetadata, type HandlerMetadata, ownMetadata } from './metadata.js';

type Fn = (...args: never[]) => unknown;
export type HandlerDecorator = <F extends Fn>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/**
 * Class: this class is the consumer of a group. A group belongs to one mode; several classes may share it if their options agree,
 * their subscriptions are merged.
 */
export function Consumer(options: ConsumerMetadata): ClassDecorator {
  return (cls) => {
    ownMetadata(cls).consumer = options;
  };
}

function handler(decorator: string, describe: (method: string | symbol) => HandlerMetadata): HandlerDecorator {
  return (target, key, descriptor) => {
    const cls = classOf(target, decorator, key);
    // Undefined for fields under some compilers; a getter has no value.
    const decorated = descriptor as { readonly value?: unknown } | undefined;
    if (typeof decorated?.value !== 'function') {
      throw new RocketMQError('INVALID_ARGUMENT', `@${decorator} stands on ${String(key)}, which is not a method`);
    }
    ownMetadata(cls).handlers.push(describe(key));
  };
}

const subscriptionOf = (
  subscription: string | Partial<Subscription> | undefined,
): { subscription?: Partial<Subscription> } => {
  if (subscription === undefined) return {};
  if (typeof subscription === 'string') return { subscription: { topic: subscription } };
  const { topic, filter } = subscription;
  return { subscription: { ...(topic !== undefined && { topic }), ...(filter !== undefined && { filter }) } };
};

/** Method: one call per message: `(body, message, context)`. The topic defaults to the class's. */
export function OnMessage(
  subscription?:
    | string
    | (Partial<Subscription> & {
        /** Answer a request() with the returned value. Comes with version 0.2. */ reply?: boolean;
      }),
): HandlerDecorator {
  const reply = typeof subscription === 'object' && subscription.reply === true;
  return handler('OnMessage', (method) => ({
    method,
    kind: 'message',
    ...subscriptionOf(subscription),
    ...(reply && { reply }),
  }));
}

/**
 * Method: `(bodies, messages, context)`; one verdict for all. With `size` or `lingerMs` messages of several queues are gathered;
 * without them a call gets what the consumer's own `batch` says, of one queue.
 */
export function OnBatch(
  subscription?: string | Partial<Subscription>,
  options: { size?: number; lingerMs?: number } = {},
): HandlerDecorator {
  return handler('OnBatch', (method) => ({ method, kind: 'batch', ...subscriptionOf(subscription), ...options }));
}

/** Method: receives `Observable<Delivery<T>>` once and returns what is to be subscribed; errors restart it with a back-off. */
export function OnStream(subscription?: string | (Partial<Subscription> & { maxInFlight?: number })): HandlerDecorator {
  const maxInFlight = typeof subscription === 'object' ? subscription.maxInFlight : undefined;
  return handler('OnStream', (method) => ({
    method,
    kind: 'stream',
    ...subscriptionOf(subscription),
    ...(maxInFlight !== undefined && { maxInFlight }),
  }));
}

/**
 * Method: the messages of `%DLQ%<group>`: `(body, message, context)`; a body that cannot be decoded comes as its bytes. They are read
 * by a group of their own, `<group>_dlq`: a group that read its own dead letters would share its limits and its retries with
 * them, and a dead letter that fails again must not come back into the queue it is read from.
 */
export function OnDeadLetter(options: { group?: string } = {}): HandlerDecorator {
  return handler('OnDeadLetter', (method) => ({
    method,
    kind: 'dlq',
    ...(options.group !== undefined && { group: options.group }),
  }));
}

/**
 * Method: observes, cannot change the verdict. 'error', 'retry', 'deadLetter': `({ message, error, willRetry })` of a handling that
 * failed, of those that come again, of those that do not; 'assigned', 'revoked': the queues this instance got or lost.
 */
export function OnConsumerEvent(event: ConsumerEvent): HandlerDecorator {
  return handler('OnConsumerEvent', (method) => ({ method, kind: 'event', event }));
}

/** Method, under or without @OnMessage: the returned value (promise, observable, async iterable) is sent on. */
export function SendTo(topic: string, options?: SendOptions): HandlerDecorator {
  return (target, key) => {
    ownMetadata(classOf(target, 'SendTo', key)).sendTo.set(key, { topic, options });
  };
}
