import type { ConsumeQueue } from '../consume-queue/consume-queue.js';
import { ENTRY_BYTES, type EntryBlock } from '../consume-queue/queue-entry.js';
import { entryEnd } from '../consume-queue/queue-trim.js';

/** Entries read at a time. */
const BLOCK_ENTRIES = 3000;
/** Recovery looks at this many files from the end (store-format, 4.3). */
const FILES_LOOKED_AT = 3;

/** Finds out where the queue's files end: at the first entry that was never written. False when entries are missing before others. */
export function recoverQueue(queue: ConsumeQueue): boolean {
  const files = queue.files;
  const first = files?.segments[Math.max(0, files.segments.length - FILES_LOOKED_AT)];
  if (files === undefined || first === undefined) return true;
  const last = files.last!;
  queue.minOffset = files.start / ENTRY_BYTES;
  queue.end = files.end / ENTRY_BYTES;
  let end = first.start / ENTRY_BYTES;
  let newest = -1;
  for (let complete = true; complete && end < queue.end;) {
    const block = queue.readSync(end, BLOCK_ENTRIES);
    const valid = countValid(block);
    for (let index = valid - 1; index >= 0 && newest < end; index--) {
      if (!block.isFiller(index)) newest = end + index;
    }
    end += valid;
    complete = valid === block.count && block.count > 0;
  }
  queue.end = queue.written = end;
  queue.maxPhysicalOffset = newest < 0 ? -1 : entryEnd(queue, newest);
  files.removeFrom(end * ENTRY_BYTES + 1);
  return end * ENTRY_BYTES >= last.start && files.gap === undefined;
}

function countValid(block: EntryBlock): number {
  let count = 0;
  while (count < block.count && block.isWritten(count)) count++;
  return count;
}
