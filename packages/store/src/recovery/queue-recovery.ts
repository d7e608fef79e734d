import { recordPhysicalOffset, recordTotalSize } from '@cometmq/protocol';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { ConsumeQueue } from '../consume-queue/consume-queue.js';
import { ENTRY_BYTES, type EntryBlock } from '../consume-queue/queue-entry.js';
import { entryEnd } from '../consume-queue/queue-trim.js';

/** TOTALSIZE up to PHYSICALOFFSET. */
const HEAD_BYTES = 36;
/** Entries read at a time. */
const BLOCK_ENTRIES = 3000;
/** Recovery looks at this many files from the end (store-format, 4.3). */
const FILES_LOOKED_AT = 3;

/**
 * Finds out where the queue's files end: at the first entry that was never written. False when entries are missing before
 * others; in a store that was closed in order also when the end does not look like one.
 */
export function recoverQueue(queue: ConsumeQueue, log: CommitLog, crashed: boolean): boolean {
  const files = queue.files;
  const first = files?.segments[Math.max(0, files.segments.length - FILES_LOOKED_AT)];
  if (files === undefined || first === undefined) return true;
  const last = files.last!;
  queue.minOffset = files.start / ENTRY_BYTES;
  queue.end = files.end / ENTRY_BYTES;
  let end = first.start / ENTRY_BYTES;
  let newest = -1;
  let clean = true;
  for (let complete = true; complete && end < queue.end;) {
    const block = queue.readSync(end, BLOCK_ENTRIES);
    const valid = countValid(block);
    for (let index = valid - 1; index >= 0 && newest < end; index--) {
      if (!block.isFiller(index)) newest = end + index;
    }
    if (!crashed && valid < block.count) clean = isBlankFrom(block, valid);
    end += valid;
    complete = valid === block.count && block.count > 0;
  }
  queue.end = queue.written = end;
  queue.maxPhysicalOffset = newest < 0 ? -1 : entryEnd(queue, newest);
  // A file is made for an entry: an empty one has lost what it had.
  const emptied = end * ENTRY_BYTES <= last.start;
  files.removeFrom(end * ENTRY_BYTES + (emptied && !crashed ? 0 : 1));
  if (end * ENTRY_BYTES < last.start || files.gap !== undefined) return false;
  return crashed || (clean && !emptied && newestIsSound(queue, newest, log));
}

function isBlankFrom(block: EntryBlock, first: number): boolean {
  for (let index = first; index < block.count; index++) if (!block.isBlank(index)) return false;
  return true;
}

/** Whether the newest entry leads to a record, by its first bytes: there may be very many queues. */
function newestIsSound(queue: ConsumeQueue, newest: number, log: CommitLog): boolean {
  if (newest < 0) return true;
  const block = queue.blockAt(newest);
  const place = block.physicalOffset(0);
  if (place < log.files.start) return true;
  const head = new Uint8Array(HEAD_BYTES);
  if ((log.files.find(place)?.readSync(head, place) ?? 0) < HEAD_BYTES) return false;
  try {
    return recordTotalSize(head) === block.size(0) && recordPhysicalOffset(head) === place;
  } catch {
    return false;
  }
}

function countValid(block: EntryBlock): number {
  let count = 0;
  while (count < block.count && block.isWritten(count)) count++;
  return count;
}
