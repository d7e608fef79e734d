import { type DataVersion, nextDataVersion } from '@cometmq/protocol';
import {
  type Clock,
  decodeUtf8,
  type Disk,
  encodeUtf8,
  formatOption,
  formatProperties,
  optionRange,
  type OptionSpec,
  type OptionTable,
  parseOption,
  parseProperties,
} from '@cometmq/runtime';
import { storeOptions, type StoreSettings } from '@cometmq/store';
import { brokerOptions } from './broker-options.js';
import type { BrokerSettings } from './broker-settings.js';

/** What requests see as one: the settings of the broker and of its store. */
const TABLE: OptionTable = { ...storeOptions, ...brokerOptions };
/** Bound on a text in an error message. */
const SHOWN_CHARS = 100;

/** A change of settings that was not made; nothing of it was. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** What `update` keeps, and where. */
export interface SettingsFile {
  readonly path: string;
  readonly disk: Pick<Disk, 'readFileSync' | 'replaceFile'>;
}

type Change = { readonly text: string; readonly value: unknown };

/** The settings of a running broker. What requests change is kept in a file, and wins at the next start. */
export class BrokerConfiguration {
  #settings: BrokerSettings;
  #version: DataVersion;
  /** Changes are made one behind the other. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #listeners: ((now: BrokerSettings, before: BrokerSettings) => void)[] = [];

  constructor(
    settings: BrokerSettings,
    private readonly store: StoreSettings,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly file: SettingsFile,
  ) {
    this.#settings = settings;
    this.#version = { counter: 0, stateVersion: 0, timestamp: clock.now() };
  }

  /** Replaced, never changed, by an update. */
  get settings(): BrokerSettings {
    return this.#settings;
  }

  get version(): DataVersion {
    return this.#version;
  }

  /** Texts of all settings, those of the store too. */
  texts(): ReadonlyMap<string, string> {
    const values: Readonly<Record<string, unknown>> = { ...this.store, ...this.#settings };
    return new Map(
      Object.entries(TABLE).map(([key, spec]) => [key, formatOption(spec, values[key] as OptionSpec['default'])]),
    );
  }

  onChange(listener: (now: BrokerSettings, before: BrokerSettings) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over what was changed while it ran before; returns the keys. Throws SettingError when the file holds nonsense. */
  load(): string[] {
    const { path } = this.file;
    try {
      const changes = this.#check(this.#kept());
      this.#take(changes);
      return [...changes.keys()];
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      throw new SettingError(`${path}: ${error.message}; mend the file, or remove it to forget the changes`, {
        cause: error,
      });
    }
  }

  /**
   * Takes over all changes or none, when they are in the file. Keys this broker does not know are passed over, as in
   * Apache's. Rejects with SettingError.
   */
  update(changes: ReadonlyMap<string, string>): Promise<void> {
    const done = this.#last.then(() => this.#update(changes));
    this.#last = done.catch(() => {});
    return done;
  }

  async #update(wanted: ReadonlyMap<string, string>): Promise<void> {
    const changes = this.#check(wanted);
    if (changes.size > 0) await this.#save(changes);
    const before = this.#settings;
    this.#take(changes);
    this.#version = nextDataVersion(this.#version, this.clock.now());
    for (const listener of this.#listeners) listener(this.#settings, before);
  }

  /** Those that change something. */
  #check(wanted: ReadonlyMap<string, string>): Map<string, Change> {
    const now = this.texts();
    const changes = new Map<string, Change>();
    for (const [key, text] of wanted) {
      const spec = Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
      if (spec === undefined) continue;
      const value = parseOption(spec, text);
      if (value === undefined) {
        throw new SettingError(`${key} must be ${optionRange(spec)}, not "${text.slice(0, SHOWN_CHARS)}"`);
      }
      if (formatOption(spec, value) === now.get(key)) continue;
      if (spec.atStart === true) throw new SettingError(`${key} can only be changed by a restart`);
      changes.set(key, { text: formatOption(spec, value), value });
    }
    return changes;
  }

  #take(changes: ReadonlyMap<string, Change>): void {
    const values = Object.fromEntries([...changes].map(([key, { value }]) => [key, value]));
    this.#settings = { ...this.#settings, ...values };
  }

  #kept(): Map<string, string> {
    const bytes = this.file.disk.readFileSync(this.file.path);
    return bytes === undefined ? new Map() : parseProperties(decodeUtf8(bytes));
  }

  async #save(changes: ReadonlyMap<string, Change>): Promise<void> {
    const { disk, path } = this.file;
    try {
      const kept = this.#kept();
      for (const [key, { text }] of changes) kept.set(key, text);
      await disk.replaceFile(path, encodeUtf8(formatProperties(kept)));
    } catch (error) {
      throw new SettingError(`nothing was changed: ${path} cannot be written`, { cause: error });
    }
  }
}
