import {
  BLANK_SIZE,
  bodyChecksum,
  MIN_RECORD_SIZE,
  RecordMagic,
  withTransactionType,
  writeInt32,
  writeRecord,
} from '@cometmq/protocol';
import type { Codecs, Disk } from '@cometmq/runtime';
import { segmentName } from '../segment/segment.js';
import { StoreError } from '../store-error.js';

/** Nobody reads it: its records count as rolled back, and those have no place in queues and index (store-format, 4.2, 7). */
const COVER_TOPIC = 'RMQ_SYS_REPAIRED';
const MAX_COVER_BYTES = 1 << 20;
const COPY_BYTES = 1 << 20;
const NO_HOST = new Uint8Array(8);

/** Writes into the files of a commit log in a directory that nobody else has open. */
export class LogSurgery {
  constructor(
    private readonly disk: Disk,
    private readonly codecs: Codecs,
    private readonly directory: string,
    private readonly fileSize: number,
    /** Where copies go. */
    private readonly aside: string,
  ) {}

  /** Gives every file its length. */
  async extendFiles(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const file = this.disk.openSync(`${this.directory}/${name}`, 'write');
      try {
        if (file.sizeSync() < this.fileSize) file.truncateSync(this.fileSize);
        await file.sync();
      } finally {
        file.closeSync();
      }
    }
  }

  /** Covers [offset, offset + size) of one file; `timestamp`: of a message near it. */
  async cover(fileStart: number, offset: number, size: number, timestamp: number): Promise<void> {
    const path = `${this.directory}/${segmentName(fileStart)}`;
    await this.copyAside(fileStart, offset, size);
    const file = this.disk.openSync(path, 'write');
    try {
      if (offset + size === fileStart + this.fileSize) file.writeSync(blank(size), offset - fileStart);
      else
        for (const bytes of this.#covers(offset, size, timestamp))
          file.writeSync(bytes.bytes, bytes.offset - fileStart);
      await file.sync();
    } finally {
      file.closeSync();
    }
  }

  /** Puts empty files where some are missing. */
  async fillGap(offset: number, size: number): Promise<void> {
    if (size % this.fileSize !== 0)
      throw new StoreError(
        'DAMAGED',
        `${size} bytes are missing in ${this.directory}, which are no whole files of ${this.fileSize}`,
      );
    for (let start = offset; start < offset + size; start += this.fileSize) {
      const file = this.disk.openSync(`${this.directory}/${segmentName(start)}`, 'create');
      try {
        file.truncateSync(this.fileSize);
        file.writeSync(blank(this.fileSize), 0);
        await file.sync();
      } finally {
        file.closeSync();
      }
    }
    await this.disk.syncDirectory(this.directory);
  }

  /** Clears a file from `offset` on. */
  async clearFrom(fileStart: number, offset: number): Promise<void> {
    const file = this.disk.openSync(`${this.directory}/${segmentName(fileStart)}`, 'write');
    try {
      file.truncateSync(offset - fileStart);
      file.truncateSync(this.fileSize);
      await file.sync();
    } finally {
      file.closeSync();
    }
  }

  /** Copies bytes of one file into a file of their own, which is on the disk when it resolves. */
  async copyAside(fileStart: number, offset: number, size: number): Promise<void> {
    const name = segmentName(fileStart);
    const directory = `${this.aside}/commitlog`;
    this.disk.makeDirectorySync(directory);
    const from = this.disk.openSync(`${this.directory}/${name}`, 'read');
    const to = this.disk.openSync(`${directory}/${name}.from-${offset}`, 'create');
    try {
      const block = new Uint8Array(COPY_BYTES);
      for (let done = 0; done < size;) {
        const part = block.subarray(0, Math.min(size - done, COPY_BYTES));
        const count = from.readSync(part, offset - fileStart + done);
        if (count === 0) break;
        to.writeSync(part.subarray(0, count), done);
        done += count;
      }
      await to.sync();
    } finally {
      from.closeSync();
      to.closeSync();
    }
    await this.disk.syncDirectory(directory);
  }

  *#covers(
    offset: number,
    size: number,
    timestamp: number,
  ): Generator<{ readonly offset: number; readonly bytes: Uint8Array }> {
    for (let at = offset, left = size; left > 0;) {
      const part = left > MAX_COVER_BYTES * 2 ? MAX_COVER_BYTES : left;
      yield { offset: at, bytes: this.#coverRecord(at, part, timestamp) };
      at += part;
      left -= part;
    }
  }

  #coverRecord(offset: number, size: number, timestamp: number): Uint8Array {
    const room = size - MIN_RECORD_SIZE;
    if (room < 1)
      throw new StoreError(
        'DAMAGED',
        `${size} bytes at log offset ${offset} are too few for a record that covers them`,
      );
    const topic = COVER_TOPIC.slice(0, room);
    const body = new Uint8Array(room - topic.length);
    const bytes = new Uint8Array(size);
    const record = {
      topic,
      queueId: 0,
      flag: 0,
      queueOffset: 0,
      physicalOffset: offset,
      sysFlag: withTransactionType(0, 'rollback'),
      bornTimestamp: timestamp,
      bornHost: NO_HOST,
      storeTimestamp: timestamp,
      storeHost: NO_HOST,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body,
      properties: '',
    };
    writeRecord(
      bytes,
      0,
      record,
      bodyChecksum((each) => this.codecs.crc32(each), body),
    );
    return bytes;
  }
}

/** The rest of a file that is not used (store-format, 2.1). */
function blank(size: number): Uint8Array {
  const bytes = new Uint8Array(BLANK_SIZE);
  writeInt32(bytes, 0, size);
  writeInt32(bytes, 4, RecordMagic.BLANK);
  return bytes;
}
