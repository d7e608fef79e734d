import {
  BLANK_SIZE,
  checkRecord,
  recordPhysicalOffset,
  recordStoreTimestamp,
  recordTotalSize,
  type RecordVerdict,
} from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { Segment } from '../segment/segment.js';
import { isTorn } from './torn-record.js';

export const SCAN_BLOCK_BYTES = 4 << 20;
/** For a look at one record. */
export const LOOK_BLOCK_BYTES = 8 << 10;

export interface ScanVisitor {
  /** A sound record at `at` of `bytes`; false ends the scan. */
  readonly record: (bytes: Uint8Array, at: number, offset: number, size: number) => boolean;
  /** A record that is not what was written. True: it counts all the same. */
  readonly damaged: (bytes: Uint8Array, at: number, offset: number, size: number) => Promise<boolean>;
}

export interface ScanResult {
  /** One past the last record that counts. */
  readonly end: number;
  /** Why the scan went no further, in words. */
  readonly why: string;
  readonly stopped: boolean;
}

/** What stands at a place, and how long it is when it is a record. */
export type Found =
  | { readonly kind: 'record' | 'damaged'; readonly size: number }
  | { readonly kind: 'blank' }
  | { readonly kind: 'none'; readonly why: string };

/** Goes through the records of the log from `from` on (a record's or a file's start), until something is no record. */
export async function scanLog(log: CommitLog, from: number, codecs: Codecs, visitor: ScanVisitor): Promise<ScanResult> {
  let end = from;
  for (let segment = log.files.find(from); segment !== undefined; segment = log.files.find(segment.end)) {
    const result = await scanFile(segment, Math.max(from, segment.start), codecs, visitor);
    end = result.end;
    // A blank without a file behind it does not count (store-format, section 10).
    if (result.why !== 'blank') return result;
    if (log.files.find(segment.end) === undefined) return { ...result, why: 'the end of the last file' };
    end = segment.end;
  }
  return { end, why: 'no file there', stopped: false };
}

async function scanFile(segment: Segment, from: number, codecs: Codecs, visitor: ScanVisitor): Promise<ScanResult> {
  const window = new ScanWindow(segment, SCAN_BLOCK_BYTES);
  let offset = from;
  for (;;) {
    const found = await lookAt(window, offset, codecs);
    if (found.kind === 'blank') return { end: offset, why: 'blank', stopped: false };
    if (found.kind === 'none') return { end: offset, why: found.why, stopped: false };
    const { bytes, at } = window.place(offset);
    if (found.kind === 'damaged' && !(await visitor.damaged(bytes, at, offset, found.size))) {
      return { end: offset, why: 'the body does not fit its checksum, or a part is missing', stopped: false };
    }
    if (!visitor.record(bytes, at, offset, found.size)) return { end: offset, why: 'stopped', stopped: true };
    offset += found.size;
  }
}

/** A stretch of a file in memory that is moved along. */
export class ScanWindow {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(
    readonly segment: Segment,
    private readonly blockBytes: number,
  ) {}

  place(offset: number): { bytes: Buffer; at: number } {
    return { bytes: this.#bytes, at: offset - this.#start };
  }

  /** Whether [offset, offset + size) is in memory, as far as the file has it. */
  covers(offset: number, size: number): boolean {
    const end = Math.min(offset + size, this.segment.end);
    return offset >= this.#start && end <= this.#start + this.#bytes.length;
  }

  async load(offset: number, size: number): Promise<void> {
    const length = Math.min(Math.max(size, this.blockBytes), this.segment.end - offset);
    // Records are handed on as views only while they are visited, so the memory may be used again.
    const bytes = this.#bytes.length === length ? this.#bytes : Buffer.allocUnsafeSlow(length);
    const count = await this.segment.read(bytes, offset);
    this.#bytes = count === length ? bytes : bytes.subarray(0, count);
    this.#start = offset;
  }
}

/** Looks at the place `offset` of the window's file. The window may be moved. */
export async function lookAt(window: ScanWindow, offset: number, codecs: Codecs): Promise<Found> {
  const room = window.segment.end - offset;
  if (room < BLANK_SIZE) return { kind: 'none', why: 'no room for a record' };
  if (!window.covers(offset, BLANK_SIZE)) await window.load(offset, BLANK_SIZE);
  let { bytes, at } = window.place(offset);
  const size = recordTotalSize(bytes, at);
  if (size > BLANK_SIZE && size <= room && !window.covers(offset, size)) {
    await window.load(offset, size);
    ({ bytes, at } = window.place(offset));
  }
  const verdict = checkRecord(bytes, at, { crc32: (body) => codecs.crc32(body), checkCrc: true });
  if (verdict === 'blank') return { kind: 'blank' };
  if (verdict !== 'ok' && verdict !== 'bad crc') return { kind: 'none', why: wordsFor(verdict, size) };
  if (!standsAt(bytes, at, offset)) return { kind: 'none', why: 'a record of another place' };
  const sound = verdict === 'ok' && !isTorn(bytes, at, offset - window.segment.start);
  return { kind: sound ? 'record' : 'damaged', size };
}

function wordsFor(verdict: RecordVerdict, size: number): string {
  return verdict === 'bad magic' && size === 0 ? 'nothing written' : verdict;
}

/** Stricter than Apache: a record must name its own place, so bytes left over from before never count as messages. */
function standsAt(bytes: Uint8Array, at: number, offset: number): boolean {
  try {
    return recordPhysicalOffset(bytes, at) === offset && recordStoreTimestamp(bytes, at) >= 0;
  } catch {
    return false;
  }
}

/** The store time of the sound record at `offset`, undefined when there is none. */
export async function soundRecordAt(
  log: CommitLog,
  offset: number,
  codecs: Codecs,
): Promise<{ readonly size: number; readonly storeTimestamp: number } | undefined> {
  const segment = log.files.find(offset);
  if (segment === undefined) return undefined;
  const window = new ScanWindow(segment, LOOK_BLOCK_BYTES);
  const found = await lookAt(window, offset, codecs);
  if (found.kind !== 'record') return undefined;
  const { bytes, at } = window.place(offset);
  return { size: found.size, storeTimestamp: recordStoreTimestamp(bytes, at) };
}
