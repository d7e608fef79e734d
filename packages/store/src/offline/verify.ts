import { DEFAULT_DELAY_LEVELS, recordStoreTimestamp } from '@cometmq/protocol';
import { TagsCodes } from '../consume-queue/tags-code.js';
import { Checkpoint } from '../flush/checkpoint.js';
import { checkConfig } from './config-check.js';
import type { FileRow } from './file-row.js';
import { IndexCheck } from './index-check.js';
import { type LogPiece, walkLog } from './log-walk.js';
import type { OfflineIndexOptions } from './offline-index.js';
import { QueueCheck } from './queue-check.js';
import { RecordSource } from './record-source.js';
import { Findings, type VerifyReport } from './report.js';
import type { StoreFiles } from './store-files.js';

export interface VerifyOptions extends OfflineIndexOptions {
  /** Apache's setting, by which the times in the queues of the delay topic were computed. Default: Apache's. */
  readonly messageDelayLevel?: string | undefined;
  /** Called now and then with bytes of the log that have been gone through. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

const CHECKPOINT_BYTES = 4096;
const TAIL_BLOCK_BYTES = 1 << 20;
/** Parts of a store that are only named. */
const NOT_CHECKED = ['consumequeue_ext', 'batchconsumequeue', 'timerlog', 'compaction'];

interface LogState {
  end: number;
  records: number;
  lastTimestamp: number;
  readonly damaged: Extract<LogPiece, { kind: 'damaged' | 'gap' }>[];
}

/** Goes through all files of a store and compares them with each other. Changes nothing; rejects with DiskError only. */
export async function verifyFiles(files: StoreFiles, options: VerifyOptions = {}): Promise<VerifyReport> {
  const closedInOrder = files.text('abort') === undefined;
  const findings = new Findings(closedInOrder);
  const log = files.log();
  checkLogFiles(log, findings);
  const tagsCodes = new TagsCodes(options.messageDelayLevel ?? DEFAULT_DELAY_LEVELS);
  const queues = new QueueCheck({ files, findings, source: new RecordSource(log, files.codecs), tagsCodes });
  const index = new IndexCheck(files, findings, options, log.start);
  await index.start();
  const state = await walk(files, log, findings, { queues, index }, options);
  await queues.finish(log.start, state.end);
  await index.finish(state.end);
  const tailBytes = await checkTail(log, state.end, findings);
  const checkpoint = checkCheckpoint(files, state, findings);
  const config = checkConfig(files, findings);
  for (const name of NOT_CHECKED) {
    if (files.disk.listSync(`${files.root}/${name}`).length > 0)
      findings.note('files', `${files.root}/${name}`, 'is there and was not checked');
  }
  return {
    directory: files.root,
    closedInOrder,
    findings: findings.list,
    leftOut: findings.leftOut,
    damages: findings.damages,
    log: {
      minOffset: log.start,
      maxOffset: state.end,
      records: state.records,
      lastTimestamp: state.lastTimestamp,
      damaged: state.damaged,
      shortFiles: log.segments.some(({ size }) => size < log.fileSize && size > 0),
      tailBytes,
    },
    queues: { count: queues.count, entries: queues.entries, damaged: queues.damaged, rebuild: queues.rebuild },
    index: { files: index.count, entries: index.entries, rebuild: index.rebuild },
    checkpoint: { damaged: checkpoint },
    config,
  };
}

function checkLogFiles(log: FileRow, findings: Findings): void {
  for (const [index, segment] of log.segments.entries()) {
    if (segment.size === log.fileSize) continue;
    const message = `has ${segment.size} bytes, the others ${log.fileSize}`;
    if (segment.size === 0 && index === log.segments.length - 1 && index > 0)
      findings.note('log', segment.path, message);
    else findings.unfinished('log', segment.path, message, segment.start);
  }
}

async function walk(
  files: StoreFiles,
  log: FileRow,
  findings: Findings,
  checks: { readonly queues: QueueCheck; readonly index: IndexCheck },
  options: VerifyOptions,
): Promise<LogState> {
  const state: LogState = { end: log.start, records: 0, lastTimestamp: 0, damaged: [] };
  const all = log.end - log.start;
  for await (const piece of walkLog(log, files.codecs)) {
    if (piece.kind === 'record') {
      const record = piece.bytes.subarray(piece.at, piece.at + piece.size);
      state.records++;
      state.lastTimestamp = Math.max(state.lastTimestamp, recordStoreTimestamp(record));
      await checks.queues.record(record, piece.offset);
      await checks.index.record(record, piece.offset);
      if (state.records % 1000 === 0) options.onProgress?.(piece.offset - log.start, all);
    } else if (piece.kind === 'gap') {
      state.damaged.push(piece);
      findings.damage('log', log.directory, `files for ${piece.size} bytes are missing`, piece.offset);
    } else if (piece.kind === 'damaged') {
      state.damaged.push(piece);
      findings.damage('log', piece.path, `${piece.size} bytes cannot be read: ${piece.why}`, piece.offset);
    } else if (piece.kind === 'end') state.end = piece.offset;
  }
  options.onProgress?.(all, all);
  return state;
}

/** Counts what is behind the end in its file: a record that was cut off, or what an older end has left. */
async function checkTail(log: FileRow, end: number, findings: Findings): Promise<number> {
  let bytes = 0;
  let from = end;
  for (const segment of log.segments) {
    if (segment.end <= end) continue;
    for (let at = Math.max(end, segment.start); at < segment.end; at += TAIL_BLOCK_BYTES) {
      const block = await log.read(at, TAIL_BLOCK_BYTES);
      const last = block.findLastIndex((byte) => byte !== 0);
      if (last >= 0) bytes = at + last + 1 - from;
    }
    if (bytes === 0) from = segment.end;
  }
  if (bytes === 0) return 0;
  // A blank without a next file is how a log may end.
  const message = `behind the end of the log there are ${bytes} bytes that are no message`;
  findings.unfinished('log', log.find(end)?.path ?? log.directory, message, end);
  return bytes;
}

/** True when the file is damaged. */
function checkCheckpoint(files: StoreFiles, log: LogState, findings: Findings): boolean {
  const path = `${files.root}/checkpoint`;
  const size = files.disk.statSync(path)?.size;
  if (size === undefined) {
    if (log.records > 0) findings.note('checkpoint', path, 'is missing: the next start after a crash takes longer');
    return false;
  }
  if (size !== CHECKPOINT_BYTES) {
    findings.damage('checkpoint', path, `has ${size} bytes instead of ${CHECKPOINT_BYTES}`);
    return true;
  }
  const checkpoint = new Checkpoint(files.disk, path);
  checkpoint.load();
  const flushed = checkpoint.physicMsgTimestamp;
  if (log.records === 0 || flushed <= log.lastTimestamp) return false;
  const time = (timestamp: number) => (timestamp > 8.64e15 ? String(timestamp) : new Date(timestamp).toISOString());
  findings.damage(
    'checkpoint',
    path,
    `messages were on the disk until ${time(flushed)}, the log can be read until ${time(log.lastTimestamp)}: ` +
      `messages are lost, or the checkpoint is damaged`,
  );
  return true;
}
