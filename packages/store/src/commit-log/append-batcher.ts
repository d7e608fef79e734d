import type { Clock, Codecs } from '@cometmq/runtime';
import { BLANK_SIZE, type HostBytes, RecordAt, RecordMagic } from '@cometmq/protocol';
import type { MessageToStore, Refused } from '../ports.js';
import type { Segment } from '../segment/segment.js';
import { AppendBatch, type PendingStored, type QueueCursor, type Resolve } from './append-batch.js';
import type { CommitLog } from './commit-log.js';
import { RecordEncoder } from './record-encoder.js';
import type { LogChunk } from './recent-log.js';

/** Set for PREPARED and ROLLBACK, clear for NOT and COMMIT. */
const TRANSACTION_UNDECIDED = 0x4;
const TRANSACTION_ROLLBACK = 0xc;
/**
 * A turn that brings more is written in parts: the first producers have their answers, and send again, while the rest of
 * the turn is worked on. With everything in one write client and server would wait for each other in turn.
 */
const FULL_PUTS = 32;
const ZEROS = Buffer.alloc(1 << 16);

export type WriteStep = 'making a commit log file' | 'writing to the commit log';

export interface AppendBatcherOptions<Q extends QueueCursor> {
  readonly storeHost: HostBytes;
  /** The value that goes into the consume queue beside the record's position. */
  readonly tagsCode: (message: MessageToStore, storeTimestamp: number) => number;
  /** Appends what the index has to know of the message. Undefined without an index. */
  readonly addKeyHashes?: ((message: MessageToStore, into: number[]) => void) | undefined;
  /** The batch is in the kernel. Whoever is called owns it and gives it back with `recycle`. */
  readonly onWritten: (batch: AppendBatch<Q>) => void;
  /** A write failed; what the puts of the batch are to be told. */
  readonly onFailed: (error: unknown, bytes: number, doing: WriteStep) => Refused;
}

/**
 * Turns the puts of one turn of the event loop into one write. Records are encoded once, into the memory of the recent
 * log, and written from there when the turn ends (or the batch, the file or the chunk is full). A batch whose write failed is taken
 * back whole: nothing of it is acknowledged and the next one starts at the same offset.
 */
export class AppendBatcher<Q extends QueueCursor> {
  readonly #encoder: RecordEncoder;
  #batch: AppendBatch<Q>;
  #spare: AppendBatch<Q> | undefined;
  #segment: Segment | undefined;
  #chunk: LogChunk | undefined;
  #lastTimestamp = 0;
  #scheduled = false;
  /** Batches whose puts have to be told what became of them, oldest first; with what they are refused, if they are. */
  readonly #untold: { readonly batch: AppendBatch<Q>; readonly refused: Refused | undefined }[] = [];
  #telling = false;
  /** End of what a failed write may have left behind in the file. */
  #dirtyEnd = 0;

  constructor(
    private readonly log: CommitLog,
    private readonly clock: Clock,
    codecs: Codecs,
    private readonly options: AppendBatcherOptions<Q>,
  ) {
    this.#encoder = new RecordEncoder(codecs, options.storeHost);
    this.#batch = new AppendBatch<Q>();
  }

  /** Store time of the newest record; the next one's is never smaller, whatever the clock says. */
  get lastTimestamp(): number {
    return this.#lastTimestamp;
  }

  continueAfter(storeTimestamp: number): void {
    this.#lastTimestamp = Math.max(this.#lastTimestamp, storeTimestamp);
  }

  put(message: MessageToStore, queue: Q, waitStoreOk: boolean, resolve: Resolve): void {
    const refused = this.#makeRoom(this.#encoder.maxSize(message), () => this.#encoder.size(message));
    if (refused === undefined) {
      const queueOffset = queueOffsetOf(message, queue);
      const physicalOffset = this.#append(message, queue);
      this.#addPut([physicalOffset], queueOffset, physicalOffset, waitStoreOk, resolve);
    }
    this.#tell();
    if (refused !== undefined) resolve(refused);
  }

