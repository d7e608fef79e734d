import { CloseStack, DiskError, type DiskLock, type Ports, type Watermark } from '@cometmq/runtime';
import { batchProblem, messageProblem } from './admission.js';
import { AppendBatcher, type WriteStep } from './commit-log/append-batcher.js';
import { CommitLog } from './commit-log/commit-log.js';
import type { ConsumeQueue } from './consume-queue/consume-queue.js';
import { ConsumeQueueTable } from './consume-queue/consume-queue-table.js';
import { TagsCodes } from './consume-queue/tags-code.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { IndexBuilder } from './dispatch/index-builder.js';
import { Checkpoint } from './flush/checkpoint.js';
import { Durability } from './flush/durability.js';
import { Flusher } from './flush/flusher.js';
import { IndexFlusher } from './flush/index-flusher.js';
import { QueueFlusher } from './flush/queue-flusher.js';
import { makeDurableDirectory } from './durable-directory.js';
import { refuseForeignFormat } from './foreign-format.js';
import { HashIndex } from './index/hash-index.js';
import { addKeyHashes } from './index/key-hash.js';
import type {
  KeyQueryResult,
  MessageStore,
  MessageToStore,
  PutResult,
  QueueEntry,
  ReadRequest,
  ReadResult,
  Refused,
  StoreStatus,
} from './ports.js';
import { queryByKey } from './read/key-query.js';
import { LogReader } from './read/log-reader.js';
import { queueTimestamp, searchByTimestamp } from './read/timestamp-search.js';
import { recover } from './recovery/recover.js';
import { LogCleaner } from './retention/log-cleaner.js';
import { SpaceWatch } from './retention/space-watch.js';
import { HandlePool } from './segment/handle-pool.js';
import { reasonOf, StoreError } from './store-error.js';
import { type MessageStoreOptions, type ResolvedStoreOptions, resolveStoreOptions } from './store-options.js';
import { WriteGate } from './write-gate.js';

export type StorePorts = Pick<Ports, 'clock' | 'disk' | 'codecs' | 'logger'>;

type StoreState = 'new' | 'starting' | 'open' | 'closing' | 'closed';

const WAITS = { waitStoreOk: true };

/** A store in a directory of this machine, in Apache's layout: opened by `start`, given back by `close`. */
export class LocalMessageStore implements MessageStore {
  readonly #options: ResolvedStoreOptions;
  readonly #gate = new WriteGate();
  readonly #closing: CloseStack;
  readonly #pool: HandlePool;
  readonly #log: CommitLog;
  readonly #queues: ConsumeQueueTable;
  readonly #index: HashIndex;
  readonly #indexBuilder: IndexBuilder | undefined;
  readonly #tagsCodes: TagsCodes;
  readonly #batcher: AppendBatcher<ConsumeQueue>;
  readonly #flusher: Flusher;
  readonly #durability: Durability<ConsumeQueue>;
  readonly #dispatcher: Dispatcher;
  readonly #checkpoint: Checkpoint;
  readonly #queueFlusher: QueueFlusher;
  readonly #reader: LogReader;
  readonly #cleaner: LogCleaner;
  readonly #space: SpaceWatch;
  #state: StoreState = 'new';
  #earliest = { offset: -1, timestamp: -1 };

