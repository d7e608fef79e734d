import {
  decodeProperties,
  type DecodedRecord,
  decompressBody,
  encodeOffsetMessageId,
  findProperty,
  formatHost,
  isDlqTopic,
  isRetryTopic,
  MessageProperty,
} from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';
import { type Codec, CONTENT_TYPE, decodeJsonBody, jsonCodec, OCTET_STREAM, toBuffer } from './codec.js';
import { RejectMessageError } from './consume-result.js';
import type { MessageQueue } from './message-queue.js';
import { withoutNamespace } from './namespace.js';

/** A received message. Immutable; `body` is decoded lazily with the codec, `raw` are the (decompressed) bytes. */
export interface MessageView<T = unknown> {
  /** The topic that was subscribed; of a message that comes again through `%RETRY%<group>` its first topic, as in Apache's clients. */
  readonly topic: string;
  /** The id the producer gave it (UNIQ_KEY); without one the broker's `offsetMsgId`. */
  readonly msgId: string;
  /** Where the broker stored it: its address and the position in its log. */
  readonly offsetMsgId: string;
  readonly tags?: string | undefined;
  readonly keys: readonly string[];
  readonly shardingKey?: string | undefined;
  /** The queue it was read from; for retries one of `%RETRY%<group>`. */
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  /** 0 on the first delivery. */
  readonly reconsumeTimes: number;
  readonly bornAt: Date;
  readonly storedAt: Date;
  /** `host:port` of the producer as the broker saw it. */
  readonly bornHost: string;
  /** All of them, RocketMQ's own included. */
  readonly properties: Readonly<Record<string, string>>;
  readonly transactionId?: string | undefined;
  /** The body's bytes, decompressed. Throws when they are damaged. In a browser a `Uint8Array`. */
  readonly raw: Buffer;
  /**
   * Decoded at the first access. What the codec cannot read throws RejectMessageError, at every access: a handler that lets it pass
   * sends the message to the dead letters, as no later try could do better. `raw` is there all the same.
   */
  readonly body: T;
  /** The original topic when this comes from %RETRY% or %DLQ%. */
  readonly originTopic: string;
}

/** What a view needs beside the record. */
export interface ViewContext {
  readonly codec: Codec;
  /** For compressed bodies. */
  readonly codecs: Codecs;
  readonly namespace?: string | undefined;
  /** A compressed body may grow to this; default 32 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

/**
 * A view over a record: every property is found when it is asked for, so a message whose body alone is read costs a body.
 * Copies nothing; the record's arrays must not be written to again.
 */
export class RecordView<T = unknown> implements MessageView<T> {
  /** The record as it was stored: sizes, commit-log offset, flags. */
  readonly record: DecodedRecord;
  readonly queue: MessageQueue;
  readonly #context: ViewContext;
  #msgId: string | undefined;
  #properties: Readonly<Record<string, string>> | undefined;
  #raw: Buffer | undefined;
  #body: { readonly value: T } | undefined;

  constructor(record: DecodedRecord, queue: MessageQueue, context: ViewContext) {
    this.record = record;
    this.queue = queue;
    this.#context = context;
  }

  get topic(): string {
    const stored = this.record.topic;
    const topic = isRetryTopic(stored) ? (this.#property(MessageProperty.RETRY_TOPIC) ?? stored) : stored;
    return withoutNamespace(this.#context.namespace, topic);
  }

  get originTopic(): string {
    const stored = this.record.topic;
    const moved = isRetryTopic(stored) || isDlqTopic(stored);
    const topic = moved ? (this.#property(MessageProperty.RETRY_TOPIC) ?? stored) : stored;
    return withoutNamespace(this.#context.namespace, topic);
  }

  get msgId(): string {
    this.#msgId ??= this.#property(MessageProperty.UNIQ_KEY) ?? this.offsetMsgId;
    return this.#msgId;
  }

  get offsetMsgId(): string {
    return encodeOffsetMessageId(this.record.storeHost, this.record.physicalOffset);
  }

  get tags(): string | undefined {
    return this.#property(MessageProperty.TAGS);
  }

  get keys(): readonly string[] {
    const keys = this.#property(MessageProperty.KEYS);
    return keys === undefined ? [] : keys.split(' ').filter((key) => key !== '');
  }

  get shardingKey(): string | undefined {
    return this.#property(MessageProperty.SHARDING_KEY);
  }

  get queueOffset(): number {
    return this.record.queueOffset;
  }

  get reconsumeTimes(): number {
    return this.record.reconsumeTimes;
  }

  get bornAt(): Date {
    return new Date(this.record.bornTimestamp);
  }

  get storedAt(): Date {
    return new Date(this.record.storeTimestamp);
  }

  get bornHost(): string {
    return formatHost(this.record.bornHost);
  }

  get properties(): Readonly<Record<string, string>> {
    this.#properties ??= Object.freeze(Object.fromEntries(decodeProperties(this.record.properties)));
    return this.#properties;
  }

  get transactionId(): string | undefined {
    // client-behaviour 3: consumers take the unique key of what was sent in a transaction.
    if (this.#property(MessageProperty.TRANSACTION_PREPARED) !== 'true') return undefined;
    return this.#property(MessageProperty.UNIQ_KEY);
  }

  get raw(): Buffer {
    if (this.#raw === undefined) {
      const { codecs, maxBodyBytes } = this.#context;
      this.#raw = toBuffer(decompressBody(this.record.body, this.record.sysFlag, codecs, maxBodyBytes).body);
    }
    return this.#raw;
  }

  get body(): T {
    this.#body ??= { value: this.#decode() as T };
    return this.#body.value;
  }

  /** For consoles and JSON: what a person wants to see of a message. */
  toJSON(): Record<string, unknown> {
    return {
      topic: this.topic,
      msgId: this.msgId,
      tags: this.tags,
      keys: this.keys,
      queue: this.queue,
      queueOffset: this.queueOffset,
      reconsumeTimes: this.reconsumeTimes,
      bornAt: this.bornAt,
      storedAt: this.storedAt,
      properties: this.properties,
      bodyBytes: this.record.body.length,
    };
  }

  #property(name: string): string | undefined {
    return this.#properties === undefined ? findProperty(this.record.properties, name) : this.#properties[name];
  }

  #decode(): unknown {
    const contentType = this.#property(CONTENT_TYPE);
    if (contentType === OCTET_STREAM) return this.raw;
    const { codec } = this.#context;
    try {
      return codec === jsonCodec ? decodeJsonBody(this.raw, contentType) : codec.decode(this.raw, this.properties);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RejectMessageError(
        `the body of message ${this.msgId} of ${this.topic} is no ${contentType ?? codec.contentType}: ${why}`,
        { cause: error },
      );
    }
  }
}
