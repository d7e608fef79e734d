import type { BrokerParts } from '@cometmq/broker';
import { type DecodedRecord, readRecord } from '@cometmq/protocol';
import { nodeCodecs } from '@cometmq/runtime/node';
import { type Codec, jsonCodec, type MessageView, RecordView } from '@cometmq/sdk';

const codecs = nodeCodecs();
const PAGE = { maxMessages: 1000, maxBytes: 16 << 20 } as const;

interface Found {
  readonly brokerName: string;
  readonly record: DecodedRecord;
}

/** A record as users see messages. */
export function viewOf<T>({ brokerName, record }: Found, codec: Codec = jsonCodec): MessageView<T> {
  const { queueId, topic } = record;
  return new RecordView<T>(record, { topic, brokerName, queueId }, { codec, codecs });
}

/** Every message that the brokers have in a topic, oldest first. */
export async function storedMessages<T>(
  brokers: Iterable<{ readonly name: string; readonly parts: BrokerParts }>,
  topic: string,
  codec?: Codec,
): Promise<MessageView<T>[]> {
  const found: Found[] = [];
  for (const { name, parts } of brokers) {
    for (const queue of parts.store.queues()) {
      if (queue.topic !== topic) continue;
      for (const record of await queueRecords(parts, topic, queue.queueId)) found.push({ brokerName: name, record });
    }
  }
  found.sort(
    (a, b) => a.record.storeTimestamp - b.record.storeTimestamp || a.record.physicalOffset - b.record.physicalOffset,
  );
  return found.map((each) => viewOf<T>(each, codec));
}

async function queueRecords({ store }: BrokerParts, topic: string, queueId: number): Promise<DecodedRecord[]> {
  const found: DecodedRecord[] = [];
  const end = store.maxOffset(topic, queueId);
  for (let offset = store.minOffset(topic, queueId); offset < end;) {
    const { nextOffset, records } = await store.read({ topic, queueId, offset, ...PAGE });
    for (const record of records) found.push(readRecord(record));
    if (nextOffset <= offset) break;
    offset = nextOffset;
  }
  return found;
}
