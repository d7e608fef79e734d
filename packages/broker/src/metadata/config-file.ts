import type { Disk, Logger } from '@cometmq/runtime';
import { fastjson } from '@cometmq/protocol';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A config file that neither itself nor its `.bak` can be read. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
}

/**
 * One of Apache's JSON config files with its `.bak` (store-format, 9.1). Saves run one after the other; those that are
 * asked for while one runs share the next, which writes the newest content.
 */
export class ConfigFile {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(
    readonly path: string,
    private readonly disk: Disk,
    private readonly logger: Logger,
  ) {}

  /**
   * The decoded content, or undefined when there is neither the file nor a `.bak`. An undecodable file is put aside as
   * `.damaged` (Apache deletes it) and the `.bak` read; throws ConfigFileError when that is undecodable too.
   */
  load<Value>(decode: (content: unknown) => Value): Value | undefined {
    const bytes = this.disk.readFileSync(this.path);
    if (bytes !== undefined && bytes.length > 0) {
      try {
        return decode(fastjson.parse(decoder.decode(bytes)));
      } catch (error) {
        this.logger.error('config file is damaged: reading its backup', { path: this.path, error });
        this.disk.renameSync(this.path, `${this.path}.damaged`);
      }
    }
    const backup = this.disk.readFileSync(`${this.path}.bak`);
    if (backup === undefined || backup.length === 0) return undefined;
    try {
      return decode(fastjson.parse(decoder.decode(backup)));
    } catch (error) {
      throw new ConfigFileError(`${this.path}.bak cannot be read: mend it by hand, or remove it to start with defaults`, {
        cause: error,
      });
    }
  }

  /** Resolves when content as of now, or newer, is on stable storage. `render` is called when the write begins. */
  save(render: () => string): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) {
      this.#running = this.#write(render).finally(() => (this.#running = undefined));
      return this.#running;
    }
    this.#next = this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#running = this.#write(render).finally(() => (this.#running = undefined));
        return this.#running;
      });
    return this.#next;
  }

  async #write(render: () => string): Promise<void> {
    const bytes = encoder.encode(render());
    // As Apache does: until the new file stands, the old one is there as the backup.
    if (this.disk.statSync(this.path) !== undefined) this.disk.renameSync(this.path, `${this.path}.bak`);
    await this.disk.replaceFile(this.path, bytes);
  }
}
