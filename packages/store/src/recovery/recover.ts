import { correctMinOffset, truncateQueue } from '../consume-queue/queue-trim.js';
import type { Checkpoint } from '../flush/checkpoint.js';
import { segmentName } from '../segment/segment.js';
import { StoreError } from '../store-error.js';
import { soundRecordAt } from './log-scan.js';
import { recoverQueue } from './queue-recovery.js';
import { Replay, type ReplayParts, type ReplayResult } from './replay.js';
import { rewriteLog } from './rewrite.js';

export interface RecoveryParts extends ReplayParts {
  readonly checkpoint: Checkpoint;
}

export interface RecoveryOptions {
  /** The store was not closed last time. */
  readonly crashed: boolean;
  readonly truncateDamagedCommitLog: boolean;
}

export interface Recovered {
  readonly end: number;
  readonly lastTimestamp: number;
}

/** Brings log and queues of a directory into agreement (store-format, section 10). Files are loaded already. */
export async function recover(parts: RecoveryParts, options: RecoveryOptions): Promise<Recovered> {
  const { log, queues } = parts;
  if (log.files.first === undefined) {
    queues.destroyAll();
    return { end: 0, lastTimestamp: 0 };
  }
  if (!options.crashed) checkFiles(parts);
  let sound = true;
  for (const queue of queues.all()) sound = recoverQueue(queue, log, options.crashed) && sound;
  const start = await findStart(parts, options.crashed, sound);
  let result = await replay(parts, start.offset, options);
  if (result.stopped) {
    parts.logger.warn('a consume queue lacks entries: all queues are built again from the log', {
      from: log.files.start,
    });
    result = await replay(parts, log.files.start, options);
  }
  const lastTimestamp = Math.max(result.lastTimestamp, start.timestamp);
  await checkComplete(parts, result, lastTimestamp, options);
  for (const queue of queues.all()) {
    truncateQueue(queues, queue, result.end);
    correctMinOffset(queue, log.files.start);
    queue.nextOffset = queue.end;
  }
  log.setEnd(result.end, options.crashed);
  if (options.crashed) await rewriteLog(log, result.unsureFrom, result.end);
  return { end: result.end, lastTimestamp };
}

function replay(parts: RecoveryParts, from: number, options: RecoveryOptions): Promise<ReplayResult> {
  const flushed = options.crashed ? parts.checkpoint.physicMsgTimestamp : Number.MAX_SAFE_INTEGER;
  return new Replay(parts, from, flushed, from === parts.log.files.start).run();
}

interface Start {
  readonly offset: number;
  /** Store time of the record before. */
  readonly timestamp: number;
}

/** The newest entry of all queues: everything before it has been dispatched. */
async function startAfterClose(parts: RecoveryParts): Promise<Start> {
  const { log, queues, codecs } = parts;
  let newest = -1;
  let at = -1;
  for (const queue of queues.all()) {
    if (queue.maxPhysicalOffset <= newest) continue;
    newest = queue.maxPhysicalOffset;
    at = queue.blockAt(queue.end - 1).physicalOffset(0);
  }
  const record = at < 0 ? undefined : await soundRecordAt(log, at, codecs);
  if (record !== undefined && at + record.size === newest) return { offset: newest, timestamp: record.storeTimestamp };
  return { offset: await newestFileUpTo(parts, at < 0 ? 0 : Number.MAX_SAFE_INTEGER), timestamp: 0 };
}

async function findStart(parts: RecoveryParts, crashed: boolean, sound: boolean): Promise<Start> {
  if (!sound) return { offset: parts.log.files.start, timestamp: 0 };
  if (!crashed) return startAfterClose(parts);
  return { offset: await newestFileUpTo(parts, parts.checkpoint.minTimestamp), timestamp: 0 };
}

/** After a clean end nothing may be missing. */
function checkFiles({ log }: RecoveryParts): void {
  const { gap } = log.files;
  if (gap === undefined) return;
  throw new StoreError('DAMAGED', `the commit log file ${segmentName(gap)} is missing in ${log.directory}: restore it`);
}

/** The last file that begins with a sound record not younger than `timestamp`; else the first one. */
async function newestFileUpTo({ log, codecs }: RecoveryParts, timestamp: number): Promise<number> {
  for (const segment of log.files.segments.toReversed()) {
    const first = await soundRecordAt(log, segment.start, codecs);
    if (first !== undefined && first.storeTimestamp > 0 && first.storeTimestamp <= timestamp) return segment.start;
  }
  return log.files.start;
}

/**
 * The checkpoint knows up to which store time the log was on the disk; after a clean end a sound file behind the end tells
 * the same. When the readable part ends before that, something in the middle is damaged, and cutting the log off there
 * would throw away what stands behind.
 */
async function checkComplete(
  parts: RecoveryParts,
  result: ReplayResult,
  lastTimestamp: number,
  options: RecoveryOptions,
): Promise<void> {
  const { log, checkpoint, logger } = parts;
  const next = log.files.after(result.end);
  const cutOff =
    !options.crashed && next !== undefined && (await soundRecordAt(log, next.start, parts.codecs)) !== undefined;
  if (lastTimestamp >= checkpoint.physicMsgTimestamp && !cutOff) return;
  const path = log.files.find(result.end)?.path ?? log.directory;
  const message =
    `the commit log is damaged at offset ${result.end} (${path}: ${result.why}): ` +
    `messages were stored until ${new Date(checkpoint.physicMsgTimestamp).toISOString()}, ` +
    `readable are those until ${new Date(lastTimestamp).toISOString()}`;
  logger.error(message, { path, offset: result.end });
  if (options.truncateDamagedCommitLog) return;
  const advice =
    'restore the file, mend the store with cometmq store repair, or set truncateDamagedCommitLog to give up what stands behind the damage';
  throw new StoreError('DAMAGED', `${message}; ${advice}`);
}
