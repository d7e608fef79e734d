import type { ConsumeQueue } from './consume-queue.js';
import type { ConsumeQueueTable } from './consume-queue-table.js';
import { ENTRY_BYTES } from './queue-entry.js';

/** One past the last byte of the message at `offset`, which exists. */
export function entryEnd(queue: ConsumeQueue, offset: number): number {
  const block = queue.blockAt(offset);
  return block.physicalOffset(0) + block.size(0);
}

/** Forgets entries that point at or behind a position of the log (store-format, 4.4). */
export function truncateQueue(queues: ConsumeQueueTable, queue: ConsumeQueue, physicalOffset: number): void {
  if (queue.maxPhysicalOffset <= physicalOffset) return;
  const offset = firstEntryFrom(queue, queue.minOffset, physicalOffset);
  queues.truncate(queue, offset);
  const last = offset - 1;
  queue.maxPhysicalOffset = last >= queue.minOffset && !queue.blockAt(last).isFiller(0) ? entryEnd(queue, last) : -1;
}

/** The first queue offset from `from` on whose entry points at or behind `physicalOffset`; `end` when none does. */
export function firstEntryFrom(queue: ConsumeQueue, from: number, physicalOffset: number): number {
  let low = from;
  let high = queue.end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = queue.blockAt(middle);
    const place = block.count > 0 ? block.physicalOffset(0) : Number.MAX_SAFE_INTEGER;
    // Filler in front of the first message points to 0.
    const before = place < physicalOffset || (place === 0 && block.isFiller(0));
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Raises the queue's minimum to the first message that the log still has (store-format, 4.5). */
export function correctMinOffset(queue: ConsumeQueue, logMinOffset: number): void {
  if (queue.end === 0) return;
  queue.minOffset = firstEntryFrom(
    queue,
    Math.max(queue.minOffset, (queue.files?.start ?? 0) / ENTRY_BYTES),
    logMinOffset,
  );
}

/** Deletes leading files whose last entry points below the log; the last file stays. */
export function removeExpiredFiles(queue: ConsumeQueue, logMinOffset: number): number {
  const { files } = queue;
  let removed = 0;
  while (files !== undefined && files.segments.length > 1) {
    const lastEntry = files.first!.end / ENTRY_BYTES - 1;
    if (lastEntry >= queue.written) break;
    const block = queue.blockAt(lastEntry);
    if (block.count === 0 || (!block.isFiller(0) && block.physicalOffset(0) >= logMinOffset)) break;
    files.removeFirst();
    removed++;
  }
  return removed;
}
