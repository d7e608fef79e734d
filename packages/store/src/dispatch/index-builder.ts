import {
  checkRecord,
  recordPhysicalOffset,
  recordProperties,
  recordStoreTimestamp,
  recordSysFlag,
  recordTopic,
  recordTotalSize,
  transactionType,
} from '@cometmq/protocol';
import type { Clock, Codecs, Logger, Timer } from '@cometmq/runtime';
import type { AppendBatch } from '../commit-log/append-batch.js';
import type { CommitLog } from '../commit-log/commit-log.js';
import type { HashIndex } from '../index/hash-index.js';
import { addKeyHashes } from '../index/key-hash.js';
import { reasonOf } from '../store-error.js';

export interface IndexBuilderParts {
  readonly log: CommitLog;
  readonly index: HashIndex;
  readonly clock: Clock;
  readonly codecs: Pick<Codecs, 'crc32'>;
  readonly logger: Logger;
  /** Everything below may be seen. */
  readonly dispatched: () => number;
}

type BuilderState =
  | 'new'
  /** Batches go straight into the index. */
  | 'live'
  /** Batches are left to the log, which is read back. */
  | 'catching up'
  /** The index could not take something; it is tried again in a while. */
  | 'waiting'
  | 'closed';

const READ_BYTES = 256 << 10;
const RETRY_MS = 1000;

/**
 * Puts messages into the index in the order of the log: out of the batch that was written while that keeps up, out of
 * the log itself after a start, a loss of index files or a failure. Nothing waits in memory, and no message waits for it.
 */
export class IndexBuilder {
  #state: BuilderState = 'new';
  /** Every message below is in the index. */
  #offset = 0;
  /** Keys of the message at `#offset` that are in the index already. */
  #keysDone = 0;
  #running: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #failing = false;
  #prepared = false;

  constructor(private readonly parts: IndexBuilderParts) {}

  /** Everything below is in the index. */
  get offset(): number {
    return this.#offset;
  }

  /** Goes on where the index ends. */
  start(): void {
    this.#offset = this.parts.index.lastPhyOffset ?? this.parts.log.minOffset;
    this.#catchUp();
  }

  add(batch: AppendBatch): void {
    if (this.#state !== 'live') return;
    const { keyHashes, keyOffsets, storeTimestamp } = batch;
    for (let at = 0; at < keyHashes.length; at++) {
      try {
        this.parts.index.put(keyHashes[at]!, keyOffsets[at]!, storeTimestamp);
      } catch (error) {
        const offset = keyOffsets[at]!;
        this.#fallBehind(offset, at - keyOffsets.indexOf(offset), error);
        return;
      }
    }
    this.#offset = batch.end;
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#timer?.cancel();
    await this.#running;
  }

  #catchUp(): void {
    this.#state = 'catching up';
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    try {
      if (!this.#prepared) await this.#prepare();
      while (this.#state === 'catching up' && this.#offset < this.parts.dispatched()) await this.#readSome();
      if (this.#state !== 'catching up') return;
      this.#state = 'live';
      if (this.#failing) this.parts.logger.info('the index of message keys is up to date again');
      this.#failing = false;
    } catch (error) {
      if (this.#state !== 'closed') this.#wait(error);
    }
  }

  async #prepare(): Promise<void> {
    const { index, log, logger } = this.parts;
    this.#keysDone = await index.prepare();
    this.#prepared = true;
    const behind = log.maxOffset - this.#offset;
    if (index.lastPhyOffset === undefined && behind > 0) {
      logger.info('the index of message keys is built from the log, in the background', { bytes: behind });
    }
  }

  /** Puts the keys of one block of the log into the index. */
  async #readSome(): Promise<void> {
    const { log } = this.parts;
    if (this.#offset < log.minOffset) this.#moveTo(log.minOffset);
    const fileEnd = log.nextFileStart(this.#offset);
    const limit = Math.min(this.parts.dispatched(), fileEnd);
    const room = limit - this.#offset;
    let bytes = await log.read(this.#offset, Math.min(READ_BYTES, room));
    const size = bytes === undefined || bytes.length < 4 ? 0 : recordTotalSize(bytes);
    if (bytes !== undefined && size > bytes.length && size <= room) bytes = await log.read(this.#offset, size);
    if (this.#state !== 'catching up') return;
    if (bytes === undefined) {
      if (this.#offset < log.minOffset) return;
      throw new Error(`the commit log cannot be read at ${this.#offset}`);
    }
    this.#putBlock(bytes, limit, fileEnd);
  }

  #putBlock(bytes: Uint8Array, limit: number, fileEnd: number): void {
    const start = this.#offset;
    const options = { crc32: (body: Uint8Array) => this.parts.codecs.crc32(body), checkCrc: false };
    for (let at = 0; start + at < limit; at = this.#offset - start) {
      const verdict = checkRecord(bytes, at, options);
      if (verdict === 'incomplete' && at > 0 && start + bytes.length < limit) return;
      if (verdict !== 'ok' || !standsAt(bytes, at, start + at)) {
        if (verdict !== 'blank' && fileEnd - start - at >= 8) this.#reportDamage(start + at, verdict);
        return this.#moveTo(Math.min(fileEnd, this.parts.dispatched()));
      }
      this.#putRecord(bytes, at, start + at);
      this.#moveTo(start + at + recordTotalSize(bytes, at));
    }
  }

  #putRecord(bytes: Uint8Array, at: number, offset: number): void {
    if (transactionType(recordSysFlag(bytes, at)) === 'rollback') return;
    const hashes: number[] = [];
    addKeyHashes(recordTopic(bytes, at), recordProperties(bytes, at), hashes);
    const storeTimestamp = recordStoreTimestamp(bytes, at);
    for (const hash of hashes.slice(this.#keysDone)) {
      this.parts.index.put(hash, offset, storeTimestamp);
      this.#keysDone++;
    }
  }

  #moveTo(offset: number): void {
    this.#offset = offset;
    this.#keysDone = 0;
  }

  #reportDamage(offset: number, verdict: string): void {
    const message =
      'the commit log has something that is no message; what follows it in its file gets no index entries';
    this.parts.logger.error(message, { offset, verdict });
  }

  #fallBehind(offset: number, keysDone: number, error: unknown): void {
    // A message may have got its first keys from the batch and, after a failure, the others from the log.
    this.#offset = offset;
    this.#keysDone = keysDone;
    this.#wait(error);
  }

  #wait(error: unknown): void {
    this.#state = 'waiting';
    if (!this.#failing) {
      const message = 'the index of message keys cannot be written; messages are taken all the same, it follows later';
      this.parts.logger.warn(message, { reason: reasonOf(error), offset: this.#offset });
    }
    this.#failing = true;
    this.#timer = this.parts.clock.schedule(RETRY_MS, () => this.#catchUp(), { background: true });
  }
}

function standsAt(bytes: Uint8Array, at: number, offset: number): boolean {
  try {
    return recordPhysicalOffset(bytes, at) === offset && recordStoreTimestamp(bytes, at) >= 0;
  } catch {
    return false;
  }
}
