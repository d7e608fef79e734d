import type { Clock, Disk, Logger, Timer } from '@cometmq/runtime';
import type { Refused } from '../ports.js';
import type { WriteGate } from '../write-gate.js';

const RETRY_MS = 1000;
/** Wanted besides what did not fit: queues and checkpoint need space, too. */
const SPARE_BYTES = 64 << 10;

/** After a write that found no space: refuses puts, and takes them again when there is room for what did not fit. */
export class SpaceWatch {
  #timer: Timer | undefined;
  #wantedBytes = 0;
  #closed = false;

  constructor(
    private readonly directory: string,
    private readonly gate: WriteGate,
    private readonly clock: Clock,
    private readonly disk: Disk,
    private readonly logger: Logger,
  ) {}

  outOfSpace(bytes: number, reason: string): Refused {
    this.#wantedBytes = bytes + SPARE_BYTES;
    if (!this.gate.has('no space'))
      this.logger.error('disk full: no more messages are taken until there is space', { reason });
    this.#wait();
    this.gate.shut('no space', `disk full: ${reason}`);
    return this.gate.refusal!;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.clock.schedule(RETRY_MS, () => this.#look(), { background: true });
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#freeBytes() < this.#wantedBytes) return this.#wait();
    this.logger.info('there is space again: messages are taken');
    this.gate.open('no space');
  }

  /** A look that fails decides nothing: the next write does. */
  #freeBytes(): number {
    try {
      return this.disk.usageSync(this.directory).freeBytes;
    } catch {
      return Number.MAX_SAFE_INTEGER;
    }
  }
}
