import { recordTotalSize, recordPhysicalOffset } from '@cometmq/protocol';
import type { Codecs, Logger } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { ConsumeQueue } from '../consume-queue/consume-queue.js';
import type { ConsumeQueueTable } from '../consume-queue/consume-queue-table.js';
import { ENTRY_BYTES } from '../consume-queue/queue-entry.js';
import type { QueueEntry, ReadRequest, ReadResult, ReadStatus } from '../ports.js';
import { type ReadLimits, ReadPass } from './read-pass.js';
import { isRecordOf } from './record-fetch.js';

/** TOTALSIZE up to PHYSICALOFFSET. */
const HEAD_BYTES = 36;

export interface ReaderPorts {
  readonly codecs: Pick<Codecs, 'crc32'>;
  readonly logger: Logger;
}

/** Damage is reported once a message, of so many messages. */
const MAX_REPORTS = 1000;

/** Reads messages by queue and by position. */
export class LogReader {
  readonly #reported = new Set<string>();

  constructor(
    private readonly log: CommitLog,
    private readonly queues: ConsumeQueueTable,
    private readonly limits: ReadLimits,
    private readonly ports: ReaderPorts,
  ) {}

  read(request: ReadRequest): ReadResult | Promise<ReadResult> {
    const queue = this.queues.find(request.topic, request.queueId);
    if (queue === undefined) return nothing('NO_MATCHED_LOGIC_QUEUE', 0, 0, 0);
    const outside = outsideOf(queue, request.offset);
    if (outside !== undefined) return outside;
    const pass = new ReadPass(request, queue, this.log, this.limits, {
      codecs: this.ports.codecs,
      damaged: (offset, why) => this.#report(queue, offset, why),
    });
    const block = queue.inMemory(pass.next, Math.min(pass.next + pass.wantedEntries, queue.end));
    if (block !== undefined && pass.inMemory(block)) return pass.result();
    return this.#readOn(queue, pass);
  }

  async recordAt(physicalOffset: number): Promise<Uint8Array | undefined> {
    if (!Number.isSafeInteger(physicalOffset) || physicalOffset < 0) return undefined;
    const head = this.log.inMemory(physicalOffset, HEAD_BYTES) ?? (await this.log.read(physicalOffset, HEAD_BYTES));
    if (head === undefined || safePhysicalOffset(head) !== physicalOffset) return undefined;
    const size = recordTotalSize(head);
    if (size <= HEAD_BYTES || size > this.log.fileSize) return undefined;
    const hot = this.log.inMemory(physicalOffset, size);
    if (hot !== undefined) return hot;
    const record = await this.log.read(physicalOffset, size);
    return record !== undefined && isRecordOf(record, physicalOffset, this.ports.codecs) ? record : undefined;
  }

  async entryAt(topic: string, queueId: number, offset: number): Promise<QueueEntry | undefined> {
    const queue = this.queues.find(topic, queueId);
    if (queue === undefined || offset < queue.minOffset || offset >= queue.end) return undefined;
    const block = await queue.read(offset, 1);
    return block.count === 0 || block.isFiller(0) ? undefined : block.entry(0);
  }

  /** Whether the message is near enough to the log's end to be in the page cache. */
  isInMemory(topic: string, queueId: number, offset: number): boolean {
    const queue = this.queues.find(topic, queueId);
    if (queue === undefined || offset < queue.minOffset || offset >= queue.end) return false;
    const block = queue.inMemory(offset, offset + 1) ?? queue.readSync(offset, 1);
    if (block.count === 0) return false;
    return this.log.maxOffset - block.physicalOffset(0) <= this.limits.accessMessageInMemoryMaxBytes;
  }

  /** What a consumer does not get because it is damaged must not go unnoticed. */
  #report(queue: ConsumeQueue, offset: number, why: string): void {
    const message = `${queue.topic} queue ${queue.queueId} offset ${offset}`;
    if (this.#reported.size >= MAX_REPORTS || this.#reported.has(message)) return;
    this.#reported.add(message);
    const path = queue.files?.find(offset * ENTRY_BYTES)?.path;
    this.ports.logger.error(
      `a message cannot be read and is passed over (${message}): ${why}; see cometmq store verify`,
      {
        path,
      },
    );
  }

  async #readOn(queue: ConsumeQueue, pass: ReadPass): Promise<ReadResult> {
    while (!pass.done) {
      const block = await queue.read(pass.next, pass.wantedEntries);
      if (block.count === 0) return pass.found ? pass.result() : pass.entriesMissing();
      await pass.onDisk(block);
    }
    return pass.result();
  }
}

function safePhysicalOffset(head: Uint8Array): number | undefined {
  try {
    return recordPhysicalOffset(head);
  } catch {
    return undefined;
  }
}

/** The answer when there is nothing to look at (broker-semantics, 2.2). */
function outsideOf(queue: ConsumeQueue, offset: number): ReadResult | undefined {
  const { minOffset, end } = queue;
  if (end === 0) return nothing('NO_MESSAGE_IN_QUEUE', 0, minOffset, end);
  if (offset < minOffset) return nothing('OFFSET_TOO_SMALL', minOffset, minOffset, end);
  if (offset === end) return nothing('OFFSET_OVERFLOW_ONE', offset, minOffset, end);
  if (offset > end) return nothing('OFFSET_OVERFLOW_BADLY', end, minOffset, end);
  return undefined;
}

function nothing(status: ReadStatus, nextOffset: number, minOffset: number, maxOffset: number): ReadResult {
  return { status, nextOffset, minOffset, maxOffset, records: [], bytes: 0 };
}
