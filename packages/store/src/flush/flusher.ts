import { type Clock, every, type Logger, type Timer, Watermark } from '@cometmq/runtime';
import type { CommitLog } from '../commit-log/commit-log.js';
import { reasonOf } from '../store-error.js';

const PAGE_BYTES = 4096;

export interface FlusherOptions {
  readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  readonly flushIntervalCommitLog: number;
  readonly flushCommitLogLeastPages: number;
  readonly flushCommitLogThoroughInterval: number;
}

export interface FlusherEvents {
  /** Everything below `offset` is on the disk. */
  readonly onFlushed: (offset: number) => void;
  /** A sync failed. The kernel may have dropped what was not on the disk, so no later sync can make up for it. */
  readonly onFailed: (reason: string) => void;
}

type FlusherState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'flushing' }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Brings the commit log to the disk: one sync at a time; whoever asks meanwhile shares the next one (group commit). After
 * a failed sync it does nothing any more: what was not on the disk before must not be called safe.
 */
export class Flusher {
  readonly flushed: Watermark;
  #state: FlusherState = { kind: 'idle' };
  #again = false;
  #running: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #lastFlushAt = 0;

  constructor(
    private readonly log: CommitLog,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: FlusherOptions,
    private readonly events: FlusherEvents,
  ) {
    this.flushed = new Watermark(clock);
  }

  /** What is in the log now was found on the disk. */
  start(): void {
    this.flushed.advance(this.log.maxOffset);
    this.#lastFlushAt = this.clock.monotonic();
    if (this.options.flushDiskType === 'SYNC_FLUSH') return;
    this.#timer = every(this.clock, this.options.flushIntervalCommitLog, () => this.#inTime(), {
      onError: (error) => this.logger.error('flushing the commit log failed', { error }),
    });
  }

  get failure(): string | undefined {
    return this.#state.kind === 'failed' ? this.#state.reason : undefined;
  }

  /** Asks for what has been appended so far to be flushed. */
  request(): void {
    if (this.#state.kind === 'failed') return;
    if (this.#state.kind === 'flushing') {
      this.#again = true;
      return;
    }
    this.#state = { kind: 'flushing' };
    this.#running = this.#run();
  }

  /** Resolves when all that was appended before is on the disk, or when that has failed. */
  async flushAll(): Promise<void> {
    if (this.flushed.value < this.log.maxOffset) this.request();
    for (let running: Promise<void> | undefined; running !== this.#running;) {
      running = this.#running;
      await running;
    }
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.flushAll();
    this.flushed.close();
  }

  #inTime(): void {
    const dirty = this.log.maxOffset - this.flushed.value;
    if (dirty === 0) return;
    const { flushCommitLogLeastPages, flushCommitLogThoroughInterval } = this.options;
    const thorough = this.clock.monotonic() - this.#lastFlushAt >= flushCommitLogThoroughInterval;
    if (thorough || dirty >= flushCommitLogLeastPages * PAGE_BYTES) this.request();
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#again = false;
        const target = this.log.maxOffset;
        await this.log.files.sync();
        this.#lastFlushAt = this.clock.monotonic();
        this.events.onFlushed(target);
        this.flushed.advance(target);
      } while (this.#again);
      this.#state = { kind: 'idle' };
    } catch (error) {
      const reason = `syncing the commit log failed, so the store takes no more messages: ${reasonOf(error)}`;
      this.#state = { kind: 'failed', reason };
      this.logger.error(reason, { error });
      this.events.onFailed(reason);
      this.flushed.close();
    }
  }
}
