import type { Codecs } from '@cometmq/runtime';
import { LOOK_BLOCK_BYTES, lookAt, SCAN_BLOCK_BYTES, ScanWindow } from '../recovery/log-scan.js';
import type { Segment } from '../segment/segment.js';
import type { FileRow } from './file-row.js';

/** What the log consists of, piece by piece, in order and without a hole. */
export type LogPiece =
  /** A sound record: `size` bytes at `at` of `bytes`, a view that is good until the next piece. */
  | {
      readonly kind: 'record';
      readonly offset: number;
      readonly size: number;
      readonly bytes: Buffer;
      readonly at: number;
    }
  /** The rest of a file that is not used (store-format, 2.1). */
  | { readonly kind: 'blank'; readonly offset: number; readonly size: number }
  /** No record can be read here, but behind it there is one. */
  | {
      readonly kind: 'damaged';
      readonly offset: number;
      readonly size: number;
      readonly path: string;
      readonly why: string;
    }
  /** Files are missing. */
  | { readonly kind: 'gap'; readonly offset: number; readonly size: number }
  /** The last piece: where the next record would be written. */
  | { readonly kind: 'end'; readonly offset: number; readonly path: string; readonly why: string };

/** What every record has at its fifth byte; the eighth tells the version. */
const MAGIC_START = Buffer.from([0xda, 0xa3, 0x20]);

/** Goes through the log from `from`, which is a record's or a file's start. Finds its way behind damage. */
export async function* walkLog(row: FileRow, codecs: Codecs, from = row.start): AsyncGenerator<LogPiece, void> {
  let index = row.indexOf(from);
  let offset = from;
  for (let segment = row.segments[index]; segment !== undefined; segment = row.segments[index]) {
    const window = new ScanWindow(segment, SCAN_BLOCK_BYTES);
    for (;;) {
      const found = await lookAt(window, offset, codecs);
      if (found.kind === 'record') {
        yield { kind: 'record', offset, size: found.size, ...window.place(offset) };
        offset += found.size;
        continue;
      }
      const next = row.segments[index + 1];
      if (found.kind === 'blank' && next !== undefined) {
        yield { kind: 'blank', offset, size: segment.start + row.fileSize - offset };
        break;
      }
      const why =
        found.kind === 'damaged' ? 'the body does not fit its checksum' : found.kind === 'none' ? found.why : 'blank';
      const again = await nextRecord(row, index, offset + 1, codecs);
      if (again === undefined) {
        yield { kind: 'end', offset, path: segment.path, why };
        return;
      }
      const to = Math.min(again, segment.start + row.fileSize);
      yield { kind: 'damaged', offset, size: to - offset, path: segment.path, why };
      offset = to;
      if (again !== to || row.indexOf(to) !== index) break;
    }
    const next = row.segments[++index];
    if (next === undefined) return;
    const end = segment.start + row.fileSize;
    if (next.start > end) yield { kind: 'gap', offset: end, size: next.start - end };
    offset = next.start;
  }
  if (row.first === undefined) yield { kind: 'end', offset: 0, path: row.directory, why: 'there are no files' };
}

/** One past the last record that can be read, wherever there is damage before it. */
export async function findLogEnd(row: FileRow, codecs: Codecs): Promise<number> {
  for (const segment of row.segments.toReversed()) {
    const place = row.segments.indexOf(segment);
    const first = (await isRecord(segment, segment.start, codecs))
      ? segment.start
      : await nextRecord(row, place, segment.start + 1, codecs);
    if (first === undefined) continue;
    for await (const piece of walkLog(row, codecs, first)) if (piece.kind === 'end') return piece.offset;
  }
  return row.start;
}

/** The first place from `from` on where a sound record stands. */
async function nextRecord(row: FileRow, index: number, from: number, codecs: Codecs): Promise<number | undefined> {
  for (let at = index; at < row.segments.length; at++) {
    const segment = row.segments[at]!;
    const found = await searchFile(segment, Math.max(from, segment.start), codecs);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function searchFile(segment: Segment, from: number, codecs: Codecs): Promise<number | undefined> {
  const block = Buffer.allocUnsafeSlow(
    Math.max(MAGIC_START.length + 1, Math.min(SCAN_BLOCK_BYTES, segment.end - from)),
  );
  // The magic code stands behind the size; a block's last bytes are looked at again with the next one.
  for (let start = from; start < segment.end; start += block.length - MAGIC_START.length) {
    const count = await segment.read(block.subarray(0, segment.end - start), start);
    const bytes = block.subarray(0, count);
    for (let at = bytes.indexOf(MAGIC_START); at >= 0; at = bytes.indexOf(MAGIC_START, at + 1)) {
      const place = start + at - 4;
      if (place >= from && (await isRecord(segment, place, codecs))) return place;
    }
    if (count < MAGIC_START.length) return undefined;
  }
  return undefined;
}

async function isRecord(segment: Segment, offset: number, codecs: Codecs): Promise<boolean> {
  return (await lookAt(new ScanWindow(segment, LOOK_BLOCK_BYTES), offset, codecs)).kind === 'record';
}
