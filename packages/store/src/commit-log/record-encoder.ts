import type { HostBytes } from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';
import type { MessageToStore } from '../ports.js';
import type { QueueCursor } from './append-batch.js';
import { BORN_HOST_V6, FIXED_BYTES, MAGIC_V1, MAGIC_V2, RecordAt, STORE_HOST_V6, writeInt64 } from './record-layout.js';
import type { LogChunk } from './recent-log.js';

/** Topics of more characters get a two-byte length, which makes a record V2 (store-format, 2). */
const V1_TOPIC_CHARS = 127;

/** Writes messages as records straight into the memory they are written to the disk from. */
export class RecordEncoder {
  constructor(
    private readonly codecs: Pick<Codecs, 'crc32'>,
    private readonly storeHost: HostBytes,
  ) {}

  /** Upper bound of the record's size, found without encoding the properties. */
  maxSize(message: MessageToStore, queue: QueueCursor): number {
    return (
      FIXED_BYTES + 25 + message.body.length + queue.topicBytes.length + message.properties.length * 3
    );
  }

  size(message: MessageToStore, queue: QueueCursor): number {
    return (
      FIXED_BYTES +
      (queue.topic.length > V1_TOPIC_CHARS ? 1 : 0) +
      (message.bornHost.length - 8) +
      (this.storeHost.length - 8) +
      message.body.length +
      queue.topicBytes.length +
      Buffer.byteLength(message.properties)
    );
  }

  /** Appends the record to the chunk, which has room for it; returns its size. */
  encode(chunk: LogChunk, message: MessageToStore, queue: QueueCursor, storeTimestamp: number): number {
    const { view, bytes } = chunk;
    const start = chunk.used;
    const { body, bornHost } = message;
    const { storeHost } = this;
    const v2 = queue.topic.length > V1_TOPIC_CHARS;
    view.setInt32(start + RecordAt.magic, v2 ? MAGIC_V2 : MAGIC_V1);
    view.setInt32(start + RecordAt.bodyCrc, body.length === 0 ? 0 : this.codecs.crc32(body) & 0x7fffffff);
    view.setInt32(start + RecordAt.queueId, queue.queueId);
    view.setInt32(start + RecordAt.flag, message.flag);
    writeInt64(view, start + RecordAt.queueOffset, queue.nextOffset);
    writeInt64(view, start + RecordAt.physicalOffset, chunk.base + start);
    let sysFlag = message.sysFlag;
    if (bornHost.length === 20) sysFlag |= BORN_HOST_V6;
    if (storeHost.length === 20) sysFlag |= STORE_HOST_V6;
    view.setInt32(start + RecordAt.sysFlag, sysFlag);
    writeInt64(view, start + RecordAt.bornTimestamp, message.bornTimestamp);
    bytes.set(bornHost, start + RecordAt.bornHost);
    let at = start + RecordAt.bornHost + bornHost.length;
    writeInt64(view, at, storeTimestamp);
    bytes.set(storeHost, at + 8);
    at += 8 + storeHost.length;
    view.setInt32(at, message.reconsumeTimes);
    writeInt64(view, at + 4, message.preparedTransactionOffset);
    view.setInt32(at + 12, body.length);
    bytes.set(body, at + 16);
    at = this.#encodeTail(chunk, at + 16 + body.length, message, queue, v2);
    view.setInt32(start, at - start);
    chunk.used = at;
    return at - start;
  }

  #encodeTail(chunk: LogChunk, position: number, message: MessageToStore, queue: QueueCursor, v2: boolean): number {
    const { view, bytes } = chunk;
    const { topicBytes } = queue;
    let at = position;
    if (v2) {
      view.setInt16(at, topicBytes.length);
      at += 2;
    } else {
      view.setInt8(at, topicBytes.length);
      at += 1;
    }
    bytes.set(topicBytes, at);
    at += topicBytes.length;
    const length = bytes.write(message.properties, at + 2, 'utf8');
    view.setInt16(at, length);
    return at + 2 + length;
  }
}
