import { ProtocolError } from '@cometmq/protocol';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { ConsumeQueue } from '../consume-queue/consume-queue.js';

/** Store time of the message at a queue offset; undefined when it is gone. */
export async function queueTimestamp(log: CommitLog, queue: ConsumeQueue, offset: number): Promise<number | undefined> {
  const block = await queue.read(offset, 1);
  if (block.count === 0 || block.isFiller(0)) return undefined;
  try {
    return await log.storeTimestamp(block.physicalOffset(0));
  } catch (error) {
    // The bytes there are no record.
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/**
 * The queue offset for a store time (broker-semantics, 4.3). LOWER: the first message at or after it, the queue's end when
 * all are older. UPPER: the last one at or before it, the queue's minimum when all are younger.
 */
export async function searchByTimestamp(
  log: CommitLog,
  queue: ConsumeQueue,
  timestamp: number,
  boundary: 'LOWER' | 'UPPER',
): Promise<number> {
  const { minOffset, end } = queue;
  let low = minOffset;
  let high = end;
  // The first offset whose message is younger than what LOWER and UPPER leave on their left side.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const time = await queueTimestamp(log, queue, middle);
    const isLeft = time === undefined || (boundary === 'LOWER' ? time < timestamp : time <= timestamp);
    if (isLeft) low = middle + 1;
    else high = middle;
  }
  if (boundary === 'LOWER') return low;
  return Math.max(minOffset, low - 1);
}
