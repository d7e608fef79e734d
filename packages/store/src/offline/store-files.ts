import { type Codecs, decodeUtf8, type Disk } from '@cometmq/runtime';
import { foreignFormat } from '../foreign-format.js';
import { HandlePool } from '../segment/handle-pool.js';
import { StoreError } from '../store-error.js';
import { FileRow } from './file-row.js';
import { QueueRow } from './queue-row.js';
import { readOnlyDisk } from './read-only-disk.js';

const QUEUE_NAME = /^\d{1,10}$/;
const INDEX_NAME = /^\d{1,19}$/;

export interface StoreFilesOptions {
  /** Directory of the commit log; default `commitlog` in the store's directory. */
  readonly storePathCommitLog?: string | undefined;
  /** Bytes of a commit log file; default: the length of the longest. */
  readonly mappedFileSizeCommitLog?: number | undefined;
  /** Bytes of a consume queue file; default: the length of the longest. */
  readonly mappedFileSizeConsumeQueue?: number | undefined;
  /** Open files at a time. Default 64; from 1. */
  readonly maxOpenFiles?: number | undefined;
}

export interface OfflinePorts {
  readonly disk: Disk;
  readonly codecs: Codecs;
}

/** Where the files of a store are; for reading only. Each call looks at the disk again: a broker may be at work there. */
export class StoreFiles {
  readonly disk: Disk;
  readonly codecs: Codecs;
  readonly pool: HandlePool;
  readonly logDirectory: string;

  /** Throws StoreError: UNSUPPORTED for a format that cannot be read, NOT_FOUND when there is no store. */
  constructor(
    readonly root: string,
    { disk, codecs }: OfflinePorts,
    private readonly options: StoreFilesOptions = {},
  ) {
    const reason = foreignFormat(disk, root);
    if (reason !== undefined) throw new StoreError('UNSUPPORTED', reason);
    this.logDirectory = options.storePathCommitLog ?? `${root}/commitlog`;
    if (disk.statSync(this.logDirectory)?.directory !== true) {
      throw new StoreError('NOT_FOUND', `${root} is no store: ${this.logDirectory} is missing`);
    }
    this.codecs = codecs;
    this.disk = readOnlyDisk(disk);
    this.pool = new HandlePool(this.disk, options.maxOpenFiles ?? 64);
  }

  log(): FileRow {
    return new FileRow(this.disk, this.pool, this.logDirectory, this.options.mappedFileSizeCommitLog);
  }

  *queueNames(): Generator<{ readonly topic: string; readonly queueId: number }> {
    const directory = `${this.root}/consumequeue`;
    for (const topic of this.disk.listSync(directory)) {
      if (!topic.directory) continue;
      const ids = this.disk
        .listSync(`${directory}/${topic.name}`)
        .filter((each) => each.directory && QUEUE_NAME.test(each.name));
      for (const queueId of ids.map(({ name }) => Number(name)).toSorted((a, b) => a - b))
        yield { topic: topic.name, queueId };
    }
  }

  /** `fileSize`: what is known of its length from elsewhere. */
  queue(topic: string, queueId: number, fileSize = this.options.mappedFileSizeConsumeQueue): QueueRow {
    return new QueueRow(
      new FileRow(this.disk, this.pool, this.queueDirectory(topic, queueId), fileSize),
      topic,
      queueId,
    );
  }

  /** Bytes of a consume queue file; 0 when there is none. */
  queueFileSize(): number {
    const { mappedFileSizeConsumeQueue } = this.options;
    if (mappedFileSizeConsumeQueue !== undefined) return mappedFileSizeConsumeQueue;
    let size = 0;
    for (const { topic, queueId } of this.queueNames())
      size = Math.max(size, this.queue(topic, queueId).files.fileSize);
    return size;
  }

  queueDirectory(topic: string, queueId: number): string {
    return `${this.root}/consumequeue/${topic}/${queueId}`;
  }

  /** Names of the index files, oldest first. */
  indexFiles(): string[] {
    return this.disk
      .listSync(`${this.root}/index`)
      .filter(({ name, directory }) => !directory && INDEX_NAME.test(name))
      .map(({ name }) => name);
  }

  /** Text of a small file; undefined when there is none. */
  text(name: string): string | undefined {
    const bytes = this.disk.readFileSync(`${this.root}/${name}`);
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }

  close(): void {
    this.pool.closeAll();
  }
}
