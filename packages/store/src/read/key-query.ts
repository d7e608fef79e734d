import type { HashIndex } from '../index/hash-index.js';
import type { KeyQueryResult } from '../ports.js';
import type { LogReader } from './log-reader.js';

/** A frame has 16 MiB at most: the newest records are given that fit; the first one always does. */
const MAX_RESULT_BYTES = (16 << 20) - (64 << 10);

export interface KeyQuery {
  readonly topic: string;
  readonly key: string;
  readonly maxNum: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads the records that the index has for a key (DefaultMessageStore.queryMessage). Apache asks its index up to three
 * times while no record can be read, always with the same question, so once is the same.
 */
export async function queryByKey(index: HashIndex, reader: LogReader, query: KeyQuery): Promise<KeyQueryResult> {
  const { topic, key, maxNum, begin, end } = query;
  const { offsets, lastTimestamp, lastPhyOffset } = await index.find(topic, key, maxNum, begin, end);
  const records: Uint8Array[] = [];
  if (offsets.length === 0) return { records, indexLastUpdateTimestamp: 0, indexLastUpdatePhyoffset: 0 };
  let bytes = 0;
  for (const offset of offsets.toSorted((a, b) => b - a)) {
    const record = await reader.recordAt(offset);
    if (record === undefined) continue;
    if (records.length > 0 && bytes + record.length > MAX_RESULT_BYTES) break;
    records.push(record);
    bytes += record.length;
  }
  records.reverse();
  return { records, indexLastUpdateTimestamp: lastTimestamp, indexLastUpdatePhyoffset: lastPhyOffset };
}
