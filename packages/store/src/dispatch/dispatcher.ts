import type { AppendBatch } from '../commit-log/append-batch.js';
import type { ConsumeQueue } from '../consume-queue/consume-queue.js';
import type { ConsumeQueueTable } from '../consume-queue/consume-queue-table.js';
import type { IndexBuilder } from './index-builder.js';

/**
 * Makes messages visible: adds their positions to the queues and wakes whoever waits there. Batches come from the writer
 * in the order of the log, with all that is needed, so the log is not read back.
 */
export class Dispatcher {
  #offset = 0;
  #timestamp = 0;

  constructor(
    private readonly queues: ConsumeQueueTable,
    private readonly index?: IndexBuilder,
  ) {}

  /** Everything below has reached its queue. */
  get offset(): number {
    return this.#offset;
  }

  /** Store time of the newest message that has reached its queue. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** Recovery has brought the queues up to here. */
  continueAt(offset: number, timestamp: number): void {
    this.#offset = offset;
    this.#timestamp = timestamp;
  }

  dispatch(batch: AppendBatch<ConsumeQueue>): void {
    const { queues, offsets, sizes, tagsCodes } = batch;
    for (let index = 0; index < queues.length; index++) {
      const queue = queues[index]!;
      this.queues.push(queue, offsets[index]!, sizes[index]!, tagsCodes[index]!);
      // The next record of another queue, or none: announcing each run of one queue once is enough.
      if (queues[index + 1] !== queue) queue.announce();
    }
    this.index?.add(batch);
    this.#offset = batch.end;
    this.#timestamp = batch.storeTimestamp;
  }
}
