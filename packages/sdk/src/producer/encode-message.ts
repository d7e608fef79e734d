import {
  isReservedProperty,
  MessageProperty,
  propertyProblem,
  type UniqueIdGenerator,
  withCompression,
} from '@cometmq/protocol';
import { type Codecs, type CompressionAlgorithm, utf8Length } from '@cometmq/runtime';
import { RocketMQError } from '../client/errors.js';
import type { CompressionOptions } from '../client/options.js';
import { type Codec, CONTENT_TYPE, OCTET_STREAM } from '../message/codec.js';
import type { DelaySpec, OutgoingMessage } from '../message/outgoing-message.js';

/** Everything about a message but topic and body. */
export type MessageAttributes = Omit<OutgoingMessage, 'topic' | 'body'>;

/** A message as it goes over the wire. */
export interface EncodedMessage {
  /** The user's flag of the protocol; this API has none. */
  readonly flag: 0;
  readonly body: Uint8Array;
  readonly properties: string;
  readonly sysFlag: number;
  readonly msgId: string;
}

export interface MessageEncoderOptions {
  readonly codec: Codec;
  readonly codecs: Codecs;
  readonly nextUniqueId: UniqueIdGenerator;
  /** Undefined: the default; false: never. */
  readonly compression: false | CompressionOptions | undefined;
  readonly maxMessageSize: number;
}

/** The length field of properties has 15 bits (remoting-protocol 7.3). */
const MAX_PROPERTIES_BYTES = 32_767;
const DEFAULT_THRESHOLD = 4096;
const DEFAULT_LEVEL = 5;
const MAX_DELAY_LEVEL = 18;

const invalid = (message: string) => new RocketMQError('INVALID_ARGUMENT', message);

function property(name: string, value: string): string {
  const problem = value === '' ? `the value of property ${name} is empty` : propertyProblem(name, value);
  if (problem !== undefined) throw invalid(`${problem}; RocketMQ cannot carry it`);
  return `${name}\u0001${value}\u0002`;
}

function delayProperty(delay: DelaySpec): string {
  if ('level' in delay) {
    if (!Number.isInteger(delay.level) || delay.level < 1 || delay.level > MAX_DELAY_LEVEL) {
      throw invalid(`delay level ${delay.level} is not one of 1..${MAX_DELAY_LEVEL}`);
    }
    return property(MessageProperty.DELAY_TIME_LEVEL, String(delay.level));
  }
  if ('afterMs' in delay) {
    if (!(delay.afterMs >= 0) || !Number.isSafeInteger(Math.ceil(delay.afterMs)))
      throw invalid(`delay of ${delay.afterMs} ms is not a time`);
    return property(MessageProperty.TIMER_DELAY_MS, String(Math.ceil(delay.afterMs)));
  }
  const at = delay.at.getTime();
  if (Number.isNaN(at)) throw invalid('delay.at is not a valid Date');
  return property(MessageProperty.TIMER_DELIVER_MS, String(at));
}

function userProperties(properties: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name in properties) {
    if (!Object.hasOwn(properties, name)) continue;
    if (isReservedProperty(name))
      throw invalid(`property ${name} is RocketMQ's own: use the field of the message made for it, or another name`);
    const value: unknown = properties[name];
    if (typeof value !== 'string') throw invalid(`property ${name} is a ${typeof value}; properties are texts`);
    text += property(name, value);
  }
  return text;
}

/** Bodies and properties of outgoing messages: checked, encoded, compressed. Allocates little: it stands on the hot path. */
export class MessageEncoder {
  readonly #threshold: number;
  readonly #level: number;
  readonly #algorithm: CompressionAlgorithm;
  readonly #codecMark: string;

