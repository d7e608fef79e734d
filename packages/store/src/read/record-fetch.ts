import { checkRecord, recordPhysicalOffset, recordTotalSize } from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';

/** Records nearer to each other than this are read together: the gap costs less than another call. */
const MAX_GAP_BYTES = 16 << 10;
const MAX_BLOCK_BYTES = 1 << 20;

export interface RecordPlace {
  readonly physicalOffset: number;
  readonly size: number;
}

/** A record, or why there is none: its file was removed, or the bytes at its place are not what was written. */
export type Fetched = Uint8Array | 'gone' | 'damaged';

/**
 * The records at these places, in their order. What is not in memory is read off the event loop, neighbours in one block,
 * and checked: a consumer gets what was stored or nothing.
 */
export async function fetchRecords(
  log: CommitLog,
  places: readonly RecordPlace[],
  codecs: Pick<Codecs, 'crc32'>,
): Promise<Fetched[]> {
  const records = places.map((place): Fetched | undefined => log.inMemory(place.physicalOffset, place.size));
  const blocks: Promise<void>[] = [];
  for (let from = 0; from < places.length; from++) {
    if (records[from] !== undefined) continue;
    let to = from + 1;
    while (to < places.length && records[to] === undefined && belongsTo(places, from, to, log.fileSize)) to++;
    blocks.push(fetchBlock(log, places, from, to, records, codecs));
    from = to - 1;
  }
  await Promise.all(blocks);
  return records.map((record) => record ?? 'gone');
}

function belongsTo(places: readonly RecordPlace[], first: number, next: number, fileSize: number): boolean {
  const start = places[first]!.physicalOffset;
  const before = places[next - 1]!;
  const place = places[next]!;
  const gap = place.physicalOffset - (before.physicalOffset + before.size);
  const end = place.physicalOffset + place.size;
  const sameFile = Math.floor(start / fileSize) === Math.floor(place.physicalOffset / fileSize);
  return sameFile && gap >= 0 && gap <= MAX_GAP_BYTES && end - start <= MAX_BLOCK_BYTES;
}

async function fetchBlock(
  log: CommitLog,
  places: readonly RecordPlace[],
  from: number,
  to: number,
  into: (Fetched | undefined)[],
  codecs: Pick<Codecs, 'crc32'>,
): Promise<void> {
  const start = places[from]!.physicalOffset;
  const last = places[to - 1]!;
  const block = await log.read(start, last.physicalOffset + last.size - start);
  if (block === undefined) {
    // One wrong size must not take its neighbours with it.
    if (to - from > 1) for (let at = from; at < to; at++) await fetchBlock(log, places, at, at + 1, into, codecs);
    else if (start >= log.minOffset && log.files.find(start) !== undefined) into[from] = 'damaged';
    return;
  }
  for (let index = from; index < to; index++) {
    const { physicalOffset, size } = places[index]!;
    const record = block.subarray(physicalOffset - start, physicalOffset - start + size);
    into[index] = isRecordOf(record, physicalOffset, codecs) ? record : 'damaged';
  }
}

/** Whether the bytes are a whole record that names this place, with the body that was stored. */
export function isRecordOf(bytes: Uint8Array, offset: number, codecs: Pick<Codecs, 'crc32'>): boolean {
  const check = { crc32: (body: Uint8Array) => codecs.crc32(body), checkCrc: true };
  // A sound record has numbers that can be read.
  return (
    checkRecord(bytes, 0, check) === 'ok' &&
    recordTotalSize(bytes) === bytes.length &&
    recordPhysicalOffset(bytes) === offset
  );
}
