import { type Clock, type Disk, every, type Logger, type Timer } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { ConsumeQueueTable } from '../consume-queue/consume-queue-table.js';
import { correctMinOffset, removeExpiredFiles } from '../consume-queue/queue-trim.js';
import type { HashIndex } from '../index/hash-index.js';
import { deletionHours } from '../store-options.js';
import type { WriteGate } from '../write-gate.js';

export interface LogCleanerOptions {
  readonly fileReservedTime: number;
  readonly deleteWhen: string;
  readonly diskMaxUsedSpaceRatio: number;
  readonly diskSpaceCleanForciblyRatio: number;
  readonly diskSpaceWarningLevelRatio: number;
  readonly cleanFileForciblyEnable: boolean;
  readonly cleanResourceInterval: number;
  readonly deleteFileBatchMax: number;
}

export interface LogCleanerParts {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly index: HashIndex;
  readonly gate: WriteGate;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
/** The first round comes when a starting broker has calmed down. */
const FIRST_ROUND_MS = 60_000;
/** Apache's limits of the two upper levels, whatever is configured (store-format, section 12). */
const MOST_WARNING_RATIO = 90;
const MOST_FORCIBLY_RATIO = 85;
/** Queues looked at before others get their turn. */
const QUEUES_PER_TURN = 64;

/** Removes log files that are old, or that the disk has no room for, and what queues know of them. */
export class LogCleaner {
  readonly #hours: ReadonlySet<number>;
  #timer: Timer | undefined;
  #trimmedAt = 0;
  #closed = false;
  #trimming: Promise<number> = Promise.resolve(0);

  constructor(
    private readonly parts: LogCleanerParts,
    private readonly options: LogCleanerOptions,
  ) {
    this.#hours = deletionHours(options.deleteWhen);
  }

  start(): void {
    const { clock, log, logger } = this.parts;
    this.#trimmedAt = log.minOffset;
    const { cleanResourceInterval } = this.options;
    if (cleanResourceInterval === 0) return;
    this.#timer = every(clock, cleanResourceInterval, () => this.#round(), {
      firstMs: Math.max(FIRST_ROUND_MS, cleanResourceInterval),
      onError: (error) => logger.error('cleaning the store failed; it is tried again', { error }),
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#trimming.catch(() => 0);
  }

  /** Used part of the file system, in [0, 1]; counted up to the next percent, as Apache does. */
  usedRatio(): number {
    const { totalBytes, freeBytes } = this.parts.disk.usageSync(this.parts.log.directory);
    return totalBytes <= 0 ? 0 : Math.ceil((100 * (totalBytes - freeBytes)) / totalBytes) / 100;
  }

  /** Removes what is past its time now, at any hour. Returns how many files went. */
  async deleteExpired(): Promise<number> {
    const removed = this.#removeLogFiles(false);
    return removed + (await this.#trimQueues());
  }

  async #round(): Promise<void> {
    const { gate, logger } = this.parts;
    const percent = this.usedRatio() * 100;
    const { diskMaxUsedSpaceRatio, diskSpaceCleanForciblyRatio, diskSpaceWarningLevelRatio } = this.options;
    const warning = Math.min(diskSpaceWarningLevelRatio, MOST_WARNING_RATIO);
    const forcibly = percent > Math.min(diskSpaceCleanForciblyRatio, MOST_FORCIBLY_RATIO);
    if (percent > warning) {
      if (!gate.has('space ratio')) logger.error('the disk is nearly full: no more messages are taken', { percent });
      gate.shut('space ratio', `disk full: ${percent.toFixed(0)} % are used, messages are taken below ${warning} %`);
    } else if (gate.has('space ratio')) {
      logger.info('the disk has space again: messages are taken', { percent });
      gate.open('space ratio');
    }
    const timeUp = this.#hours.has(new Date(this.parts.clock.now()).getHours());
    if (timeUp || forcibly || percent > diskMaxUsedSpaceRatio) {
      this.#removeLogFiles((forcibly || percent > warning) && this.options.cleanFileForciblyEnable);
    }
    await this.#trimQueues();
  }

  #removeLogFiles(forced: boolean): number {
    const { log, clock, logger } = this.parts;
    let removed = 0;
    while (removed < this.options.deleteFileBatchMax) {
      const oldest = log.files.first;
      if (oldest === undefined || log.files.segments.length < 2) break;
      const expired = log.files.modifiedAt(oldest) + this.options.fileReservedTime * HOUR_MS <= clock.now();
      if (!expired && !forced) break;
      if (log.removeOldest() === undefined) break;
      removed++;
      logger.info('a commit log file was removed', { path: oldest.path, expired });
    }
    return removed;
  }

  /** Queues follow when the log's minimum has moved. */
  #trimQueues(): Promise<number> {
    this.#trimming = this.#trimming.catch(() => 0).then(() => this.#trim());
    return this.#trimming;
  }

  async #trim(): Promise<number> {
    const { log, queues, index, clock } = this.parts;
    if (log.minOffset === this.#trimmedAt) return 0;
    const minOffset = log.minOffset;
    let removed = index.removeExpired(minOffset);
    let looked = 0;
    for (const queue of queues.all()) {
      if (this.#closed) return removed;
      removed += removeExpiredFiles(queue, minOffset);
      correctMinOffset(queue, minOffset);
      if (++looked % QUEUES_PER_TURN === 0) await new Promise<void>((resolve) => clock.afterTurn(resolve));
    }
    this.#trimmedAt = minOffset;
    return removed;
  }
}