  constructor(
    options: MessageStoreOptions,
    private readonly ports: StorePorts,
  ) {
    const { clock, disk, codecs, logger } = ports;
    const all = (this.#options = resolveStoreOptions(options));
    const root = all.storePathRootDir;
    this.#gate.shut('closed', 'the store is not open');
    this.#closing = new CloseStack(logger);
    this.#pool = new HandlePool(disk, all.maxOpenFiles);
    const logOptions = {
      directory: all.storePathCommitLog,
      fileSize: all.mappedFileSizeCommitLog,
      recentLogMaxBytes: all.recentLogMaxBytes,
    };
    this.#log = new CommitLog(logOptions, ports, this.#pool);
    const queueOptions = {
      directory: `${root}/consumequeue`,
      fileSize: all.mappedFileSizeConsumeQueue,
      maxTailBytes: all.maxQueueTailBytes,
    };
    this.#queues = new ConsumeQueueTable(queueOptions, clock, disk, this.#pool);
    const { maxHashSlotNum, maxIndexNum } = all;
    this.#index = new HashIndex({ directory: `${root}/index`, maxHashSlotNum, maxIndexNum }, ports, this.#pool);
    const dispatched = () => this.#dispatcher.offset;
    this.#indexBuilder = all.messageIndexEnable
      ? new IndexBuilder({ ...ports, log: this.#log, index: this.#index, dispatched })
      : undefined;
    this.#tagsCodes = new TagsCodes(all.messageDelayLevel);
    this.#dispatcher = new Dispatcher(this.#queues, this.#indexBuilder);
    this.#batcher = new AppendBatcher(this.#log, clock, codecs, {
      storeHost: all.storeHost,
      tagsCode: (message, time) => this.#tagsCodes.of(message.topic, message.properties, time, message.found),
      addKeyHashes: all.messageIndexEnable
        ? ({ topic, properties, found }, into) => addKeyHashes(topic, properties, into, found)
        : undefined,
      onWritten: (batch) => this.#durability.written(batch),
      onFailed: (error, bytes, doing) => this.#writeFailed(error, bytes, doing),
    });
    this.#flusher = new Flusher(this.#log, clock, logger, all, {
      onFlushed: (offset) => this.#durability.flushed(offset),
      onFailed: (reason) => this.#flushFailed(reason),
    });
    this.#durability = new Durability(
      this.#flusher,
      clock,
      all,
      (batch) => this.#dispatcher.dispatch(batch),
      (batch) => this.#batcher.recycle(batch),
    );
    this.#checkpoint = new Checkpoint(disk, `${root}/checkpoint`);
    const parts = { log: this.#log, queues: this.#queues, gate: this.#gate, clock, disk, logger };
    this.#queueFlusher = new QueueFlusher(
      {
        ...parts,
        index: new IndexFlusher(this.#index, this.#checkpoint, logger),
        flusher: this.#flusher,
        checkpoint: this.#checkpoint,
        dispatchedTimestamp: () => this.#dispatcher.timestamp,
      },
      all,
    );
    this.#reader = new LogReader(this.#log, this.#queues, all, ports);
    this.#cleaner = new LogCleaner({ ...parts, index: this.#index }, all);
    this.#space = new SpaceWatch(root, this.#gate, clock, disk, logger);
  }

  /** Finds the files and brings them into agreement. Rejects with StoreError or DiskError when that is not possible. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new StoreError('CLOSED', `the store is ${this.#state}; a store is started once`);
    this.#state = 'starting';
    try {
      await this.#open();
    } catch (error) {
      this.#state = 'closed';
      await this.#closing.close().catch(() => {});
      throw error;
    }
  }

  /** Answers what is under way, brings everything to the disk and leaves the directory as a clean one. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#gate.shut('closed', 'the store is closing');
    }
    await this.#closing.close();
    this.#state = 'closed';
  }

  put(message: MessageToStore, options: { readonly waitStoreOk?: boolean } = WAITS): Promise<PutResult> {
    return new Promise((resolve) => this.append(message, options.waitStoreOk !== false, resolve));
  }

  append(message: MessageToStore, waitStoreOk: boolean, done: (result: PutResult) => void): void {
    const refused = this.#refusal() ?? messageProblem(message, this.#options.maxMessageSize);
    if (refused !== undefined) return done(refused);
    const queue = this.#queues.findOrCreate(message.topic, message.queueId);
    this.#batcher.put(message, queue, waitStoreOk, done);
  }

  putBatch(
    messages: readonly MessageToStore[],
    options: { readonly waitStoreOk?: boolean } = WAITS,
  ): Promise<PutResult> {
    const refused = this.#refusal() ?? batchProblem(messages, this.#options.maxMessageSize);
    if (refused !== undefined) return Promise.resolve(refused);
    const queue = this.#queues.findOrCreate(messages[0]!.topic, messages[0]!.queueId);
    return new Promise((resolve) => this.#batcher.putAll(messages, queue, options.waitStoreOk !== false, resolve));
  }

  read(request: ReadRequest): ReadResult | Promise<ReadResult> {
    return this.#reader.read(request);
  }

  recordAt(physicalOffset: number): Promise<Uint8Array | undefined> {
    return this.#reader.recordAt(physicalOffset);
  }

  entryAt(topic: string, queueId: number, offset: number): Promise<QueueEntry | undefined> {
    return this.#reader.entryAt(topic, queueId, offset);
  }

  async storeTimestampAt(topic: string, queueId: number, offset: number): Promise<number | undefined> {
    const queue = this.#queues.find(topic, queueId);
    if (queue === undefined || offset < queue.minOffset || offset >= queue.end) return undefined;
    return queueTimestamp(this.#log, queue, offset);
  }

  minOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.minOffset ?? 0;
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.end ?? 0;
  }

  async offsetByTimestamp(
    topic: string,
    queueId: number,
    timestamp: number,
    boundary: 'LOWER' | 'UPPER' = 'LOWER',
  ): Promise<number> {
    const queue = this.#queues.find(topic, queueId);
    return queue === undefined ? 0 : searchByTimestamp(this.#log, queue, timestamp, boundary);
  }

  queueEnd(topic: string, queueId: number): Watermark {
    return this.#queues.findOrCreate(topic, queueId).watermark;
  }

  isInMemory(topic: string, queueId: number, offset: number): boolean {
    return this.#reader.isInMemory(topic, queueId, offset);
  }

  *queues(): IterableIterator<{ readonly topic: string; readonly queueId: number }> {
    for (const queue of this.#queues.all()) if (queue.exists) yield { topic: queue.topic, queueId: queue.queueId };
  }

  queryByKey(topic: string, key: string, maxNum: number, begin: number, end: number): Promise<KeyQueryResult> {
    const most = Math.min(maxNum, this.#options.maxMsgsNumBatch);
    return queryByKey(this.#index, this.#reader, { topic, key, maxNum: most, begin, end });
  }

  indexedOffset(): number {
    return this.#indexBuilder?.offset ?? 0;
  }

  status(): StoreStatus {
    const open = this.#state === 'open';
    return {
      condition: this.#gate.condition,
      commitLogMinOffset: this.#log.minOffset,
      commitLogMaxOffset: this.#log.maxOffset,
      flushedOffset: this.#flusher.flushed.value,
      dispatchBehindBytes: this.#log.maxOffset - this.#dispatcher.offset,
      earliestMessageTimestamp: open ? this.#earliestTimestamp() : -1,
      diskUsedRatio: open ? this.#cleaner.usedRatio() : 0,
    };
  }

  async deleteTopic(topic: string): Promise<void> {
    this.#batcher.flushTurn();
    this.#queues.destroyTopic(topic);
  }

  deleteExpired(): Promise<number> {
    return this.#cleaner.deleteExpired();
  }

  #refusal(): Refused | undefined {
    if (this.#gate.refusal !== undefined) return this.#gate.refusal;
    if (this.#durability.waitingPuts < this.#options.maxWaitingPuts) return undefined;
    const reason = `${this.#options.maxWaitingPuts} messages (maxWaitingPuts) wait for the disk already`;
    return { status: 'SERVICE_NOT_AVAILABLE', reason };
  }

  async #open(): Promise<void> {
    const { disk } = this.ports;
    const root = this.#options.storePathRootDir;
    refuseForeignFormat(disk, root);
    await makeDurableDirectory(disk, `${root}/consumequeue`);
    await makeDurableDirectory(disk, this.#log.directory);
    if (this.#indexBuilder !== undefined) await makeDurableDirectory(disk, `${root}/index`);
    const lock = await claim(disk, `${root}/lock`);
    this.#closing.push('lock', () => lock.release());
    this.#closing.push('files', () => this.#pool.closeAll());
    this.#closing.push('checkpoint', () => this.#checkpoint.close());
    const abort = `${root}/abort`;
    const crashed = disk.statSync(abort) !== undefined;
    await this.#recover(crashed);
    this.#indexBuilder?.start();
    disk.writeFileSync(abort, Buffer.from(String(process.pid)));
    await disk.syncDirectory(root);
    this.#closing.push('contents', () => this.#closeContents(abort));
    this.#closing.push('space watch', () => this.#space.close());
    this.#cleaner.start();
    this.#closing.push('cleaner', () => this.#cleaner.close());
    this.#queueFlusher.start();
    this.#closing.push('queue flusher', () => this.#queueFlusher.close());
    this.#state = 'open';
    this.#gate.open('closed');
  }

  async #recover(crashed: boolean): Promise<void> {
    const { codecs, logger } = this.ports;
    const { truncateDamagedCommitLog } = this.#options;
    this.#checkpoint.load();
    this.#log.load(crashed);
    this.#queues.load(crashed);
    this.#loadIndex(crashed);
    const parts = {
      log: this.#log,
      queues: this.#queues,
      tagsCodes: this.#tagsCodes,
      checkpoint: this.#checkpoint,
      codecs,
      logger,
    };
    const { end, lastTimestamp } = await recover(parts, { crashed, truncateDamagedCommitLog });
    this.#index.cutAt(end);
    if (crashed) await this.#log.files.syncEverything();
    this.#batcher.continueAfter(lastTimestamp);
    this.#dispatcher.continueAt(end, lastTimestamp);
    this.#flusher.start();
    if (crashed) await this.#queueFlusher.flushAll();
    logger.info('the message store is open', {
      crashed,
      commitLogMinOffset: this.#log.minOffset,
      commitLogMaxOffset: end,
    });
  }

  #loadIndex(crashed: boolean): void {
    const checkpoint = this.#checkpoint;
    this.#index.load(crashed, checkpoint.indexMsgTimestamp);
    // After a clean end all of it is on the disk, which Apache's checkpoint says of full files only.
    if (!crashed) checkpoint.indexMsgTimestamp = Math.max(checkpoint.indexMsgTimestamp, this.#index.lastTimestamp);
  }

  async #closeContents(abort: string): Promise<void> {
    const { disk } = this.ports;
    this.#batcher.flushTurn();
    await this.#flusher.close();
    await this.#indexBuilder?.close();
    const safe = await this.#queueFlusher.flushAll();
    this.#queues.closeWatermarks();
    this.#log.appended.close();
    await this.#log.removeUnused();
    if (!safe) {
      this.ports.logger.error('the store was closed with parts that are not on the disk; the next start recovers them');
      return;
    }
    disk.removeSync(abort);
    await disk.syncDirectory(this.#options.storePathRootDir);
  }

  #writeFailed(error: unknown, bytes: number, doing: WriteStep): Refused {
    const reason = `${doing} failed: ${reasonOf(error)}`;
    if (error instanceof DiskError && error.code === 'NO_SPACE') return this.#space.outOfSpace(bytes, reason);
    this.ports.logger.error(reason, { error });
    return {
      status: doing === 'making a commit log file' ? 'CREATE_MAPPED_FILE_FAILED' : 'SERVICE_NOT_AVAILABLE',
      reason,
    };
  }

  #flushFailed(reason: string): void {
    this.#gate.shut('failed', reason);
    this.#durability.failed(reason);
  }

  #earliestTimestamp(): number {
    const offset = this.#log.minOffset;
    if (offset >= this.#log.maxOffset) return -1;
    if (this.#earliest.offset !== offset) {
      this.#earliest = { offset, timestamp: this.#log.storeTimestampSync(offset) ?? -1 };
    }
    return this.#earliest.timestamp;
  }
}

async function claim(disk: Ports['disk'], path: string): Promise<DiskLock> {
  try {
    return await disk.lock(path);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'LOCKED') throw error;
    throw new StoreError('LOCKED', `the store is open already: ${error.message}`, { cause: error });
  }
}

/** A message store in the directory of the options. Throws OptionsError; touches the disk only in `start`. */
export function openMessageStore(options: MessageStoreOptions, ports: StorePorts): MessageStore {
  return new LocalMessageStore(options, ports);
}
