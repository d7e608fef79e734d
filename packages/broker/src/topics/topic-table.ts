import {
  type DataVersion,
  nextDataVersion,
  type TopicConfig,
  type TopicConfigSerializeWrapper,
} from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';
import type { ConfigFile } from '../metadata/config-file.js';
import { sameTopic } from './topic-config.js';

/** Called with the topics that were made or changed, or the names that went. */
export type TopicListener = (changed: readonly TopicConfig[], removed: readonly string[]) => void;

/**
 * The topics of this broker, as in `topics.json`. Every change is written at once; the promise it returns resolves when
 * it is on stable storage. The configs are immutable: a change replaces them.
 */
export class TopicTable {
  readonly #topics = new Map<string, TopicConfig>();
  /** Being written for the first time. */
  readonly #making = new Map<string, Promise<TopicConfig>>();
  #version: DataVersion;
  readonly #listeners: TopicListener[] = [];

  constructor(
    private readonly file: ConfigFile<TopicConfigSerializeWrapper>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.#version = { counter: 0, stateVersion: 0, timestamp: clock.now() };
  }

  get version(): DataVersion {
    return this.#version;
  }

  get size(): number {
    return this.#topics.size;
  }

  /** Reads the file, then adds what is missing of `builtIn`. */
  load(builtIn: readonly TopicConfig[]): void {
    const loaded = this.file.load();
    // The key counts, as in Apache's table.
    for (const [topicName, config] of loaded?.topicConfigTable ?? [])
      this.#topics.set(topicName, { ...config, topicName });
    if (loaded !== undefined) this.#version = loaded.dataVersion;
    for (const config of builtIn) {
      if (!this.#topics.has(config.topicName)) this.#topics.set(config.topicName, config);
    }
  }

  get(topic: string): TopicConfig | undefined {
    return this.#topics.get(topic);
  }

  all(): Iterable<TopicConfig> {
    return this.#topics.values();
  }

  onChange(listener: TopicListener): void {
    this.#listeners.push(listener);
  }

  /** Makes or replaces topics; those that stand unchanged count as no change. When it rejects nothing has changed. */
  async put(...configs: readonly TopicConfig[]): Promise<void> {
    const changed = configs.filter((config) => {
      const stored = this.#topics.get(config.topicName);
      return stored === undefined || !sameTopic(stored, config);
    });
    if (changed.length === 0) return;
    const before = changed.map(({ topicName }) => this.#topics.get(topicName));
    for (const config of changed) this.#topics.set(config.topicName, config);
    try {
      await this.#changed(changed, []);
    } catch (error) {
      this.#takeBack(changed, before);
      throw error;
    }
  }

  /** The topic's config, made by `create` when it is missing. */
  ensure(topic: string, create: () => TopicConfig): Promise<TopicConfig> {
    const making = this.#making.get(topic);
    if (making !== undefined) return making;
    const stored = this.#topics.get(topic);
    if (stored !== undefined) return Promise.resolve(stored);
    const made = create();
    const done = this.put(made)
      .then(() => made)
      .finally(() => this.#making.delete(topic));
    this.#making.set(topic, done);
    return done;
  }

  /** Set while `ensure` writes a topic: who comes meanwhile waits for it, too, and overtakes nobody who came before. */
  making(topic: string): Promise<TopicConfig> | undefined {
    return this.#making.size === 0 ? undefined : this.#making.get(topic);
  }

  async remove(topic: string): Promise<boolean> {
    if (!this.#topics.delete(topic)) return false;
    await this.#changed([], [topic]);
    return true;
  }

  /** The content of `topics.json`. */
  snapshot(): TopicConfigSerializeWrapper {
    return { dataVersion: this.#version, topicConfigTable: new Map(this.#topics) };
  }

  save(): Promise<void> {
    return this.file.save(() => this.snapshot());
  }

  /** What is not on stable storage would be gone at the next start, and nobody could read what was sent there meanwhile. */
  #takeBack(changed: readonly TopicConfig[], before: readonly (TopicConfig | undefined)[]): void {
    const restored: TopicConfig[] = [];
    const removed: string[] = [];
    for (const [index, config] of changed.entries()) {
      const { topicName } = config;
      const previous = before[index];
      if (this.#topics.get(topicName) !== config) continue;
      if (previous === undefined) {
        this.#topics.delete(topicName);
        removed.push(topicName);
      } else {
        this.#topics.set(topicName, previous);
        restored.push(previous);
      }
    }
    this.#version = nextDataVersion(this.#version, this.clock.now());
    for (const listener of this.#listeners) listener(restored, removed);
  }

  async #changed(changed: readonly TopicConfig[], removed: readonly string[]): Promise<void> {
    this.#version = nextDataVersion(this.#version, this.clock.now());
    for (const listener of this.#listeners) listener(changed, removed);
    await this.save();
  }
}