  putAll(messages: readonly MessageToStore[], queue: Q, waitStoreOk: boolean, resolve: Resolve): void {
    let most = 0;
    for (const message of messages) most += this.#encoder.maxSize(message);
    const refused = this.#makeRoom(most, () => messages.reduce((sum, message) => sum + this.#encoder.size(message), 0));
    if (refused === undefined) {
      const queueOffset = queueOffsetOf(messages[0]!, queue);
      const offsets = messages.map((message) => this.#append(message, queue));
      this.#addPut(offsets, queueOffset, offsets[0]!, waitStoreOk, resolve);
    }
    this.#tell();
    if (refused !== undefined) resolve(refused);
  }

  /** Writes what stands in the batch now, without waiting for the end of the turn. */
  flushTurn(): void {
    this.#scheduled = false;
    if (this.#batch.puts > 0) this.#write();
    this.#tell();
  }

  recycle(batch: AppendBatch<Q>): void {
    batch.clear();
    this.#spare = batch;
  }

  #append(message: MessageToStore, queue: Q): number {
    const chunk = this.#chunk!;
    const batch = this.#batch;
    const offset = chunk.end;
    // Prepared and rolled back messages have no place in a queue (store-format, section 2).
    const counts = (message.sysFlag & TRANSACTION_UNDECIDED) === 0;
    const size = this.#encoder.encode(chunk, message, counts ? queue.nextOffset : 0, batch.storeTimestamp);
    batch.end = offset + size;
    if (this.options.addKeyHashes !== undefined) this.#addKeys(message, offset);
    if (!counts) return offset;
    queue.nextOffset++;
    batch.queues.push(queue);
    batch.offsets.push(offset);
    batch.sizes.push(size);
    batch.tagsCodes.push(this.options.tagsCode(message, batch.storeTimestamp));
    return offset;
  }

  #addKeys(message: MessageToStore, offset: number): void {
    if ((message.sysFlag & TRANSACTION_ROLLBACK) === TRANSACTION_ROLLBACK) return;
    const { keyHashes, keyOffsets } = this.#batch;
    this.options.addKeyHashes!(message, keyHashes);
    while (keyOffsets.length < keyHashes.length) keyOffsets.push(offset);
  }