  constructor(private readonly options: MessageEncoderOptions) {
    const { compression, codec, codecs } = options;
    this.#threshold = compression === false ? Number.POSITIVE_INFINITY : (compression?.threshold ?? DEFAULT_THRESHOLD);
    this.#algorithm = (compression === false ? undefined : compression?.algorithm) ?? 'zlib';
    this.#level = (compression === false ? undefined : compression?.level) ?? DEFAULT_LEVEL;
    if (compression !== false && this.#algorithm !== 'zlib' && !codecs.writable.has(this.#algorithm)) {
      throw invalid(
        `compression ${this.#algorithm} cannot be written on this platform: use one of ${[...codecs.writable].join(', ') || 'none'}`,
      );
    }
    this.#codecMark = property(CONTENT_TYPE, codec.contentType);
  }

  /**
   * `first` wins over `second` where both say something. Throws RocketMQError INVALID_ARGUMENT for what cannot be sent and CODEC when
   * the body cannot be encoded.
   */
  encode(
    topic: string,
    body: unknown,
    first: MessageAttributes,
    second?: MessageAttributes,
    compress = true,
  ): EncodedMessage {
    const raw = body instanceof Uint8Array;
    const bytes = raw ? body : this.#encodeBody(topic, body);
    if (bytes.length === 0) throw invalid(`a message to ${topic} has an empty body; RocketMQ wants at least one byte`);
    if (bytes.length > this.options.maxMessageSize) {
      throw invalid(
        `a body of ${bytes.length} bytes to ${topic} is over maxMessageSize (${this.options.maxMessageSize}): send a reference, or raise it here and at the broker`,
      );
    }
    const msgId = this.options.nextUniqueId();
    const properties = this.#properties(msgId, raw, first, second);
    if (compress && bytes.length >= this.#threshold) {
      const packed = this.options.codecs.compress(this.#algorithm, bytes, this.#level);
      if (packed.length < bytes.length)
        return { flag: 0, body: packed, properties, sysFlag: withCompression(0, this.#algorithm), msgId };
    }
    return { flag: 0, body: bytes, properties, sysFlag: 0, msgId };
  }

  #encodeBody(topic: string, body: unknown): Uint8Array {
    try {
      return this.options.codec.encode(body);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RocketMQError(
        'CODEC',
        `the body of a message to ${topic} could not be encoded as ${this.options.codec.contentType}: ${why}`,
        { cause: error },
      );
    }
  }

  #properties(msgId: string, raw: boolean, first: MessageAttributes, second: MessageAttributes | undefined): string {
    const wait = first.waitStoreOk ?? second?.waitStoreOk ?? true;
    let text = `UNIQ_KEY\u0001${msgId}\u0002WAIT\u0001${wait ? 'true' : 'false'}\u0002`;
    const tags = first.tags ?? second?.tags;
    if (tags !== undefined) text += property(MessageProperty.TAGS, tags);
    const keys = first.keys ?? second?.keys;
    if (keys !== undefined) {
      const joined = typeof keys === 'string' ? keys : keys.join(' ');
      if (joined !== '') text += property(MessageProperty.KEYS, joined);
    }
    const delay = first.delay ?? second?.delay;
    if (delay !== undefined) text += delayProperty(delay);
    const shardingKey = first.shardingKey ?? second?.shardingKey;
    if (shardingKey !== undefined) text += property(MessageProperty.SHARDING_KEY, shardingKey);
    const own = first.properties;
    const other = second?.properties;
    if (own?.[CONTENT_TYPE] === undefined && other?.[CONTENT_TYPE] === undefined)
      text += raw ? RAW_MARK : this.#codecMark;
    if (own !== undefined || other !== undefined)
      text += userProperties(own === undefined ? other! : other === undefined ? own : { ...other, ...own });
    if (text.length * 3 > MAX_PROPERTIES_BYTES && utf8Length(text) > MAX_PROPERTIES_BYTES) {
      throw invalid(
        `the properties of a message are ${utf8Length(text)} bytes long, RocketMQ carries ${MAX_PROPERTIES_BYTES}: move some into the body`,
      );
    }
    return text;
  }
}

const RAW_MARK = property(CONTENT_TYPE, OCTET_STREAM);
