import type { Disk, DiskFile } from '@cometmq/runtime';

/** Length of the file; five int64 stand at its start, in this order (store-format, section 8). */
const FILE_BYTES = 4096;
const FIELDS = [
  'physicMsgTimestamp',
  'logicsMsgTimestamp',
  'indexMsgTimestamp',
  'masterFlushedOffset',
  'confirmPhyOffset',
] as const;
/** Clocks of log and queues are compared with this much doubt. */
const DOUBT_MS = 3000;

/** Up to which store time log, queues and index are known to be on the disk: where recovery begins after a crash. */
export class Checkpoint {
  physicMsgTimestamp = 0;
  logicsMsgTimestamp = 0;
  indexMsgTimestamp = 0;
  masterFlushedOffset = 0;
  confirmPhyOffset = 0;
  #file: DiskFile | undefined;
  #saved = '';

  constructor(
    private readonly disk: Disk,
    private readonly path: string,
  ) {}

  /** What is older is on the disk, in the log as in the queues. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - DOUBT_MS);
  }

  load(): void {
    const bytes = this.disk.readFileSync(this.path);
    if (bytes === undefined || bytes.length < FIELDS.length * 8) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [index, field] of FIELDS.entries()) {
      const value = view.getInt32(index * 8) * 0x1_0000_0000 + view.getUint32(index * 8 + 4);
      this[field] = Number.isSafeInteger(value) ? Math.max(0, value) : 0;
    }
    this.#saved = this.#text();
  }

  /** Writes it if it has changed, and waits for the disk. */
  async save(): Promise<void> {
    const text = this.#text();
    if (text === this.#saved) return;
    this.#file ??= this.disk.openSync(this.path, 'create');
    if (this.#file.sizeSync() < FILE_BYTES) this.#file.truncateSync(FILE_BYTES);
    const bytes = new Uint8Array(FIELDS.length * 8);
    const view = new DataView(bytes.buffer);
    for (const [index, field] of FIELDS.entries()) {
      view.setInt32(index * 8, Math.floor(this[field] / 0x1_0000_0000));
      view.setInt32(index * 8 + 4, this[field] | 0);
    }
    this.#file.writeSync(bytes, 0);
    await this.#file.sync();
    this.#saved = text;
  }

  close(): void {
    this.#file?.closeSync();
    this.#file = undefined;
  }

  #text(): string {
    return FIELDS.map((field) => this[field]).join(' ');
  }
}