  #addPut(
    physicalOffsets: readonly number[],
    queueOffset: number,
    physicalOffset: number,
    waitStoreOk: boolean,
    resolve: Resolve,
  ): void {
    const batch = this.#batch;
    const { storeTimestamp } = batch;
    const result: PendingStored = { status: 'PUT_OK', queueOffset, physicalOffset, physicalOffsets, storeTimestamp };
    batch.results.push(result);
    batch.resolves.push(resolve);
    batch.waits.push(waitStoreOk);
    if (batch.puts >= FULL_PUTS) {
      this.#write();
      return;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.clock.afterTurn(() => this.flushTurn());
  }

  /** Sees to it that up to `most` bytes can be appended to the chunk and the file; `exact` is asked when that is close. */
  #makeRoom(most: number, exact: () => number): Refused | undefined {
    const chunk = this.#chunk;
    if (
      chunk === undefined ||
      this.#segment === undefined ||
      chunk.room < most + BLANK_SIZE ||
      chunk.end + most + BLANK_SIZE > this.#segment.end
    ) {
      const refused = this.#moveOn(exact());
      if (refused !== undefined) return refused;
    }
    if (this.#batch.puts === 0) this.#begin();
    return undefined;
  }

  #begin(): void {
    const batch = this.#batch;
    const chunk = this.#chunk!;
    this.#lastTimestamp = Math.max(this.#lastTimestamp, this.clock.now());
    batch.chunk = chunk;
    batch.start = chunk.end;
    batch.end = chunk.end;
    batch.storeTimestamp = this.#lastTimestamp;
  }

  #moveOn(size: number): Refused | undefined {
    if (size + BLANK_SIZE > this.log.fileSize) {
      const reason = `a record of ${size} bytes does not fit into a commit log file of ${this.log.fileSize}`;
      return { status: 'MESSAGE_ILLEGAL', reason };
    }
    const end = this.#chunk?.end ?? this.log.maxOffset;
    let failure = this.#useFile(end - (end % this.log.fileSize));
    if (failure !== undefined) return failure;
    if (end + size + BLANK_SIZE > this.#segment!.end) return this.#rollFile(end, size);
    if (this.#chunk === undefined || this.#chunk.room < size + BLANK_SIZE) {
      failure = this.#batch.puts > 0 ? this.#write() : undefined;
      if (failure === undefined) this.#chunk = this.log.recent.open(end, size + BLANK_SIZE);
    }
    return failure;
  }

  /** Ends the file with a blank (store-format, 2.1) and goes on in the next one. */
  #rollFile(end: number, size: number): Refused | undefined {
    const full = this.#segment!;
    const next = full.end;
    try {
      this.log.openFile(next);
    } catch (error) {
      return this.options.onFailed(error, 0, 'making a commit log file');
    }
    if (end < next) {
      this.#chunk ??= this.log.recent.open(end, BLANK_SIZE);
      const chunk = this.#chunk;
      if (this.#batch.puts === 0) this.#begin();
      chunk.view.setInt32(chunk.used, next - end);
      chunk.view.setInt32(chunk.used + RecordAt.MAGIC, RecordMagic.BLANK);
      chunk.used += BLANK_SIZE;
      this.#batch.end += BLANK_SIZE;
      const failure = this.#write(next);
      if (failure !== undefined) return failure;
    }
    this.#segment = this.log.files.find(next)!;
    this.#chunk = this.log.recent.open(next, size + BLANK_SIZE);
    return undefined;
  }

  #useFile(start: number): Refused | undefined {
    if (this.#segment?.start === start) return undefined;
    try {
      this.#segment = this.log.openFile(start);
      return undefined;
    } catch (error) {
      return this.options.onFailed(error, 0, 'making a commit log file');
    }
  }

  /** One positioned write. `logEnd`: where the log ends then, when that is not the batch's end (after a blank). */
  #write(logEnd?: number): Refused | undefined {
    const batch = this.#batch;
    const chunk = batch.chunk!;
    const segment = this.#segment!;
    try {
      if (this.#dirtyEnd > batch.start) this.#clear(segment, batch.start);
      segment.writeSync(chunk.bytes.subarray(batch.start - chunk.base, batch.end - chunk.base), batch.start);
    } catch (error) {
      this.#dirtyEnd = Math.max(this.#dirtyEnd, batch.end);
      return this.#takeBack(batch, error);
    }
    this.#batch = this.#spare ?? new AppendBatch<Q>();
    this.#spare = undefined;
    const written = batch.end;
    batch.end = logEnd ?? written;
    this.log.appended.advance(batch.end);
    if (written - segment.start > segment.size / 2) this.log.prepareNext(segment);
    this.#untold.push({ batch, refused: undefined });
    return undefined;
  }

  /** At the end of a call, when all is in order here: whoever is told may put the next message at once. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
        if (next.refused === undefined) this.options.onWritten(next.batch);
        else next.batch.refuse(next.refused);
      }
    } finally {
      this.#telling = false;
    }
  }

  #takeBack(batch: AppendBatch<Q>, error: unknown): Refused {
    const result = this.options.onFailed(error, batch.end - batch.start, 'writing to the commit log');
    batch.chunk!.used = batch.start - batch.chunk!.base;
    batch.takeBack();
    this.#batch = new AppendBatch<Q>();
    this.#untold.push({ batch, refused: result });
    return result;
  }

  /** What a failed write left behind must not be taken for records after a crash. */
  #clear(segment: Segment, from: number): void {
    const end = Math.min(this.#dirtyEnd, segment.end);
    for (let at = from; at < end; at += ZEROS.length) {
      segment.writeSync(ZEROS.subarray(0, Math.min(ZEROS.length, end - at)), at);
    }
    this.#dirtyEnd = 0;
  }
}

function queueOffsetOf(message: MessageToStore, queue: QueueCursor): number {
  return (message.sysFlag & TRANSACTION_UNDECIDED) === 0 ? queue.nextOffset : 0;
}
