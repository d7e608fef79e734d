import type { HandlePool } from './handle-pool.js';
import { PooledFile } from './pooled-file.js';

/** Name of the segment that begins at `start`: 20 decimal digits (store-format, 1.1). */
export function segmentName(start: number): string {
  return String(start).padStart(20, '0');
}

/** One file of a queue of files: the bytes [start, start + size) of the queue. Offsets given to it are those of the queue. */
export class Segment extends PooledFile {
  constructor(
    pool: HandlePool,
    private readonly directory: string,
    readonly start: number,
    size: number,
  ) {
    super(pool, size);
  }

  override get path(): string {
    return `${this.directory}/${segmentName(this.start)}`;
  }

  get end(): number {
    return this.start + this.size;
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.writeAtSync(bytes, offset - this.start);
  }

  readSync(into: Uint8Array, offset: number): number {
    return this.readAtSync(into, offset - this.start);
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.readAt(into, offset - this.start);
  }

  /** Everything from `offset` on reads as zeros again. */
  zeroFrom(offset: number): void {
    this.zeroFromAt(offset - this.start);
  }
}
