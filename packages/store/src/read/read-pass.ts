import type { Codecs } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { ConsumeQueue } from '../consume-queue/consume-queue.js';
import { ENTRY_BYTES, type EntryBlock, FILLER_SIZE } from '../consume-queue/queue-entry.js';
import type { ReadRequest, ReadResult, ReadStatus } from '../ports.js';
import { fetchRecords, type RecordPlace } from './record-fetch.js';

export interface ReadLimits {
  readonly maxTransferBytesOnMessageInMemory: number;
  readonly maxTransferCountOnMessageInMemory: number;
  readonly maxTransferBytesOnMessageInDisk: number;
  readonly maxTransferCountOnMessageInDisk: number;
  readonly accessMessageInMemoryMaxBytes: number;
  readonly maxFilterMessageSize: number;
}

export interface PassSurroundings {
  readonly codecs: Pick<Codecs, 'crc32'>;
  /** The message at a queue offset cannot be read. */
  readonly damaged: (offset: number, why: string) => void;
}

interface Candidate extends RecordPlace {
  readonly queueOffset: number;
}

/** Apache's bound on a pull's answer whatever is asked for. */
const MAX_PULL_BYTES = 128 << 20;
const LEAST_PULL_BYTES = 100;

/**
 * One read of one queue (broker-semantics, 2.2): goes through entries from the request's offset on, skips what is gone or
 * does not match, and stops when the answer is full or enough entries have been looked at.
 */
export class ReadPass {
  readonly #records: Uint8Array[] = [];
  readonly #maxBytes: number;
  /** No entry from here on is looked at. */
  readonly scanEnd: number;
  readonly #maxOffset: number;
  #bytes = 0;
  #status: ReadStatus = 'NO_MATCHED_MESSAGE';
  #next: number;
  /** Entries that point below this are gone together with the file they point into. */
  #goneBelow = -1;
  #full = false;

  constructor(
    private readonly request: ReadRequest,
    private readonly queue: ConsumeQueue,
    private readonly log: CommitLog,
    private readonly limits: ReadLimits,
    private readonly around: PassSurroundings,
  ) {
    this.#next = request.offset;
    this.#maxOffset = queue.end;
    this.#maxBytes = Math.min(Math.max(request.maxBytes, LEAST_PULL_BYTES), MAX_PULL_BYTES);
    const entries = Math.max(Math.ceil(limits.maxFilterMessageSize / ENTRY_BYTES), request.maxMessages);
    this.scanEnd = Math.min(request.offset + entries, queue.end);
  }

  get next(): number {
    return this.#next;
  }

  get done(): boolean {
    return this.#full || this.#next >= this.scanEnd;
  }

