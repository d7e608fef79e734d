import { resetOffsetBody } from '@cometmq/protocol';
import type { Disk, Logger } from '@cometmq/runtime';
import { type MessageQueue, queueKey } from '../../message/message-queue.js';
import type { OffsetStore } from './offset-store.js';

interface Known {
  readonly queue: MessageQueue;
  offset: number;
}

/**
 * Offsets of a broadcasting instance, kept by itself: in memory, and in a file of Apache's form
 * (`<dir>/<clientId>/<group>/offsets.json`, client-behaviour 11) when there is a disk and a lasting identity.
 */
export class LocalOffsets implements OffsetStore {
  readonly #offsets = new Map<string, Known>();
  #loaded = false;

  constructor(
    private readonly logger: Logger,
    private readonly file?: { readonly disk: Disk; readonly folder: string },
  ) {}

  async load(queue: MessageQueue): Promise<number | undefined> {
    if (!this.#loaded) this.#read();
    return this.#offsets.get(queueKey(queue))?.offset;
  }

  async save(offsets: readonly { readonly queue: MessageQueue; readonly offset: number }[]): Promise<void> {
    if (!this.#loaded) this.#read();
    let changed = false;
    for (const { queue, offset } of offsets) {
      const known = this.#offsets.get(queueKey(queue));
      changed ||= known?.offset !== offset;
      this.#offsets.set(queueKey(queue), { queue, offset });
    }
    if (!changed || this.file === undefined) return;
    try {
      this.file.disk.makeDirectorySync(this.file.folder);
      await this.file.disk.replaceFile(`${this.file.folder}/offsets.json`, resetOffsetBody.encode({ offsetTable: [...this.#offsets.values()].map(({ queue, offset }) => [queue, offset] as const) }));
    } catch (error) {
      this.logger.warn('storing the offsets of a broadcasting consumer failed; the next round tries again', { folder: this.file.folder, error });
    }
  }

  #read(): void {
    this.#loaded = true;
    const bytes = this.file?.disk.readFileSync(`${this.file.folder}/offsets.json`);
    if (bytes === undefined) return;
    try {
      for (const [queue, offset] of resetOffsetBody.decode(bytes).offsetTable) this.#offsets.set(queueKey(queue), { queue, offset });
    } catch (error) {
      this.logger.warn('the offsets file of a broadcasting consumer is damaged; it starts as a new one', { folder: this.file?.folder, error });
    }
  }
}
