import { type Random, randomInt } from '@cometmq/runtime';

/** What a disk writes as a whole or not at all. */
export const SECTOR_BYTES = 512;
/** Small, because a broker has very many files with very little in each. */
const CHUNK_SECTORS = 32;
const CHUNK_BYTES = CHUNK_SECTORS * SECTOR_BYTES;

const CLEAN = 0;
const DIRTY = 1;
/** Part of a sync that has not ended; a write makes it dirty again. */
const SYNCING = 2;

interface Chunk {
  /** As programs see it: the page cache. */
  readonly cached: Uint8Array;
  /** What a crash of the machine leaves; undefined while that is nothing but zeros. */
  stable: Uint8Array | undefined;
  readonly states: Uint8Array;
}

/** What a sync has to bring to stable storage. */
export interface SyncSet {
  readonly sectors: readonly (readonly [chunk: number, sector: number])[];
  readonly size: number;
}

/**
 * The bytes of a simulated file, sparse, in a page cache over stable storage. Every sector that is not synced survives a
 * crash of the machine or not, by chance and independently of its neighbours: so writes are lost, torn and reordered.
 */
export class SimFileContent {
  size = 0;
  #stableSize = 0;
  readonly #chunks = new Map<number, Chunk>();
  readonly #dirtyChunks = new Set<number>();

  /** Without tracking there is only the page cache: faster, and a crash loses nothing. */
  constructor(private readonly tracked: boolean) {}

  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - position));
    for (let done = 0; done < length;) {
      const at = position + done;
      const offset = at % CHUNK_BYTES;
      const count = Math.min(length - done, CHUNK_BYTES - offset);
      const chunk = this.#chunks.get((at - offset) / CHUNK_BYTES);
      if (chunk) into.set(chunk.cached.subarray(offset, offset + count), done);
      else into.fill(0, done, done + count);
      done += count;
    }
    return length;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const at = position + done;
      const offset = at % CHUNK_BYTES;
      const count = Math.min(bytes.length - done, CHUNK_BYTES - offset);
      const index = (at - offset) / CHUNK_BYTES;
      this.#chunk(index).cached.set(bytes.subarray(done, done + count), offset);
      this.#markDirty(index, offset, count);
      done += count;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  truncate(size: number): void {
    if (size < this.size) this.#clearFrom(size);
    this.size = size;
  }

  /** What is dirty now; from here on it is being synced. */
  beginSync(): SyncSet {
    const sectors: [number, number][] = [];
    for (const index of this.#dirtyChunks) {
      const { states } = this.#chunks.get(index)!;
      for (let sector = 0; sector < CHUNK_SECTORS; sector++) {
        if (states[sector] === CLEAN) continue;
        states[sector] = SYNCING;
        sectors.push([index, sector]);
      }
    }
    return { sectors, size: this.size };
  }

  /**
   * The sync has ended: what it covered is on stable storage. After a failure the kernel may forget that the sectors were
   * dirty (`dropped`): programs still read them, but they will not be written.
   */
  endSync(set: SyncSet, outcome: 'done' | 'failed' | 'dropped'): void {
    for (const [index, sector] of set.sectors) {
      const chunk = this.#chunks.get(index)!;
      if (outcome === 'done') copySector(chunk, sector);
      if (chunk.states[sector] === SYNCING) chunk.states[sector] = outcome === 'failed' ? DIRTY : CLEAN;
    }
    if (outcome === 'done') this.#stableSize = set.size;
    for (const index of this.#dirtyChunks) {
      if (this.#chunks.get(index)!.states.every((state) => state === CLEAN)) this.#dirtyChunks.delete(index);
    }
  }

  /** Power is lost: each sector that was not synced has reached the disk or not, and the length is the old or a newer one. */
  crash(random: Random): void {
    if (!this.tracked) return;
    const size = this.#sizeAfterCrash(random);
    for (const index of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      const chunk = this.#chunks.get(index)!;
      for (let sector = 0; sector < CHUNK_SECTORS; sector++) {
        if (chunk.states[sector] !== CLEAN && random.next() < 0.5) copySector(chunk, sector);
      }
      if (chunk.stable) chunk.cached.set(chunk.stable);
      else chunk.cached.fill(0);
      chunk.states.fill(CLEAN);
    }
    this.#dirtyChunks.clear();
    this.#clearFrom(size);
    this.size = size;
    const all = this.beginSync();
    this.endSync(all, 'done');
  }

  #sizeAfterCrash(random: Random): number {
    const low = Math.min(this.#stableSize, this.size);
    const high = Math.max(this.#stableSize, this.size);
    if (low === high) return high;
    const choice = randomInt(random, 3);
    if (choice < 2 || this.size < this.#stableSize) return choice === 0 ? this.#stableSize : this.size;
    const sectors = Math.ceil((high - low) / SECTOR_BYTES);
    return Math.min(high, low + randomInt(random, sectors + 1) * SECTOR_BYTES);
  }

  #clearFrom(size: number): void {
    for (const [index, chunk] of this.#chunks) {
      const from = Math.max(0, size - index * CHUNK_BYTES);
      if (from >= CHUNK_BYTES) continue;
      if (from === 0 && !this.tracked) this.#chunks.delete(index);
      else {
        chunk.cached.fill(0, from);
        this.#markDirty(index, from, CHUNK_BYTES - from);
      }
    }
  }

  #chunk(index: number): Chunk {
    let chunk = this.#chunks.get(index);
    if (!chunk) {
      chunk = {
        cached: new Uint8Array(CHUNK_BYTES),
        stable: undefined,
        states: new Uint8Array(this.tracked ? CHUNK_SECTORS : 0),
      };
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }

  #markDirty(index: number, offset: number, count: number): void {
    if (!this.tracked || count === 0) return;
    const first = Math.floor(offset / SECTOR_BYTES);
    const last = Math.floor((offset + count - 1) / SECTOR_BYTES);
    this.#chunks.get(index)!.states.fill(DIRTY, first, last + 1);
    this.#dirtyChunks.add(index);
  }
}

function copySector(chunk: Chunk, sector: number): void {
  const from = sector * SECTOR_BYTES;
  chunk.stable ??= new Uint8Array(CHUNK_BYTES);
  chunk.stable.set(chunk.cached.subarray(from, from + SECTOR_BYTES), from);
}
