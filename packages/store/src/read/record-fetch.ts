import type { CommitLog } from '../commit-log/commit-log.js';

/** Records nearer to each other than this are read together: the gap costs less than another call. */
const MAX_GAP_BYTES = 16 << 10;
const MAX_BLOCK_BYTES = 1 << 20;

export interface RecordPlace {
  readonly physicalOffset: number;
  readonly size: number;
}

/**
 * The records at these places, in their order; undefined for one that is gone. What is not in memory is read off the
 * event loop, neighbours in one block.
 */
export async function fetchRecords(
  log: CommitLog,
  places: readonly RecordPlace[],
): Promise<(Uint8Array | undefined)[]> {
  const records: (Uint8Array | undefined)[] = places.map((place) => log.inMemory(place.physicalOffset, place.size));
  const blocks: Promise<void>[] = [];
  for (let from = 0; from < places.length; from++) {
    if (records[from] !== undefined) continue;
    let to = from + 1;
    while (to < places.length && records[to] === undefined && belongsTo(places, from, to, log.fileSize)) to++;
    blocks.push(fetchBlock(log, places, from, to, records));
    from = to - 1;
  }
  await Promise.all(blocks);
  return records;
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
  into: (Uint8Array | undefined)[],
): Promise<void> {
  const start = places[from]!.physicalOffset;
  const last = places[to - 1]!;
  const block = await log.read(start, last.physicalOffset + last.size - start);
  for (let index = from; index < to && block !== undefined; index++) {
    const { physicalOffset, size } = places[index]!;
    into[index] = block.subarray(physicalOffset - start, physicalOffset - start + size);
  }
}
