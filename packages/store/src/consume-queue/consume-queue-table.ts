import type { Clock, Disk } from '@cometmq/runtime';
import { isQueueName } from '../admission.js';
import type { HandlePool } from '../segment/handle-pool.js';
import { ConsumeQueue, type QueueSurroundings } from './consume-queue.js';
import { ENTRY_BYTES } from './queue-entry.js';

export interface QueueTableOptions {
  readonly directory: string;
  /** Bytes per file; rounded up to whole entries. */
  readonly fileSize: number;
  /** Bound on the memory of all tails. */
  readonly maxTailBytes: number;
}

const QUEUE_NAME = /^\d+$/;
/** When so many queues cannot be written, the next ones cannot either. */
const MAX_FAILURES = 8;
const SYNCS_AT_A_TIME = 8;

/** All queues of a store. */
export class ConsumeQueueTable {
  readonly #topics = new Map<string, Map<number, ConsumeQueue>>();
  readonly #around: QueueSurroundings;
  /** Queues with a tail, the one that got it first in front. */
  readonly #tails = new Set<ConsumeQueue>();
  /** Queues with entries that are not in their files. */
  readonly #unwritten = new Set<ConsumeQueue>();
  /** Queues with files that are not known to be on stable storage. */
  readonly #unsynced = new Set<ConsumeQueue>();
  #tailBytes = 0;

  constructor(
    private readonly options: QueueTableOptions,
    clock: Clock,
    disk: Disk,
    pool: HandlePool,
  ) {
    const fileSize = Math.ceil(options.fileSize / ENTRY_BYTES) * ENTRY_BYTES;
    this.#around = { clock, disk, pool, directory: options.directory, fileSize };
  }

  get tailBytes(): number {
    return this.#tailBytes;
  }

  find(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#topics.get(topic)?.get(queueId);
  }

  findOrCreate(topic: string, queueId: number): ConsumeQueue {
    let queues = this.#topics.get(topic);
    if (queues === undefined) this.#topics.set(topic, (queues = new Map()));
    let queue = queues.get(queueId);
    if (queue === undefined) queues.set(queueId, (queue = new ConsumeQueue(topic, queueId, this.#around)));
    return queue;
  }

  *all(): IterableIterator<ConsumeQueue> {
    for (const topic of this.#topics.values()) yield* topic.values();
  }

  queuesOf(topic: string): ConsumeQueue[] {
    return [...(this.#topics.get(topic)?.values() ?? [])];
  }

  /** Finds the queues on the disk; their contents are recovery's business. */
  load(crashed: boolean): void {
    const { disk, directory } = this.#around;
    for (const topic of disk.listSync(directory)) {
      if (!topic.directory) continue;
      for (const entry of disk.listSync(`${directory}/${topic.name}`)) {
        if (!entry.directory || !QUEUE_NAME.test(entry.name)) continue;
        this.findOrCreate(topic.name, Number(entry.name))
          .openFiles()
          .load(crashed ? 'drop' : 'refuse');
      }
    }
  }

  /** Adds an entry and remembers that it has to be written. */
  push(queue: ConsumeQueue, physicalOffset: number, size: number, tagsCode: number): void {
    if (queue.gone) return;
    if (queue.tail?.isCrowded(queue.written) === true) this.#writeOne(queue);
    const before = queue.tail?.memory ?? 0;
    queue.push(physicalOffset, size, tagsCode);
    const grown = queue.tail!.memory - before;
    if (grown > 0) this.#grow(queue, grown);
    this.#unwritten.add(queue);
  }

  /** Forgets the queue's entries from `offset` on. */
  truncate(queue: ConsumeQueue, offset: number): void {
    queue.write();
    this.#forgetTail(queue);
    this.#unwritten.delete(queue);
    this.#unsynced.add(queue);
    queue.truncate(offset);
  }

  /** Queues that have entries only in memory. */
  get unwritten(): number {
    return this.#unwritten.size;
  }

  /** Writes what is only in memory, of `limit` queues at most, the longest waiting first. Throws the first failure. */
  writeSome(limit: number): void {
    const failures: unknown[] = [];
    let left = limit;
    for (const queue of this.#unwritten) {
      if (left-- === 0) break;
      this.#unwritten.delete(queue);
      this.#unsynced.add(queue);
      try {
        queue.write();
      } catch (error) {
        failures.push(error);
        this.#unwritten.add(queue);
        if (failures.length >= MAX_FAILURES) break;
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** What was written before the call is on stable storage when it resolves. */
  async syncAll(): Promise<void> {
    const queues = [...this.#unsynced];
    this.#unsynced.clear();
    for (let from = 0; from < queues.length; from += SYNCS_AT_A_TIME) {
      await Promise.all(queues.slice(from, from + SYNCS_AT_A_TIME).map((queue) => queue.sync()));
    }
  }

  destroyTopic(topic: string): void {
    // Nothing but a name of one of our directories may come near a removal.
    if (!isQueueName(topic, 0)) return;
    for (const queue of this.queuesOf(topic)) {
      this.#forget(queue);
      queue.destroy();
    }
    this.#topics.delete(topic);
    this.#around.disk.removeSync(`${this.options.directory}/${topic}`);
  }

  destroyAll(): void {
    for (const topic of this.#topics.keys()) this.destroyTopic(topic);
  }

  closeWatermarks(): void {
    for (const queue of this.all()) queue.closeWatermark();
  }

  #forgetTail(queue: ConsumeQueue): void {
    if (this.#tails.delete(queue)) this.#tailBytes -= queue.tail?.memory ?? 0;
  }

  #forget(queue: ConsumeQueue): void {
    this.#forgetTail(queue);
    this.#unwritten.delete(queue);
    this.#unsynced.delete(queue);
  }

  #grow(queue: ConsumeQueue, bytes: number): void {
    this.#tails.add(queue);
    this.#tailBytes += bytes;
    if (this.#tailBytes > this.options.maxTailBytes) this.#shrink(queue);
  }

  /** Takes the memory of tails that were not used for longest; entries that are nowhere else are written first. */
  #shrink(keep: ConsumeQueue): void {
    for (let looked = this.#tails.size * 2; looked > 0 && this.#tailBytes > this.options.maxTailBytes; looked--) {
      const [oldest] = this.#tails;
      if (oldest === undefined) return;
      this.#tails.delete(oldest);
      const tail = oldest.tail;
      if (tail === undefined) continue;
      if (oldest === keep || tail.used || !this.#release(oldest)) {
        tail.used = false;
        this.#tails.add(oldest);
      } else {
        this.#tailBytes -= tail.memory;
      }
    }
  }

  #release(queue: ConsumeQueue): boolean {
    return this.#writeOne(queue) && queue.releaseTail();
  }

  /** A failure leaves the entries in memory; `writeSome` meets it again and reports it. */
  #writeOne(queue: ConsumeQueue): boolean {
    try {
      this.#unsynced.add(queue);
      queue.write();
      return true;
    } catch {
      return false;
    }
  }
}
