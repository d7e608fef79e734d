import type { PutResult, Stored } from '../ports.js';
import type { LogChunk } from './recent-log.js';

/** What the log needs of a queue to append to it. */
export interface QueueCursor {
  /** Queue offset of the next message that is appended. */
  nextOffset: number;
}

export type Resolve = (result: PutResult) => void;

/** A `Stored` whose status is settled when the flush is over. */
export interface PendingStored extends Stored {
  status: Stored['status'];
}

/**
 * What is appended with one write: side by side in one file and in one chunk of memory. Parallel arrays instead of an
 * object per message; all are used again for the next batch.
 */
export class AppendBatch<Q extends QueueCursor = QueueCursor> {
  chunk: LogChunk | undefined = undefined;
  start = 0;
  end = 0;
  storeTimestamp = 0;

  /** One element per record that belongs into a queue. */
  readonly queues: Q[] = [];
  readonly offsets: number[] = [];
  readonly sizes: number[] = [];
  readonly tagsCodes: number[] = [];

  /** One element per key of a message, for the index. */
  readonly keyHashes: number[] = [];
  readonly keyOffsets: number[] = [];

  /** One element per put. */
  readonly results: PendingStored[] = [];
  readonly resolves: Resolve[] = [];
  readonly waits: boolean[] = [];

  get puts(): number {
    return this.results.length;
  }

  clear(): void {
    this.chunk = undefined;
    this.queues.length = 0;
    this.offsets.length = 0;
    this.sizes.length = 0;
    this.tagsCodes.length = 0;
    this.keyHashes.length = 0;
    this.keyOffsets.length = 0;
    this.results.length = 0;
    this.resolves.length = 0;
    this.waits.length = 0;
  }

  /** Tells every put that nothing of it was stored. */
  refuse(result: PutResult): void {
    for (const resolve of this.resolves) resolve(result);
  }

  /** Gives the queue offsets back, newest first. */
  takeBack(): void {
    for (const queue of this.queues) queue.nextOffset--;
  }
}
