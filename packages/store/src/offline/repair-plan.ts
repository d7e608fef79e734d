import type { LogPiece } from './log-walk.js';
import type { VerifyReport } from './report.js';

/** What repair does, in this order. Whatever is changed is copied or moved aside first. */
export type RepairStep =
  /** Files of the log that are too short get their length. */
  | { readonly kind: 'extend' }
  /** Bytes of the log that are no message are covered, so that readers get to what is behind them. */
  | { readonly kind: 'cover'; readonly piece: Extract<LogPiece, { kind: 'damaged' }> }
  /** Files of the log are missing: empty ones take their places. */
  | { readonly kind: 'fill gap'; readonly piece: Extract<LogPiece, { kind: 'gap' }> }
  | { readonly kind: 'cut tail'; readonly offset: number; readonly bytes: number }
  | { readonly kind: 'move aside'; readonly path: string }
  /** The backup takes the place of a config file. */
  | { readonly kind: 'restore'; readonly path: string }
  /** Queues, index and checkpoint are made again from the log. */
  | { readonly kind: 'rebuild' };

/** What has to be done to a store with this report. Empty when there is nothing to mend. */
export function planRepair(report: VerifyReport): RepairStep[] {
  if (report.damages === 0) return [];
  const { directory, log, queues, index, checkpoint, config } = report;
  const steps: RepairStep[] = [];
  if (log.shortFiles) steps.push({ kind: 'extend' });
  for (const piece of log.damaged) {
    steps.push(piece.kind === 'gap' ? { kind: 'fill gap', piece } : { kind: 'cover', piece });
  }
  if (log.tailBytes > 0) steps.push({ kind: 'cut tail', offset: log.maxOffset, bytes: log.tailBytes });
  const logChanges = steps.length > 0;
  for (const name of queues.damaged) steps.push({ kind: 'move aside', path: `${directory}/consumequeue/${name}` });
  const rebuild = logChanges || queues.rebuild || index.rebuild;
  if (rebuild) steps.push({ kind: 'move aside', path: `${directory}/index` });
  if (rebuild || checkpoint.damaged) steps.push({ kind: 'move aside', path: `${directory}/checkpoint` });
  for (const { path, backup } of config) {
    steps.push({ kind: 'move aside', path });
    if (backup === 'damaged') steps.push({ kind: 'move aside', path: `${path}.bak` });
    if (backup === 'sound') steps.push({ kind: 'restore', path });
  }
  if (rebuild) steps.push({ kind: 'rebuild' });
  return steps;
}

/** A step in words. */
export function describeStep(step: RepairStep): string {
  switch (step.kind) {
    case 'extend':
      return 'give files of the commit log that are too short their length';
    case 'cover':
      return `${step.piece.path}: copy ${step.piece.size} bytes at log offset ${step.piece.offset} aside and cover them with a record that nobody reads; the messages in them are lost`;
    case 'fill gap':
      return `put empty files in the place of ${step.piece.size} bytes of the log that are missing at offset ${step.piece.offset}; the messages in them are lost`;
    case 'cut tail':
      return `copy ${step.bytes} bytes behind the log's end at offset ${step.offset} aside and clear them`;
    case 'move aside':
      return `move ${step.path} aside`;
    case 'restore':
      return `put ${step.path}.bak in the place of ${step.path}`;
    case 'rebuild':
      return 'build queues, index and checkpoint again from the log';
  }
}
