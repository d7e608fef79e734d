import { type ConsumerOffsetFile, type DataVersion, nextDataVersion } from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';
import type { ConfigFile } from '../metadata/config-file.js';

export interface ConsumerOffsetsOptions {
  /** The data version advances once per so many commits. */
  readonly consumerOffsetUpdateVersionStep: number;
  /** Changes that are written ahead of the interval. */
  readonly flushConsumerOffsetDirtyCount: number;
}

const keyOf = (topic: string, group: string): string => `${topic}@${group}`;

/**
 * What groups have consumed, as in `consumerOffset.json`. A commit only changes memory; `flush` writes when something
 * changed. Pulled offsets are remembered in memory only, for the statistics.
 */
export class ConsumerOffsets {
  readonly #offsets = new Map<string, Map<number, number>>();
  readonly #pulled = new Map<string, Map<number, number>>();
  /** Offsets that an administrator has set and that the group has not heard of yet; at most one per entry of `#offsets`. */
  readonly #resets = new Map<string, Map<number, number>>();
  #version: DataVersion;
  #commits = 0;
  #dirty = 0;

  constructor(
    private readonly file: ConfigFile<ConsumerOffsetFile>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly options: ConsumerOffsetsOptions,
    private readonly onFlushFailure: (error: unknown) => void,
  ) {
    this.#version = { counter: 0, stateVersion: 0, timestamp: clock.now() };
  }

  get version(): DataVersion {
    return this.#version;
  }

  /** Entries of the table, one per topic and group: a gauge. */
  get size(): number {
    return this.#offsets.size;
  }

  load(): void {
    const loaded = this.file.load();
    for (const [key, queues] of loaded?.offsetTable ?? []) this.#offsets.set(key, new Map(queues));
    if (loaded?.dataVersion !== undefined) this.#version = loaded.dataVersion;
  }

  /** The committed offset; -1 when there is none (or somebody committed a negative one). */
  query(group: string, topic: string, queueId: number): number {
    return this.#offsets.get(keyOf(topic, group))?.get(queueId) ?? -1;
  }

  /** Any value is taken, smaller ones too: consumers reset by it (broker-semantics, 4.1). */
  commit(group: string, topic: string, queueId: number, offset: number): void {
    const key = keyOf(topic, group);
    let queues = this.#offsets.get(key);
    if (queues === undefined) this.#offsets.set(key, (queues = new Map()));
    const changed = queues.get(queueId) !== offset;
    queues.set(queueId, offset);
    if (changed) this.#touched();
    if (++this.#commits % this.options.consumerOffsetUpdateVersionStep === 0) {
      this.#version = nextDataVersion(this.#version, this.clock.now());
    }
  }

  /** Moves a group: stored, and kept for the consumer's next pull. Until then its commits do not count (broker-semantics, 4.6). */
  reset(group: string, topic: string, queueId: number, offset: number): void {
    this.commit(group, topic, queueId, offset);
    const key = keyOf(topic, group);
    let queues = this.#resets.get(key);
    if (queues === undefined) this.#resets.set(key, (queues = new Map()));
    queues.set(queueId, offset);
  }

  hasReset(group: string, topic: string, queueId: number): boolean {
    return this.#resets.size > 0 && this.#resets.get(keyOf(topic, group))?.has(queueId) === true;
  }

  /** The offset that a group was moved to and hears of now; undefined when there is none. */
  takeReset(group: string, topic: string, queueId: number): number | undefined {
    if (this.#resets.size === 0) return undefined;
    const key = keyOf(topic, group);
    const queues = this.#resets.get(key);
    const offset = queues?.get(queueId);
    if (queues?.delete(queueId) === true && queues.size === 0) this.#resets.delete(key);
    return offset;
  }

  /** Remembers how far a group has pulled. */
  notePulled(group: string, topic: string, queueId: number, offset: number): void {
    const key = keyOf(topic, group);
    let queues = this.#pulled.get(key);
    if (queues === undefined) this.#pulled.set(key, (queues = new Map()));
    queues.set(queueId, offset);
  }

  pulled(group: string, topic: string, queueId: number): number {
    return this.#pulled.get(keyOf(topic, group))?.get(queueId) ?? -1;
  }

  /** Topics that a group has offsets of. */
  topicsOf(group: string): string[] {
    const suffix = `@${group}`;
    return [...this.#offsets.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length));
  }

  groupsOf(topic: string): string[] {
    const prefix = `${topic}@`;
    return [...this.#offsets.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  removeGroup(group: string): void {
    this.#remove((key) => key.endsWith(`@${group}`));
  }

  removeTopic(topic: string): void {
    this.#remove((key) => key.startsWith(`${topic}@`));
  }

  /** Writes the file if anything changed since the last time. */
  async flush(): Promise<void> {
    if (this.#dirty === 0) return;
    const dirty = this.#dirty;
    this.#dirty = 0;
    try {
      await this.file.save(() => this.snapshot());
    } catch (error) {
      this.#dirty += dirty;
      throw error;
    }
  }

  /** The content of `consumerOffset.json`. */
  snapshot(): ConsumerOffsetFile {
    const groupTopicMap = new Map<string, string[]>();
    for (const key of this.#offsets.keys()) {
      const at = key.lastIndexOf('@');
      const group = key.slice(at + 1);
      const topics = groupTopicMap.get(group);
      if (topics === undefined) groupTopicMap.set(group, [key.slice(0, at)]);
      else topics.push(key.slice(0, at));
    }
    return { dataVersion: this.#version, groupTopicMap, offsetTable: this.#offsets };
  }

  #remove(matches: (key: string) => boolean): void {
    for (const key of this.#offsets.keys()) {
      if (!matches(key)) continue;
      this.#offsets.delete(key);
      this.#touched();
    }
    for (const table of [this.#pulled, this.#resets]) {
      for (const key of table.keys()) if (matches(key)) table.delete(key);
    }
  }

  #touched(): void {
    if (++this.#dirty === this.options.flushConsumerOffsetDirtyCount) this.flush().catch(this.onFlushFailure);
  }
}
