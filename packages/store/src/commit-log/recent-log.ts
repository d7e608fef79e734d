/** A stretch of the log in memory, filled from `base` on; it never crosses the end of a file. */
export class LogChunk {
  readonly view: DataView;
  /** Bytes encoded so far. */
  used = 0;
  /** Somebody may hold views of it, so its memory cannot be used again. */
  lent = false;

  constructor(
    readonly bytes: Buffer,
    public base: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get room(): number {
    return this.bytes.length - this.used;
  }

  get end(): number {
    return this.base + this.used;
  }
}

/**
 * The newest part of the commit log as it was encoded: records are written from here and read from here, without a copy
 * or a system call. At most `maxBytes` are kept (one chunk always is); what is older is given back.
 */
export class RecentLog {
  readonly #chunks: LogChunk[] = [];
  #bytes = 0;
  #spare: LogChunk | undefined;

  constructor(
    private readonly chunkBytes: number,
    private readonly maxBytes: number,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Offset of the oldest byte in memory; undefined while there is none. */
  get start(): number | undefined {
    return this.#chunks[0]?.base;
  }

  /** A new chunk behind all others, for records from log offset `base` on. */
  open(base: number, minBytes: number): LogChunk {
    const size = Math.max(this.chunkBytes, minBytes);
    while (this.#chunks.length > 0 && this.#bytes + size > this.maxBytes) this.#dropOldest();
    const chunk = this.#reuse(size, base) ?? new LogChunk(Buffer.allocUnsafeSlow(size), base);
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    return chunk;
  }

  /** The bytes [offset, offset + size) of the log, or undefined when they are not all in memory. */
  find(offset: number, size: number): Uint8Array | undefined {
    const chunk = this.#chunkOf(offset);
    if (chunk === undefined) return undefined;
    const at = offset - chunk.base;
    if (at + size > chunk.used) return undefined;
    chunk.lent = true;
    return chunk.bytes.subarray(at, at + size);
  }

  has(offset: number): boolean {
    return this.#chunkOf(offset) !== undefined;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.#spare = undefined;
  }

  #chunkOf(offset: number): LogChunk | undefined {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length - 1;
    // Most reads are of the newest chunk.
    if (high >= 0 && chunks[high]!.base <= offset) low = high;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const chunk = chunks[middle]!;
      if (offset < chunk.base) high = middle - 1;
      else if (offset >= chunk.end) low = middle + 1;
      else return chunk;
    }
    return undefined;
  }

  #dropOldest(): void {
    const chunk = this.#chunks.shift()!;
    this.#bytes -= chunk.bytes.length;
    if (!chunk.lent && chunk.bytes.length === this.chunkBytes) this.#spare = chunk;
  }

  #reuse(size: number, base: number): LogChunk | undefined {
    const chunk = this.#spare;
    if (chunk === undefined || size > chunk.bytes.length) return undefined;
    this.#spare = undefined;
    chunk.base = base;
    chunk.used = 0;
    return chunk;
  }
}
