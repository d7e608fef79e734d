import {
  bodyChecksum,
  type HostBytes,
  recordSize,
  type StoredRecord,
  withHostBits,
  writeRecord,
} from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';
import type { MessageToStore } from '../ports.js';
import type { LogChunk } from './recent-log.js';

/** More than any record has besides body, topic and properties. */
const MOST_FIXED_BYTES = 128;

const NO_BYTES: HostBytes = new Uint8Array(0);

/** One record about to be written; the same object for all, so that the codec costs no object per message. */
class Draft implements StoredRecord {
  topic = '';
  queueId = 0;
  flag = 0;
  queueOffset = 0;
  physicalOffset = 0;
  sysFlag = 0;
  bornTimestamp = 0;
  bornHost = NO_BYTES;
  storeTimestamp = 0;
  storeHost = NO_BYTES;
  reconsumeTimes = 0;
  preparedTransactionOffset = 0;
  body: Uint8Array = NO_BYTES;
  properties = '';
}

/** Writes messages as records straight into the memory they are written to the disk from. */
export class RecordEncoder {
  readonly #draft = new Draft();
  readonly #crc32: Codecs['crc32'];

  constructor(
    codecs: Pick<Codecs, 'crc32'>,
    private readonly storeHost: HostBytes,
  ) {
    this.#crc32 = (bytes) => codecs.crc32(bytes);
    this.#draft.storeHost = storeHost;
  }

  /** Upper bound of the record's size, found without looking at the texts. */
  maxSize(message: MessageToStore): number {
    return MOST_FIXED_BYTES + message.body.length + 3 * (message.topic.length + message.properties.length);
  }

  size(message: MessageToStore): number {
    const { topic, body, properties } = message;
    return recordSize({
      topic,
      body,
      properties,
      sysFlag: withHostBits(message.sysFlag, message.bornHost, this.storeHost),
    });
  }

  /** Appends the record to the chunk, which has room for it; returns its size. */
  encode(chunk: LogChunk, message: MessageToStore, queueOffset: number, storeTimestamp: number): number {
    const draft = this.#draft;
    draft.topic = message.topic;
    draft.queueId = message.queueId;
    draft.flag = message.flag;
    draft.queueOffset = queueOffset;
    draft.physicalOffset = chunk.end;
    draft.sysFlag = withHostBits(message.sysFlag, message.bornHost, this.storeHost);
    draft.bornTimestamp = message.bornTimestamp;
    draft.bornHost = message.bornHost;
    draft.storeTimestamp = storeTimestamp;
    draft.reconsumeTimes = message.reconsumeTimes;
    draft.preparedTransactionOffset = message.preparedTransactionOffset;
    draft.body = message.body;
    draft.properties = message.properties;
    const size = writeRecord(chunk.bytes, chunk.used, draft, bodyChecksum(this.#crc32, message.body));
    chunk.used += size;
    return size;
  }
}
