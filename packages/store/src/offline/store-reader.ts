import {
  decodeOffsetMessageId,
  findProperty,
  MessageProperty,
  recordProperties,
  recordQueueId,
  recordQueueOffset,
  recordTopic,
} from '@cometmq/protocol';
import { nodeCodecs, nodeDisk } from '@cometmq/runtime/node';
import { Checkpoint } from '../flush/checkpoint.js';
import type { IndexHeader } from '../index/index-layout.js';
import type { QueueEntry } from '../ports.js';
import { StoreError } from '../store-error.js';
import { findIndexFiles, OfflineIndex, type OfflineIndexOptions } from './offline-index.js';
import { type GroupProgress, readProgress } from './group-progress.js';
import { findLogEnd, type LogPiece, walkLog } from './log-walk.js';
import type { QueueRow } from './queue-row.js';
import { RecordSource } from './record-source.js';
import { type OfflinePorts, StoreFiles, type StoreFilesOptions } from './store-files.js';
import type { VerifyReport } from './report.js';
import { StoreMessage } from './store-message.js';
import { verifyFiles, type VerifyOptions } from './verify.js';

export interface StoreReaderOptions extends StoreFilesOptions, OfflineIndexOptions {
  /** Default: those of Node. */
  readonly ports?: OfflinePorts | undefined;
}

export interface QueueRange {
  readonly topic: string;
  readonly queueId: number;
  /** The oldest message that the log still has. */
  readonly minOffset: number;
  /** One past the newest message. */
  readonly maxOffset: number;
}

export interface ReadRange {
  readonly topic: string;
  readonly queueId: number;
  /** First queue offset; default and at least the queue's minimum. */
  readonly from?: number | undefined;
  /** Queue offset behind the last one; default and at most the queue's end. */
  readonly to?: number | undefined;
  /** What happens at a message that cannot be read. Default: `throw` StoreError DAMAGED, which names file and offset. */
  readonly damaged?: 'throw' | 'skip' | undefined;
}

export interface KeyRange {
  /** Store time in ms, inclusive. Default: all. */
  readonly begin?: number | undefined;
  readonly end?: number | undefined;
  /** Default 64, the newest ones; from 1. */
  readonly maxNum?: number | undefined;
}

export interface IndexFileFacts {
  readonly path: string;
  readonly header: Readonly<IndexHeader> | undefined;
  readonly maxHashSlotNum?: number;
  readonly maxIndexNum?: number;
}

export interface ScanRange {
  /** Start of a record or a file; default: the oldest byte. */
  readonly from?: number | undefined;
  /** Told of what cannot be read; default: StoreError DAMAGED is thrown. */
  readonly onDamage?: ((piece: Extract<LogPiece, { kind: 'damaged' | 'gap' }>) => void) | undefined;
}

const ENTRY_BLOCK = 512;

/**
 * A store directory, ours or Apache's, for reading only. No lock is taken and no byte changed, so a broker may run on it
 * meanwhile: each call sees what is in the files then. A record is checked before it is given out.
 */
export class StoreReader {
  #logEnd: { readonly at: number; readonly end: number } | undefined;

  constructor(
    private readonly files: StoreFiles,
    private readonly options: StoreReaderOptions,
  ) {}

  get directory(): string {
    return this.files.root;
  }

  /** Positions of the oldest byte and of the end of the commit log. */
  async logRange(): Promise<{ readonly minOffset: number; readonly maxOffset: number }> {
    const log = this.files.log();
    return { minOffset: log.start, maxOffset: await findLogEnd(log, this.files.codecs) };
  }

