import { ProtocolError } from '@cometmq/protocol';
import { decodeUtf8, type Disk, encodeUtf8, type Logger } from '@cometmq/runtime';

/** How a file's content stands in it: a JSON body of the protocol. */
export interface ConfigText<Content> {
  /** Throws ProtocolError. */
  parse(text: string): Content;
  format(content: Content, form: 'pretty'): string;
}

/** A config file that neither itself nor its `.bak` can be read. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
}

/**
 * One of Apache's JSON config files with its `.bak` (store-format, 9.1). Saves run one after the other; those that are
 * asked for while one runs share the next, which writes the newest content.
 */
export class ConfigFile<Content> {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(
    readonly path: string,
    private readonly body: ConfigText<Content>,
    private readonly disk: Disk,
    private readonly logger: Logger,
  ) {}

  /**
   * The content, or undefined when there is neither the file nor a `.bak`. A file that cannot be read is put aside as
   * `.damaged` (Apache deletes it) and the `.bak` read; throws ConfigFileError when that cannot be read either.
   */
  load(): Content | undefined {
    const bytes = this.disk.readFileSync(this.path);
    if (bytes !== undefined && bytes.length > 0) {
      try {
        return this.#parse(bytes);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.logger.error('a config file is damaged: it is put aside and its backup read', { path: this.path, error });
        this.disk.renameSync(this.path, `${this.path}.damaged`);
      }
    }
    const backup = this.disk.readFileSync(`${this.path}.bak`);
    if (backup === undefined || backup.length === 0) return undefined;
    try {
      return this.#parse(backup);
    } catch (error) {
      throw new ConfigFileError(
        `${this.path}.bak cannot be read: mend it by hand, or remove it to start with defaults`,
        {
          cause: error,
        },
      );
    }
  }

  /** Resolves when content as of now, or newer, is on stable storage. `current` is asked when the write begins. */
  save(current: () => Content): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) {
      this.#running = this.#write(current).finally(() => (this.#running = undefined));
      return this.#running;
    }
    this.#next = this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#running = this.#write(current).finally(() => (this.#running = undefined));
        return this.#running;
      });
    return this.#next;
  }

  #parse(bytes: Uint8Array): Content {
    return this.body.parse(decodeUtf8(bytes));
  }

  async #write(current: () => Content): Promise<void> {
    const bytes = encodeUtf8(this.body.format(current(), 'pretty'));
    try {
      // As Apache does: until the new file stands, the old one is there as the backup.
      if (this.disk.statSync(this.path) !== undefined) this.disk.renameSync(this.path, `${this.path}.bak`);
      await this.disk.replaceFile(this.path, bytes);
    } catch (error) {
      this.logger.error('a config file could not be written', { path: this.path, error });
      throw error;
    }
  }
}
