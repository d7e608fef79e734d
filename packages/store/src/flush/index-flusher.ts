import type { Logger } from '@cometmq/runtime';
import type { HashIndex, IndexMark } from '../index/hash-index.js';
import { reasonOf } from '../store-error.js';
import type { Checkpoint } from './checkpoint.js';

/**
 * Brings the index to the disk: entries and slots first, then the checkpoint, the headers last. So a header that is found
 * after a crash tells only of what is there, and the rule by which files are kept then (endTimestamp is not above the
 * checkpoint's) holds for it.
 */
export class IndexFlusher {
  /** A sync failed: what the kernel dropped is unknown, so only what was safe before counts until the next start. */
  #unsafe = false;
  #failing = false;

  constructor(
    private readonly index: HashIndex,
    private readonly checkpoint: Checkpoint,
    private readonly logger: Logger,
  ) {}

  /** Brings new entries from memory into their file; what cannot be written stays in memory, which is bounded. */
  writeSome(): void {
    try {
      this.index.writeEntries();
      this.#failing = false;
    } catch (error) {
      this.#report(error);
    }
  }

  /** What a flush that begins now covers. Messages up to here have to be on the disk before `write`. */
  mark(): IndexMark | undefined {
    return this.index.mark();
  }

  /** Brings entries and slots to the disk and tells the checkpoint, which is to be saved next. False when that failed. */
  async write(mark: IndexMark | undefined): Promise<boolean> {
    if (this.#unsafe) return false;
    if (mark === undefined) return true;
    try {
      await this.index.write(mark);
    } catch (error) {
      this.#report(error);
      return false;
    }
    if (!(await this.#sync(() => this.index.sync(mark)))) return false;
    this.checkpoint.indexMsgTimestamp = Math.max(this.checkpoint.indexMsgTimestamp, mark.endTimestamp);
    return true;
  }

  /** Writes the headers, when the checkpoint is saved. */
  async commit(mark: IndexMark | undefined): Promise<boolean> {
    return !this.#unsafe && (mark === undefined || (await this.#sync(() => this.index.commit(mark))));
  }

  async #sync(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      this.#unsafe = true;
      this.#report(error);
      return false;
    }
  }

  #report(error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    this.logger.error(`the index of message keys cannot be brought to the disk: ${reasonOf(error)}`, { error });
  }
}
