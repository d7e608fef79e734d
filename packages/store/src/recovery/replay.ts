import {
  findProperty,
  MessageProperty,
  MIN_RECORD_SIZE,
  recordProperties,
  recordQueueId,
  recordQueueOffset,
  recordStoreTimestamp,
  recordSysFlag,
  recordTopic,
  transactionType,
} from '@cometmq/protocol';
import type { Codecs, Logger } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { ConsumeQueueTable } from '../consume-queue/consume-queue-table.js';
import { FILLER_SIZE } from '../consume-queue/queue-entry.js';
import { truncateQueue } from '../consume-queue/queue-trim.js';
import type { TagsCodes } from '../consume-queue/tags-code.js';
import { isQueueName } from '../admission.js';
import { scanLog, type ScanResult, soundRecordAt } from './log-scan.js';

const LIGHT_QUEUE_PREFIX = '%LMQ%';

export interface ReplayParts {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueTable;
  readonly tagsCodes: TagsCodes;
  readonly codecs: Codecs;
  readonly logger: Logger;
}

export interface ReplayResult extends ScanResult {
  /** Newest store time of the records; 0 when there was none. */
  readonly lastTimestamp: number;
  readonly records: number;
  /** From here on nobody knows whether the disk has the records. */
  readonly unsureFrom: number;
}

/**
 * Builds the queues again from the log's records from `from` on: entries that point there are forgotten first, so what
 * stands in the queues afterwards comes from sound records only. A damaged record that was on the disk before the crash
 * (store time up to `flushedTimestamp`) and has a sound one behind it is kept and reported: its neighbours are not lost
 * with it. Stops at a queue that lacks older entries, unless the log has no more to offer (`complete`).
 */
export class Replay {
  #lastTimestamp = 0;
  #records = 0;
  #unsureFrom: number | undefined;

  constructor(
    private readonly parts: ReplayParts,
    private readonly from: number,
    private readonly flushedTimestamp: number,
    private readonly complete: boolean,
  ) {}

  async run(): Promise<ReplayResult> {
    const { log, queues, codecs } = this.parts;
    for (const queue of queues.all()) truncateQueue(queues, queue, this.from);
    const result = await scanLog(log, this.from, codecs, {
      record: (bytes, at, offset, size) => this.#record(bytes, at, offset, size),
      damaged: (bytes, at, offset, size) => this.#damaged(bytes, at, offset, size),
    });
    const unsureFrom = this.#unsureFrom ?? result.end;
    return { ...result, lastTimestamp: this.#lastTimestamp, records: this.#records, unsureFrom };
  }

  async #damaged(bytes: Uint8Array, at: number, offset: number, size: number): Promise<boolean> {
    const { log, codecs, logger } = this.parts;
    if (recordStoreTimestamp(bytes, at) > this.flushedTimestamp) return false;
    if ((await soundRecordAt(log, offset + size, codecs)) === undefined) return false;
    const path = log.files.find(offset)?.path;
    logger.error(
      `a message is damaged: its body does not fit its checksum, or a part is missing; it keeps its place and is not given out (${path}, offset ${offset})`,
      {
        path,
        offset,
        size,
      },
    );
    return true;
  }

  #record(bytes: Uint8Array, at: number, offset: number, size: number): boolean {
    const storeTimestamp = recordStoreTimestamp(bytes, at);
    if (storeTimestamp >= this.flushedTimestamp) this.#unsureFrom ??= offset;
    const type = transactionType(recordSysFlag(bytes, at));
    if (type === 'none' || type === 'commit') {
      const topic = recordTopic(bytes, at);
      const queueId = recordQueueId(bytes, at);
      const properties = recordProperties(bytes, at);
      const tagsCode = this.parts.tagsCodes.of(topic, properties, storeTimestamp);
      const queueOffset = recordQueueOffset(bytes, at);
      if (!isQueueName(topic, queueId) || queueOffset < 0) return this.#report(offset, topic, queueId);
      if (!this.#enter(topic, queueId, queueOffset, offset, size, tagsCode)) return false;
      if (!this.#lightQueues(properties, offset, size, tagsCode)) return false;
    }
    this.#lastTimestamp = Math.max(this.#lastTimestamp, storeTimestamp);
    this.#records++;
    return true;
  }

  #report(offset: number, topic: string, queueId: number, why = 'there is no such queue'): boolean {
    const path = this.parts.log.files.find(offset)?.path;
    const fields = { path, offset, topic, queueId };
    this.parts.logger.error(`a message is damaged: ${why}; it is passed over (${path}, offset ${offset})`, fields);
    return true;
  }

  /** Light queues (LMQ) get an entry each for one record (store-format, section 3). */
  #lightQueues(properties: string, offset: number, size: number, tagsCode: number): boolean {
    const names = findProperty(properties, MessageProperty.INNER_MULTI_DISPATCH)?.split(',');
    if (names === undefined) return true;
    const offsets = findProperty(properties, MessageProperty.INNER_MULTI_QUEUE_OFFSET)?.split(',') ?? [];
    return names.every((name, index) => {
      const queueOffset = Number(offsets[index]);
      if (!name.startsWith(LIGHT_QUEUE_PREFIX) || !Number.isSafeInteger(queueOffset) || !isQueueName(name, 0))
        return true;
      return this.#enter(name, 0, queueOffset, offset, size, tagsCode);
    });
  }

  /** False when the queue's older entries are missing and the log may still have them. */
  #enter(topic: string, queueId: number, queueOffset: number, offset: number, size: number, tagsCode: number): boolean {
    const { queues, logger } = this.parts;
    const queue = queues.findOrCreate(topic, queueId);
    // A bit of the offset was changed: so many messages have never stood between. Offsets have no checksum.
    if (
      queueOffset - queue.end >
      roomFor(queue.end === 0 ? Number.MAX_SAFE_INTEGER : offset - queue.maxPhysicalOffset)
    ) {
      return this.#report(offset, topic, queueId, `its queue offset ${queueOffset} cannot be`);
    }
    if (queueOffset > queue.end && !this.complete) return false;
    if (queueOffset > queue.end && queue.end === 0) queue.beginAt(queueOffset);
    if (queueOffset > queue.end) {
      logger.error(`messages ${queue.end} to ${queueOffset - 1} of ${topic} queue ${queueId} are missing in the log`);
      // The position keeps the entries in order, which searches rely on.
      while (queue.end < queueOffset) queues.push(queue, offset, FILLER_SIZE, 0);
    }
    // A topic that was deleted and made again counts from 0 again: the newer messages are the ones that exist.
    if (queueOffset < queue.end) queues.truncate(queue, queueOffset);
    queues.push(queue, offset, size, tagsCode);
    return true;
  }
}

/** How many messages `bytes` of the log can have been. */
function roomFor(bytes: number): number {
  return Math.floor(bytes / MIN_RECORD_SIZE);
}
