import type { OutgoingMessage } from '@cometmq/sdk';

/** Data with what RocketMQ shall know about it. */
export class RocketMQRecord<T = unknown> {
  constructor(
    readonly data: T,
    readonly options: Partial<OutgoingMessage>,
  ) {}
}

/** `client.emit('orders', new RocketMQRecordBuilder(order).setTags('created').setShardingKey(id).build())`. */
export class RocketMQRecordBuilder<T = unknown> {
  readonly #data: T;
  #options: Partial<OutgoingMessage> = {};

  constructor(data: T) {
    this.#data = data;
  }

  /** One tag; consumers filter by it. */
  setTags(tags: string): this {
    return this.#set({ tags });
  }

  /** For finding the message again. */
  setKeys(...keys: string[]): this {
    return this.#set({ keys });
  }

  /** Messages of one key keep their order. */
  setShardingKey(shardingKey: string): this {
    return this.#set({ shardingKey });
  }

  /** When to deliver it. */
  setDelay(delay: NonNullable<OutgoingMessage['delay']>): this {
    return this.#set({ delay });
  }

  /** User properties; those set before stay. */
  setProperties(properties: Readonly<Record<string, string>>): this {
    return this.#set({ properties: { ...this.#options.properties, ...properties } });
  }

  build(): RocketMQRecord<T> {
    return new RocketMQRecord(this.#data, this.#options);
  }

  #set(options: Partial<OutgoingMessage>): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }
}
