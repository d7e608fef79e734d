import { checkRecord, recordPhysicalOffset, recordTotalSize } from '@cometmq/protocol';
import type { Codecs } from '@cometmq/runtime';
import type { FileRow } from './file-row.js';

/** Read in one go: neighbours are often asked for next. */
const WINDOW_BYTES = 64 << 10;
const HEAD_BYTES = 36;

/** Reads records at given places, near each other at little cost. */
export class RecordSource {
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(
    private readonly log: FileRow,
    private readonly codecs: Codecs,
  ) {}

  /** The sound record that begins at `offset`, as bytes of its own; undefined when there is none. */
  async read(offset: number): Promise<Uint8Array | undefined> {
    const record = await this.view(offset);
    return record === undefined ? undefined : Uint8Array.from(record);
  }

  /** As `read`: bytes that are good until the next call. */
  async view(offset: number): Promise<Uint8Array | undefined> {
    if (!Number.isSafeInteger(offset) || offset < 0) return undefined;
    const head = await this.#bytes(offset, HEAD_BYTES);
    if (head.length < HEAD_BYTES) return undefined;
    const size = recordTotalSize(head);
    if (size <= HEAD_BYTES || size > this.log.fileSize) return undefined;
    const record = await this.#bytes(offset, size);
    const check = { crc32: (body: Uint8Array) => this.codecs.crc32(body), checkCrc: true };
    if (record.length < size || checkRecord(record, 0, check) !== 'ok') return undefined;
    return recordPhysicalOffset(record) === offset ? record : undefined;
  }

  async #bytes(offset: number, size: number): Promise<Buffer> {
    if (offset < this.#start || offset + size > this.#start + this.#window.length) {
      this.#window = await this.log.read(offset, Math.max(size, WINDOW_BYTES));
      this.#start = offset;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + size);
  }
}
