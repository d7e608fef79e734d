import { encodeProperties, hostBytes, recordSize, writeRecord } from '@cometmq/protocol';

/** What a test says of a record; the rest is as usual. */
export interface RecordOf {
  readonly queueOffset: number;
  readonly topic?: string;
  readonly body?: Uint8Array;
  readonly tags?: string;
}

/** A record as a broker stores it. */
export function storedRecord({ queueOffset, topic = 'orders', body = Buffer.from('x'), tags }: RecordOf): Uint8Array {
  const record = {
    topic,
    queueId: 0,
    flag: 0,
    queueOffset,
    physicalOffset: queueOffset * 1000,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: hostBytes('10.0.0.1', 40_000),
    storeTimestamp: 1_700_000_000_001,
    storeHost: hostBytes('10.0.0.2', 10_911),
    reconsumeTimes: 3,
    preparedTransactionOffset: 0,
    body,
    properties: encodeProperties({ TAGS: tags }),
  };
  const bytes = new Uint8Array(recordSize(record));
  writeRecord(bytes, 0, record, 0);
  return bytes;
}

/** The body of a pull's answer. */
export const pullBody = (...records: RecordOf[]): Uint8Array => Buffer.concat(records.map(storedRecord));
