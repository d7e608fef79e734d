import { isReservedProperty, MessageProperty, propertyProblem, type UniqueIds } from '@cometmq/protocol';
import { type Codecs, type CompressionAlgorithm, encodeUtf8, utf8Length } from '@cometmq/runtime';
import { RocketMQError } from '../client/errors.js';
import type { CompressionOptions } from '../client/options.js';
import { type Codec, CONTENT_TYPE, OCTET_STREAM } from '../message/codec.js';
import type { DelaySpec, OutgoingMessage } from '../message/outgoing-message.js';
import { EncodedMessage, type PropertiesStart } from './encoded-message.js';

/** Everything about a message but topic and body. */
export type MessageAttributes = Omit<OutgoingMessage, 'topic' | 'body'>;

export interface MessageEncoderOptions {
  readonly codec: Codec;
  readonly codecs: Codecs;
  readonly uniqueIds: Pick<UniqueIds, 'prefix' | 'nextTail'>;
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
  /** Of no mark, the codec's and that of raw bytes; each for messages that need not wait for the store and for those that do. */
  readonly #starts: readonly PropertiesStart[];

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
    const marks = ['', property(CONTENT_TYPE, codec.contentType), property(CONTENT_TYPE, OCTET_STREAM)];
    const idStart = `${MessageProperty.UNIQ_KEY}\u0001${options.uniqueIds.prefix}`;
    this.#starts = marks
      .flatMap((mark) => [false, true].map((wait) => `${waitProperty(wait)}${mark}${idStart}`))
      .map((text, index) => ({ index, text, bytes: encodeUtf8(text) }));
  }

  /**
   * `now` is the wall clock; `first` wins over `second` where both say something. Throws RocketMQError INVALID_ARGUMENT for what cannot be sent and CODEC when
   * the body cannot be encoded.
   */
  encode(
    topic: string,
    body: unknown,
    now: number,
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
    const { uniqueIds, codecs } = this.options;
    const tail = uniqueIds.nextTail(now);
    const start = this.#start(raw, first, second);
    const rest = `${tail}\u0002${attributes(first, second)}`;
    if ((start.text.length + rest.length) * 3 > MAX_PROPERTIES_BYTES) checkSize(start.text + rest);
    const msgId = uniqueIds.prefix + tail;
    if (compress && bytes.length >= this.#threshold) {
      const packed = codecs.compress(this.#algorithm, bytes, this.#level);
      if (packed.length < bytes.length) return new EncodedMessage(packed, this.#algorithm, msgId, now, start, rest);
    }
    return new EncodedMessage(bytes, undefined, msgId, now, start, rest);
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

  /** The properties that most messages share. A content type of the user's own takes the place of ours. */
  #start(raw: boolean, first: MessageAttributes, second: MessageAttributes | undefined): PropertiesStart {
    const wait = first.waitStoreOk ?? second?.waitStoreOk ?? true;
    const own = first.properties?.[CONTENT_TYPE] ?? second?.properties?.[CONTENT_TYPE];
    const mark = own !== undefined ? 0 : raw ? 2 : 1;
    return this.#starts[mark * 2 + (wait ? 1 : 0)]!;
  }
}

export const waitProperty = (wait: boolean): string =>
  `${MessageProperty.WAIT_STORE_MSG_OK}\u0001${wait ? 'true' : 'false'}\u0002`;

/** What the caller says of a message, as property text; for most messages nothing. */
function attributes(first: MessageAttributes, second: MessageAttributes | undefined): string {
  let text = '';
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
  if (own !== undefined || other !== undefined)
    text += userProperties(own === undefined ? other! : other === undefined ? own : { ...other, ...own });
  return text;
}

function checkSize(properties: string): void {
  const bytes = utf8Length(properties);
  if (bytes <= MAX_PROPERTIES_BYTES) return;
  throw invalid(
    `the properties of a message are ${bytes} bytes long, RocketMQ carries ${MAX_PROPERTIES_BYTES}: move some into the body`,
  );
}