  /** Every queue, by topic and number. */
  async queues(topic?: string): Promise<QueueRange[]> {
    this.#logEnd = undefined;
    const found: QueueRange[] = [];
    for (const name of this.files.queueNames()) {
      if (topic !== undefined && topic !== name.topic) continue;
      const row = this.files.queue(name.topic, name.queueId);
      if (row.files.first !== undefined) found.push(await this.#range(row));
    }
    return found;
  }

  /** Topics that have a queue. */
  topics(): string[] {
    return [...new Set([...this.files.queueNames()].map(({ topic }) => topic))];
  }

  /** Messages of a queue in order. */
  async *read(range: ReadRange): AsyncGenerator<StoreMessage, void> {
    const { topic, queueId } = range;
    this.#logEnd = undefined;
    const row = this.files.queue(topic, queueId);
    const { minOffset, maxOffset } = await this.#range(row);
    const end = Math.min(maxOffset, range.to ?? maxOffset);
    const source = new RecordSource(this.files.log(), this.files.codecs);
    for (let at = Math.max(minOffset, range.from ?? minOffset); at < end;) {
      const block = await row.read(at, Math.min(ENTRY_BLOCK, end - at));
      if (block.count === 0) {
        // The file is missing: the next one may be there.
        if (range.damaged !== 'skip') throw this.#damaged(row, at, 'there is no entry');
        at++;
        continue;
      }
      for (let index = 0; index < block.count; index++, at++) {
        if (block.isFiller(index)) continue;
        const message = await this.#message(source, row, at, block.entry(index));
        if (message !== undefined) yield message;
        else if (range.damaged !== 'skip') throw this.#damaged(row, at, 'its entry does not lead to its message');
      }
    }
  }

  /** All messages in the order of the commit log, those of deleted topics and half messages included. */
  async *scan(range: ScanRange = {}): AsyncGenerator<StoreMessage, void> {
    const { codecs } = this.files;
    for await (const piece of walkLog(this.files.log(), codecs, range.from)) {
      if (piece.kind === 'record') {
        const { bytes, at, size } = piece;
        yield new StoreMessage(Uint8Array.from(bytes.subarray(at, at + size)), codecs);
      } else if (piece.kind === 'damaged' || piece.kind === 'gap') {
        const where = piece.kind === 'gap' ? this.files.logDirectory : piece.path;
        if (range.onDamage === undefined)
          throw new StoreError('DAMAGED', `${where}: ${piece.size} bytes at offset ${piece.offset} cannot be read`);
        range.onDamage(piece);
      }
    }
  }

  /** The entry of a queue, as it stands there. */
  async entryAt(topic: string, queueId: number, offset: number): Promise<QueueEntry | undefined> {
    const block = await this.files.queue(topic, queueId).read(offset, 1);
    return block.count === 0 || !block.isWritten(0) || block.isFiller(0) ? undefined : block.entry(0);
  }

  /** Entries of a queue as they stand there, those included whose message is gone; filler is left out. */
  async *entries(
    range: Omit<ReadRange, 'damaged'>,
  ): AsyncGenerator<QueueEntry & { readonly queueOffset: number }, void> {
    const row = this.files.queue(range.topic, range.queueId);
    const written = await row.writtenEnd();
    const end = Math.min(written, range.to ?? written);
    for (let at = Math.max(row.start, range.from ?? 0); at < end;) {
      const block = await row.read(at, Math.min(ENTRY_BLOCK, end - at));
      for (let index = 0; index < block.count; index++) {
        if (!block.isFiller(index)) yield { queueOffset: at + index, ...block.entry(index) };
      }
      at += Math.max(1, block.count);
    }
  }

  /** Files of the index, oldest first; without a header when one is no index file of a known shape. */
  indexFiles(): IndexFileFacts[] {
    return findIndexFiles(this.files, this.options).map((found) =>
      found.kind === 'sound'
        ? { path: found.path, header: { ...found.file.header }, ...found.dimensions }
        : { path: found.path, header: undefined },
    );
  }

  /** The message that begins at a position of the commit log; undefined when none does. */
  async messageAt(physicalOffset: number): Promise<StoreMessage | undefined> {
    const record = await new RecordSource(this.files.log(), this.files.codecs).read(physicalOffset);
    return record === undefined ? undefined : new StoreMessage(record, this.files.codecs);
  }

  /** By RocketMQ's offsetMsgId; the host in it is not compared. Throws ProtocolError for a text that is none. */
  byOffsetMessageId(id: string): Promise<StoreMessage | undefined> {
    return this.messageAt(decodeOffsetMessageId(id).physicalOffset);
  }

  /** Messages of a topic with a word of KEYS or a unique key, oldest first. The log is read where the index does not reach. */
  async byKey(topic: string, key: string, range: KeyRange = {}): Promise<StoreMessage[]> {
    const { begin = 0, end = Number.MAX_SAFE_INTEGER, maxNum = 64 } = range;
    const found = new Map<number, StoreMessage>();
    const keep = (message: StoreMessage): void => {
      const fits = message.storeTimestamp >= begin && message.storeTimestamp <= end;
      if (fits && message.topic === topic && message.hasKey(key)) found.set(message.physicalOffset, message);
    };
    const index = new OfflineIndex(this.files, this.options);
    for (const offset of await index.find(topic, key, begin, end)) {
      const message = await this.messageAt(offset);
      if (message !== undefined) keep(message);
    }
    const from = Math.max(index.end, this.files.log().start);
    const start = (await this.messageAt(from)) === undefined ? undefined : from;
    for await (const message of this.scan({ from: start, onDamage: () => {} })) keep(message);
    return [...found.values()].toSorted((a, b) => a.physicalOffset - b.physicalOffset).slice(-maxNum);
  }

  /** The message that a producer's client called so; the newest when it was sent twice. */
  async byUniqueKey(topic: string, uniqueKey: string): Promise<StoreMessage | undefined> {
    const found = await this.byKey(topic, uniqueKey);
    return found.findLast((message) => message.uniqueKey === uniqueKey);
  }

  /** How far groups have got. Throws StoreError DAMAGED when neither the file nor its `.bak` can be read. */
  progress(): GroupProgress[] {
    return readProgress(this.files);
  }

  /** Times up to which log, queues and index were on the disk, in ms; zeros when there is no file. */
  checkpoint(): Readonly<
    Pick<
      Checkpoint,
      'physicMsgTimestamp' | 'logicsMsgTimestamp' | 'indexMsgTimestamp' | 'masterFlushedOffset' | 'confirmPhyOffset'
    >
  > {
    const checkpoint = new Checkpoint(this.files.disk, `${this.files.root}/checkpoint`);
    checkpoint.load();
    return checkpoint;
  }

  /** The process number in the file `abort`: a broker runs here, or it was not closed in order. Undefined without it. */
  unfinished(): { readonly processId: number | undefined } | undefined {
    const text = this.files.text('abort');
    if (text === undefined) return undefined;
    return { processId: /^\d+$/.test(text.trim()) ? Number(text.trim()) : undefined };
  }

  /** Goes through all files and compares them with each other; the whole log is read. Rejects with DiskError only. */
  verify(options: Pick<VerifyOptions, 'messageDelayLevel' | 'onProgress'> = {}): Promise<VerifyReport> {
    return verifyFiles(this.files, { ...this.options, ...options });
  }

  /** Closes the files; calls under way fail. */
  close(): void {
    this.files.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #range(row: QueueRow): Promise<QueueRange> {
    const { topic, queueId } = row;
    const log = this.files.log();
    let end = await row.writtenEnd();
    const source = new RecordSource(log, this.files.codecs);
    if (end > row.start && !(await this.#leadsToRecord(row, source, end - 1))) {
      // What a broker has left behind the end of the log does not count (store-format, 4.4).
      end = await row.firstFrom(row.start, end, await this.#endOf(log.end));
    }
    const minOffset = await row.firstFrom(row.start, end, log.start);
    return { topic, queueId, minOffset, maxOffset: end };
  }

  async #leadsToRecord(row: QueueRow, source: RecordSource, offset: number): Promise<boolean> {
    const block = await row.read(offset, 1);
    if (block.count === 0 || block.isFiller(0)) return true;
    return (await source.view(block.physicalOffset(0))) !== undefined;
  }

  async #endOf(at: number): Promise<number> {
    if (this.#logEnd?.at !== at) {
      this.#logEnd = { at, end: await findLogEnd(this.files.log(), this.files.codecs) };
    }
    return this.#logEnd.end;
  }

  async #message(
    source: RecordSource,
    row: QueueRow,
    offset: number,
    entry: QueueEntry,
  ): Promise<StoreMessage | undefined> {
    const record = await source.read(entry.physicalOffset);
    if (record === undefined || record.length !== entry.size) return undefined;
    return belongsTo(record, row, offset) ? new StoreMessage(record, this.files.codecs, offset) : undefined;
  }

