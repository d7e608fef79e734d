import { type Disk, DiskError } from '@cometmq/runtime';
import type { HandlePool } from '../segment/handle-pool.js';
import { Segment } from '../segment/segment.js';

const SEGMENT_NAME = /^\d{20}$/;

/**
 * The files of one log or queue as they are found, for reading only: nothing is expected of their lengths, and one that
 * goes while it is read is as good as not there.
 */
export class FileRow {
  readonly segments: readonly Segment[];
  /** Bytes that a file has here: as given, else the greatest length, which all but damaged ones have. */
  readonly fileSize: number;

  constructor(
    disk: Disk,
    pool: HandlePool,
    readonly directory: string,
    fileSize?: number,
  ) {
    const segments: Segment[] = [];
    for (const { name, directory: isDirectory } of disk.listSync(directory)) {
      if (isDirectory || !SEGMENT_NAME.test(name) || !Number.isSafeInteger(Number(name))) continue;
      const size = disk.statSync(`${directory}/${name}`)?.size ?? 0;
      segments.push(new Segment(pool, directory, Number(name), size));
    }
    this.segments = segments;
    this.fileSize = fileSize ?? Math.max(0, ...segments.map(({ size }) => size));
  }

  get first(): Segment | undefined {
    return this.segments[0];
  }

  get last(): Segment | undefined {
    return this.segments[this.segments.length - 1];
  }

  get start(): number {
    return this.first?.start ?? 0;
  }

  /** One past the last byte that a file could have. */
  get end(): number {
    return this.last === undefined ? 0 : this.last.start + this.fileSize;
  }

  /** Place in `segments` of the file that `offset` belongs to; -1 when there is none. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.segments[middle]!.start <= offset) low = middle + 1;
      else high = middle;
    }
    const segment = this.segments[low - 1];
    return segment !== undefined && offset < segment.start + this.fileSize ? low - 1 : -1;
  }

  find(offset: number): Segment | undefined {
    return this.segments[this.indexOf(offset)];
  }

  /** Reads from `offset` on, within one file; fewer bytes than asked for when there are no more. */
  async read(offset: number, size: number): Promise<Buffer> {
    const segment = this.find(offset);
    const length = segment === undefined ? 0 : Math.max(0, Math.min(size, segment.end - offset));
    if (segment === undefined || length === 0) return Buffer.alloc(0);
    const bytes = Buffer.allocUnsafeSlow(length);
    try {
      return bytes.subarray(0, await segment.read(bytes, offset));
    } catch (error) {
      if (error instanceof DiskError && error.code === 'NOT_FOUND') return Buffer.alloc(0);
      throw error;
    }
  }
}
