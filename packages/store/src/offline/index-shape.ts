import type { DiskFile } from '@cometmq/runtime';
import {
  entriesAt,
  ENTRY_BYTES,
  HEADER_BYTES,
  type IndexDimensions,
  IndexEntries,
  indexFileBytes,
  type IndexHeader,
  readIndexHeader,
  SLOT_BYTES,
} from '../index/index-layout.js';

/** Apache's defaults, and ours. */
const USUAL: readonly IndexDimensions[] = [{ maxHashSlotNum: 5_000_000, maxIndexNum: 20_000_000 }];
const BLOCK_BYTES = 1 << 20;
const INT64_BYTES = 8;

/**
 * How many slots and entries a file has. Only their sum follows from its length, so the place of the first entry is looked
 * for: it has the position that the header names as the first, and the slot of its hash leads to an entry. Undefined when
 * the file is damaged or no index file at all.
 */
export function findDimensions(file: DiskFile): IndexDimensions | undefined {
  const size = file.sizeSync();
  const head = new Uint8Array(HEADER_BYTES);
  if (file.readSync(head, 0) < HEADER_BYTES) return undefined;
  const header = readIndexHeader(head);
  const usual = USUAL.find((dimensions) => indexFileBytes(dimensions) === size);
  if (usual !== undefined) return usual;
  if (header.indexCount <= 1) return undefined;
  for (const place of placesOf(file, head.subarray(16, 16 + INT64_BYTES), size)) {
    // `place` is where the position stands in entry 1; entry 0 is in front of it.
    const slotBytes = place - 4 - ENTRY_BYTES - HEADER_BYTES;
    const entryBytes = size - HEADER_BYTES - slotBytes;
    if (slotBytes <= 0 || slotBytes % SLOT_BYTES !== 0 || entryBytes % ENTRY_BYTES !== 0) continue;
    const dimensions = { maxHashSlotNum: slotBytes / SLOT_BYTES, maxIndexNum: entryBytes / ENTRY_BYTES };
    if (fits(file, header, dimensions)) return dimensions;
  }
  return undefined;
}

function* placesOf(file: DiskFile, wanted: Uint8Array, size: number): Generator<number> {
  const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, size));
  for (let start = HEADER_BYTES; start < size; start += BLOCK_BYTES - INT64_BYTES + 1) {
    const bytes = block.subarray(0, file.readSync(block, start));
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
      // A hash stands in front of it: that tells the place from a stretch of zeros.
      if (at < 4 || bytes.readInt32BE(at - 4) > 0) yield start + at;
    }
    if (bytes.length < INT64_BYTES) return;
  }
}

function fits(file: DiskFile, header: IndexHeader, dimensions: IndexDimensions): boolean {
  if (header.indexCount > dimensions.maxIndexNum) return false;
  const bytes = new Uint8Array(ENTRY_BYTES);
  const entry = (number: number) => {
    file.readSync(bytes, entriesAt(dimensions) + number * ENTRY_BYTES);
    return new IndexEntries(bytes, number);
  };
  if (entry(0).keyHash(0) !== 0 || entry(0).phyOffset(0) !== 0) return false;
  const first = entry(1);
  if (first.phyOffset(1) !== header.beginPhyOffset || first.prevIndex(1) !== 0) return false;
  const hash = first.keyHash(1);
  if (hash < 0) return false;
  const last = header.indexCount - 1;
  if (entry(last).phyOffset(last) !== header.endPhyOffset) return false;
  const slot = new Uint8Array(SLOT_BYTES);
  file.readSync(slot, HEADER_BYTES + (hash % dimensions.maxHashSlotNum) * SLOT_BYTES);
  const newest = new DataView(slot.buffer).getInt32(0);
  return newest > 0 && newest < header.indexCount;
}
