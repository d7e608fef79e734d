import type { Clock } from '@cometmq/runtime';
import type { AppendBatch, QueueCursor } from '../commit-log/append-batch.js';
import type { Flusher } from './flusher.js';

export interface DurabilityOptions {
  readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  readonly syncFlushTimeout: number;
}

/**
 * Answers puts when their messages are as safe as they have to be: in the kernel, or on the disk as well. A batch whose
 * messages may be seen is handed on first (`onConfirmed`), so that whoever is answered can read what was put.
 */
export class Durability<Q extends QueueCursor> {
  /** Written, and waiting for the disk; in the order of the log. */
  readonly #waiting: { readonly batch: AppendBatch<Q>; settled: boolean }[] = [];
  #waitingPuts = 0;

  constructor(
    private readonly flusher: Flusher,
    private readonly clock: Clock,
    private readonly options: DurabilityOptions,
    private readonly onConfirmed: (batch: AppendBatch<Q>) => void,
    private readonly recycle: (batch: AppendBatch<Q>) => void,
  ) {}

  /** Puts that have not been answered because the disk has not got them yet. */
  get waitingPuts(): number {
    return this.#waitingPuts;
  }

  written(batch: AppendBatch<Q>): void {
    if (this.options.flushDiskType === 'ASYNC_FLUSH') {
      this.onConfirmed(batch);
      answer(batch);
      this.recycle(batch);
      return;
    }
    this.#waitForDisk(batch);
  }

  /** The disk has everything below `offset`. */
  flushed(offset: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.batch.end <= offset) {
      const entry = this.#waiting.shift()!;
      this.onConfirmed(entry.batch);
      if (entry.settled) continue;
      entry.settled = true;
      this.#waitingPuts -= entry.batch.puts;
      answer(entry.batch);
    }
  }

  /** The disk will never get what waits: none of it is acknowledged, and nobody gets to see it. */
  failed(reason: string): void {
    for (const entry of this.#waiting.splice(0)) {
      if (entry.settled) continue;
      entry.settled = true;
      this.#waitingPuts -= entry.batch.puts;
      entry.batch.refuse({ status: 'SERVICE_NOT_AVAILABLE', reason });
    }
  }

  #waitForDisk(batch: AppendBatch<Q>): void {
    const { failure } = this.flusher;
    if (failure !== undefined) return batch.refuse({ status: 'SERVICE_NOT_AVAILABLE', reason: failure });
    const entry = { batch, settled: false };
    this.#waiting.push(entry);
    this.#waitingPuts += batch.puts;
    for (let index = 0; index < batch.puts; index++) {
      if (batch.waits[index] === false) batch.resolves[index]!(batch.results[index]!);
    }
    const deadline = this.clock.monotonic() + this.options.syncFlushTimeout;
    void this.flusher.flushed.reached(batch.end, deadline).then((reached) => {
      if (reached || entry.settled || this.flusher.failure !== undefined) return;
      entry.settled = true;
      this.#waitingPuts -= batch.puts;
      for (const [index, result] of batch.results.entries()) {
        if (batch.waits[index] === true) result.status = 'FLUSH_DISK_TIMEOUT';
      }
      answer(batch);
    });
    this.flusher.request();
  }
}

function answer(batch: AppendBatch): void {
  const { results, resolves } = batch;
  for (let index = 0; index < resolves.length; index++) resolves[index]!(results[index]!);
}