  /** How many entries are worth having in hand: without a filter not more than messages can be answered. */
  get wantedEntries(): number {
    const left = this.scanEnd - this.#next;
    return this.request.filter === undefined
      ? Math.min(left, this.request.maxMessages - this.#records.length + 1)
      : left;
  }

  /** Works on what is in memory; true when the pass is over, false when something has to be read from the disk. */
  inMemory(block: EntryBlock): boolean {
    const { filter } = this.request;
    for (let index = 0; index < block.count && !this.done; index++) {
      const physicalOffset = block.physicalOffset(index);
      const size = block.size(index);
      if (this.#isFull(physicalOffset, size, 0, 0)) break;
      if (this.#skips(physicalOffset, size, block, index)) {
        this.#next = block.first + index + 1;
        continue;
      }
      const record = this.log.inMemory(physicalOffset, size);
      if (record === undefined) return false;
      this.#next = block.first + index + 1;
      if (filter?.matchesRecord?.(record) === false) continue;
      this.#take(record);
    }
    return this.done;
  }

  /** As `inMemory`, reading from the disk what is not there. Looks at the block before it waits for anything. */
  async onDisk(block: EntryBlock): Promise<void> {
    const { candidates, after } = this.#candidates(block);
    const records = await fetchRecords(this.log, candidates, this.around.codecs);
    for (const [index, record] of records.entries()) {
      const candidate = candidates[index]!;
      if (this.#isFull(candidate.physicalOffset, candidate.size, 0, 0)) {
        this.#next = candidate.queueOffset;
        return;
      }
      if (record === 'gone') this.#gone(candidate.physicalOffset);
      else if (record === 'damaged')
        this.#damaged(candidate.queueOffset, `no such record at log offset ${candidate.physicalOffset}`);
      else if (this.request.filter?.matchesRecord?.(record) !== false) this.#take(record);
    }
    this.#next = after;
  }

  /** The file of the entry at `next` is missing. */
  entriesMissing(): ReadResult {
    this.#status = 'OFFSET_FOUND_NULL';
    this.#next = Math.min(this.queue.nextFileOffset(this.#next), this.#maxOffset);
    return this.result();
  }

  get found(): boolean {
    return this.#records.length > 0;
  }

  result(): ReadResult {
    return {
      status: this.#status,
      nextOffset: this.#next,
      minOffset: this.queue.minOffset,
      maxOffset: this.#maxOffset,
      records: this.#records,
      bytes: this.#bytes,
    };
  }

  #candidates(block: EntryBlock): { candidates: Candidate[]; after: number } {
    const candidates: Candidate[] = [];
    let bytes = 0;
    for (let index = 0; index < block.count; index++) {
      const queueOffset = block.first + index;
      const physicalOffset = block.physicalOffset(index);
      const size = block.size(index);
      if (queueOffset >= this.scanEnd) return { candidates, after: queueOffset };
      if (this.#isFull(physicalOffset, size, candidates.length, bytes)) {
        // With a record filter some of the candidates may not count: another round decides.
        if (this.request.filter?.matchesRecord === undefined || candidates.length === 0) this.#full = true;
        return { candidates, after: queueOffset };
      }
      if (this.#skips(physicalOffset, size, block, index)) continue;
      candidates.push({ queueOffset, physicalOffset, size });
      bytes += size;
    }
    return { candidates, after: block.first + block.count };
  }

  #isFull(physicalOffset: number, size: number, moreRecords: number, moreBytes: number): boolean {
    const count = this.#records.length + moreRecords;
    if (count === 0 || size === FILLER_SIZE) return false;
    const bytes = this.#bytes + moreBytes + size;
    const inMemory = this.log.maxOffset - physicalOffset <= this.limits.accessMessageInMemoryMaxBytes;
    const { limits } = this;
    const full =
      count >= this.request.maxMessages ||
      bytes > this.#maxBytes ||
      (inMemory
        ? bytes > limits.maxTransferBytesOnMessageInMemory || count >= limits.maxTransferCountOnMessageInMemory
        : bytes > limits.maxTransferBytesOnMessageInDisk || count >= limits.maxTransferCountOnMessageInDisk);
    if (full && moreRecords === 0) this.#full = true;
    return full;
  }

  /** True when the entry's message is known to be gone or does not match by its entry. */
  #skips(physicalOffset: number, size: number, block: EntryBlock, index: number): boolean {
    if (physicalOffset < this.#goneBelow) return true;
    if (block.isFiller(index)) {
      if (this.#records.length === 0) this.#status = 'MESSAGE_WAS_REMOVING';
      return true;
    }
    if (!block.isWritten(index) || physicalOffset + size > this.log.maxOffset) {
      this.#damaged(block.first + index, `its entry leads to ${size} bytes at log offset ${physicalOffset}`);
      return true;
    }
    if (physicalOffset < this.log.minOffset) {
      this.#gone(physicalOffset);
      return true;
    }
    return this.request.filter?.matchesEntry(block.tagsCode(index)) === false;
  }

  #gone(physicalOffset: number): void {
    if (this.#records.length === 0) this.#status = 'MESSAGE_WAS_REMOVING';
    this.#goneBelow = this.log.nextFileStart(physicalOffset);
  }

  /** Its neighbours may be sound. */
  #damaged(queueOffset: number, why: string): void {
    if (this.#records.length === 0) this.#status = 'MESSAGE_WAS_REMOVING';
    this.around.damaged(queueOffset, why);
  }

  #take(record: Uint8Array): void {
    this.#records.push(record);
    this.#bytes += record.length;
    this.#status = 'FOUND';
    this.#goneBelow = -1;
  }
}
