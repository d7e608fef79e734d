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
  /** What the file does not have yet. */
  #unwritten = false;
  /** Writes of one file come one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly logger: Logger,
    private readonly file?: { readonly disk: Disk; readonly folder: string },
  ) {}

  async load(queue: MessageQueue): Promise<number | undefined> {
    this.#read();
    return this.#offsets.get(queueKey(queue))?.offset;
  }

  async save(offsets: readonly { readonly queue: MessageQueue; readonly offset: number }[]): Promise<void> {
    this.#read();
    for (const { queue, offset } of offsets) {
      const known = this.#offsets.get(queueKey(queue));
      this.#unwritten ||= known?.offset !== offset;
      this.#offsets.set(queueKey(queue), { queue, offset });
    }
    if (!this.#unwritten || this.file === undefined) return;
    const { disk, folder } = this.file;
    this.#writing = this.#writing.then(() => this.#write(disk, folder));
    await this.#writing;
  }

  async #write(disk: Disk, folder: string): Promise<void> {
    this.#unwritten = false;
    try {
      disk.makeDirectorySync(folder);
      const offsetTable = [...this.#offsets.values()].map(({ queue, offset }) => [queue, offset] as const);
      await disk.replaceFile(`${folder}/offsets.json`, resetOffsetBody.encode({ offsetTable }));
    } catch (error) {
      this.#unwritten = true;
      const fields = { folder, error };
      this.logger.warn('storing the offsets of a broadcasting consumer failed; the next round tries again', fields);
    }
  }

  /** Apache's clients leave the version before in `.bak`, for when the file is damaged. */
  #read(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    if (this.file === undefined || this.#readFile('offsets.json')) return;
    this.#readFile('offsets.json.bak');
  }

  #readFile(name: string): boolean {
    const path = `${this.file!.folder}/${name}`;
    try {
      const bytes = this.file!.disk.readFileSync(path);
      if (bytes === undefined) return false;
      for (const [queue, offset] of resetOffsetBody.decode(bytes).offsetTable)
        this.#offsets.set(queueKey(queue), { queue, offset });
      return true;
    } catch (error) {
      this.#offsets.clear();
      this.logger.warn('the offsets file of a broadcasting consumer cannot be read', { path, error });
      return false;
    }
  }
}
