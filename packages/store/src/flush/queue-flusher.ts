import { type Clock, every, type Logger, type Timer } from '@cometmq/runtime';
import type { ConsumeQueueTable } from '../consume-queue/consume-queue-table.js';
import { reasonOf } from '../store-error.js';
import type { WriteGate } from '../write-gate.js';
import type { Checkpoint } from './checkpoint.js';
import type { Flusher } from './flusher.js';
import type { IndexFlusher } from './index-flusher.js';

export interface QueueFlusherOptions {
  readonly flushIntervalConsumeQueue: number;
  readonly flushConsumeQueueThoroughInterval: number;
}

export interface QueueFlusherParts {
  readonly queues: ConsumeQueueTable;
  readonly index: IndexFlusher;
  readonly flusher: Flusher;
  readonly checkpoint: Checkpoint;
  readonly gate: WriteGate;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Store time of the newest message that is in its queue. */
  readonly dispatchedTimestamp: () => number;
}

/** Queues written before other work gets its turn: a few milliseconds even when each has to be opened. */
const QUEUES_PER_TURN = 128;

/**
 * Brings entries of queues and index from memory into their files, and now and then log, queues and index to the disk,
 * which the checkpoint then says. Entries that are lost in a crash are built again from the log, so nobody waits for them.
 */
export class QueueFlusher {
  #timer: Timer | undefined;
  #syncedAt = 0;
  /** A sync of queues failed: only building them again from the log makes them safe, so the checkpoint stays. */
  #unsafe = false;
  #running = Promise.resolve(true);

  constructor(
    private readonly parts: QueueFlusherParts,
    private readonly options: QueueFlusherOptions,
  ) {}

  start(): void {
    const { clock, logger } = this.parts;
    this.#syncedAt = clock.monotonic();
    this.#timer = every(clock, this.options.flushIntervalConsumeQueue, () => this.#round(), {
      onError: (error) => logger.error('flushing the consume queues failed', { error }),
    });
  }

  /** Brings everything to the disk, one call after the other. True when log, queues and index are known to be there. */
  flushAll(): Promise<boolean> {
    return this.#inOrder(() => this.#flushAll());
  }

  #inOrder(task: () => Promise<boolean>): Promise<boolean> {
    this.#running = this.#running.then(task);
    return this.#running;
  }

  async #flushAll(): Promise<boolean> {
    const { queues, index, flusher, checkpoint } = this.parts;
    const timestamp = this.parts.dispatchedTimestamp();
    const indexMark = index.mark();
    if (!(await this.#write())) return false;
    await flusher.flushAll();
    if (flusher.failure !== undefined || this.#unsafe) return false;
    try {
      await queues.syncAll();
    } catch (error) {
      this.#unsafe = true;
      this.parts.logger.error('syncing the consume queues failed: they will be built again at the next start', {
        error,
      });
      return false;
    }
    const indexWritten = await index.write(indexMark);
    if (timestamp > 0) checkpoint.physicMsgTimestamp = checkpoint.logicsMsgTimestamp = timestamp;
    try {
      await checkpoint.save();
    } catch (error) {
      this.parts.logger.error('the checkpoint could not be saved: the next start looks further back', { error });
      return false;
    }
    return indexWritten && (await index.commit(indexMark));
  }

  /** Writes the entries that are only in memory; while that fails no messages are taken, so memory stays bounded. */
  async #write(): Promise<boolean> {
    const { queues, index, gate, clock } = this.parts;
    index.writeSome();
    try {
      // Those that are waiting now; what comes meanwhile stands behind them.
      for (let left = queues.unwritten; left > 0; left -= QUEUES_PER_TURN) {
        queues.writeSome(QUEUES_PER_TURN);
        if (left > QUEUES_PER_TURN) await new Promise<void>((resolve) => clock.afterTurn(resolve));
      }
      gate.open('queues');
      return true;
    } catch (error) {
      gate.shut('queues', `consume queues cannot be written: ${reasonOf(error)}`);
      return false;
    }
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#running;
  }

  async #round(): Promise<void> {
    const now = this.parts.clock.monotonic();
    if (now - this.#syncedAt < this.options.flushConsumeQueueThoroughInterval) {
      await this.#inOrder(() => this.#write());
      return;
    }
    this.#syncedAt = now;
    await this.flushAll();
  }
}
