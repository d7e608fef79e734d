import { RocketMQError } from '../client/errors.js';
import type { DelaySpec, OutgoingMessage, SendOptions, SendResult } from '../message/outgoing-message.js';
import type { Producer } from '../producer/producer.js';
import type { SendMetadata } from './metadata.js';

/** The function a @Send member becomes: what the decorator says about the body, overruled by what the caller says. */
export function sender(
  producer: Pick<Producer, 'send'>,
  topic: string,
  options: SendMetadata,
): (body: unknown, options?: SendOptions<unknown>) => Promise<SendResult> {
  const { tags, keys, shardingKey, delay } = options;
  // A body that the callbacks cannot read is a rejected send, as every other reason is.
  return async (body, callOptions) => {
    const of = body as never;
    const delayOf: DelaySpec | undefined = typeof delay === 'function' ? delay(of) : delay;
    const message: OutgoingMessage = {
      topic,
      body,
      ...(tags !== undefined && { tags }),
      ...(keys !== undefined && { keys: keys(of) }),
      ...(shardingKey !== undefined && { shardingKey: shardingKey(of) }),
      ...(delayOf !== undefined && { delay: delayOf }),
    };
    return producer.send(message, callOptions);
  };
}

/** The topic of a @Send member. Throws INVALID_ARGUMENT when neither it nor its class names one. */
export function topicOf(
  className: string,
  key: string | symbol,
  own: string | undefined,
  ofClass: string | undefined,
): string {
  const topic = own ?? ofClass;
  if (topic !== undefined) return topic;
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    `@Send ${className}.${String(key)} has no topic: name one there or in @Producer of the class`,
  );
}