  #damaged(row: QueueRow, offset: number, why: string): StoreError {
    const path = row.files.find(offset * 20)?.path ?? row.files.directory;
    return new StoreError(
      'DAMAGED',
      `${path}: offset ${offset} of ${row.topic} queue ${row.queueId} cannot be read: ${why}`,
    );
  }
}

/** Whether a record is the message of a queue at an offset; light queues (LMQ) are named in a property. */
function belongsTo(record: Uint8Array, { topic, queueId }: QueueRow, offset: number): boolean {
  if (recordTopic(record) === topic) return recordQueueId(record) === queueId && recordQueueOffset(record) === offset;
  const names = findProperty(recordProperties(record), MessageProperty.INNER_MULTI_DISPATCH)?.split(',');
  return queueId === 0 && names?.includes(topic) === true;
}

/**
 * Opens a store directory for reading, without a broker and beside one. Rejects with StoreError: NOT_FOUND when there is no
 * store, UNSUPPORTED when it has parts of a format that cannot be read (RocksDB, DLedger).
 */
export async function openStoreReader(directory: string, options: StoreReaderOptions = {}): Promise<StoreReader> {
  const ports = options.ports ?? { disk: nodeDisk(), codecs: nodeCodecs() };
  return new StoreReader(new StoreFiles(directory, ports, options), options);
}
