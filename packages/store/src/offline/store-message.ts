import {
  decodeProperties,
  decompressBody,
  encodeOffsetMessageId,
  formatHost,
  KEY_SEPARATOR,
  MessageProperty,
  recordBody,
  recordBornHost,
  recordBornTimestamp,
  recordFlag,
  recordPhysicalOffset,
  recordPreparedTransactionOffset,
  recordProperties,
  recordQueueId,
  recordQueueOffset,
  recordReconsumeTimes,
  recordStoreHost,
  recordStoreTimestamp,
  recordSysFlag,
  recordTopic,
} from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';

/** Larger than any body that a broker takes. */
const MAX_BODY_BYTES = 1 << 30;

/** A message as it stands in the commit log. */
export class StoreMessage {
  #properties: ReadonlyMap<string, string> | undefined;

  constructor(
    /** The whole record, as stored. */
    readonly record: Uint8Array,
    private readonly codecs: Pick<Codecs, 'decompress'>,
    /** Offset in the queue that was read: for a light queue (LMQ) not the one in the record. */
    readonly queueOffset: number = recordQueueOffset(record),
  ) {}

  get topic(): string {
    return recordTopic(this.record);
  }

  get queueId(): number {
    return recordQueueId(this.record);
  }

  /** Where the record begins in the commit log. */
  get physicalOffset(): number {
    return recordPhysicalOffset(this.record);
  }

  /** Bytes in the commit log. */
  get size(): number {
    return this.record.length;
  }

  /** RocketMQ's offsetMsgId: store host and position, in hex. */
  get offsetMessageId(): string {
    return encodeOffsetMessageId(recordStoreHost(this.record), this.physicalOffset);
  }

  get properties(): ReadonlyMap<string, string> {
    return (this.#properties ??= decodeProperties(recordProperties(this.record)));
  }

  /** What the producer's client calls the message. */
  get uniqueKey(): string | undefined {
    return this.properties.get(MessageProperty.UNIQ_KEY);
  }

  get keys(): readonly string[] {
    return (this.properties.get(MessageProperty.KEYS) ?? '').split(KEY_SEPARATOR).filter((key) => key !== '');
  }

  get tags(): string | undefined {
    return this.properties.get(MessageProperty.TAGS);
  }

  /** The user's flag. */
  get flag(): number {
    return recordFlag(this.record);
  }

  get sysFlag(): number {
    return recordSysFlag(this.record);
  }

  /** ms since 1970, by the producer's clock. */
  get bornTimestamp(): number {
    return recordBornTimestamp(this.record);
  }

  /** ms since 1970, by the broker's clock. */
  get storeTimestamp(): number {
    return recordStoreTimestamp(this.record);
  }

  /** `address:port`. */
  get bornHost(): string {
    return formatHost(recordBornHost(this.record));
  }

  get storeHost(): string {
    return formatHost(recordStoreHost(this.record));
  }

  get reconsumeTimes(): number {
    return recordReconsumeTimes(this.record);
  }

  /** Commit log offset of the half message of a committed transaction, else 0. */
  get preparedTransactionOffset(): number {
    return recordPreparedTransactionOffset(this.record);
  }

  /** The body as stored: compressed if the producer compressed it. */
  get storedBody(): Uint8Array {
    return recordBody(this.record);
  }

  /** The body as the producer gave it. Throws ProtocolError when it cannot be decompressed. */
  get body(): Uint8Array {
    return decompressBody(this.storedBody, this.sysFlag, this.codecs as Codecs, MAX_BODY_BYTES).body;
  }

  /** Whether a query for the key means this message: UNIQ_KEY or one of KEYS. */
  hasKey(key: string): boolean {
    return this.uniqueKey === key || this.keys.includes(key);
  }
}
