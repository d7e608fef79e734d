import { type DataVersion, type DelayOffsetSerializeWrapper, nextDataVersion } from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';
import type { ConfigFile } from '../metadata/config-file.js';

/** How far the delivery of each delay level is, as in `delayOffset.json`. */
export class DelayOffsets {
  readonly #offsets = new Map<number, number>();
  #version: DataVersion;
  #changes = 0;
  #dirty = false;

  constructor(
    private readonly file: ConfigFile<DelayOffsetSerializeWrapper>,
    private readonly clock: Pick<Clock, 'now'>,
    /** The data version advances once per so many changes. */
    private readonly versionStep: number,
  ) {
    this.#version = { counter: 0, stateVersion: 0, timestamp: clock.now() };
  }

  load(): void {
    const loaded = this.file.load();
    for (const [level, offset] of loaded?.offsetTable ?? []) this.#offsets.set(level, offset);
    if (loaded?.dataVersion !== undefined) this.#version = loaded.dataVersion;
  }

  /** The next offset of a level; undefined before its first delivery. */
  get(level: number): number | undefined {
    return this.#offsets.get(level);
  }

  set(level: number, offset: number): void {
    if (this.#offsets.get(level) === offset) return;
    this.#offsets.set(level, offset);
    this.#dirty = true;
    if (++this.#changes % this.versionStep === 0) this.#version = nextDataVersion(this.#version, this.clock.now());
  }

  /** Writes the file if anything changed since the last time. */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    try {
      await this.file.save(() => this.snapshot());
    } catch (error) {
      this.#dirty = true;
      throw error;
    }
  }

  /** The content of `delayOffset.json`. */
  snapshot(): DelayOffsetSerializeWrapper {
    return { dataVersion: this.#version, offsetTable: this.#offsets };
  }
}
